"""Paying out: what came in, less what went back and what it cost, and the lines that explain the sum."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

from infra.local.razorpay.entities import Entity

INDIA = timezone(timedelta(hours=5, minutes=30))


class Kept(Protocol):
    orders: dict[str, Entity]
    payments: dict[str, Entity]
    refunds: dict[str, Entity]
    disputes: dict[str, Entity]
    settlements: dict[str, Entity]


def settle(books: Kept, identity: str, now: int) -> Entity | None:
    """Marks what it pays out with the settlement's id. None where nothing is due."""
    due = [entity for entity in _movements(books) if entity["_settled"] is None]
    if not due:
        return None
    settlement = {
        "id": identity,
        "entity": "settlement",
        "amount": sum(credit - debit for debit, credit in map(_moved, due)),
        "status": "processed",
        "fees": sum(entity.get("fee") or 0 for entity in due),
        "tax": sum(entity.get("tax") or 0 for entity in due),
        "utr": f"UTR{now}",
        "created_at": now,
    }
    books.settlements[identity] = settlement
    for entity in due:
        entity["_settled"] = identity
    return settlement


def lines(books: Kept, year: int, month: int, day: int | None) -> list[Entity]:
    """Of the settlements of that month or day, by India's calendar."""
    return [
        _line(books, entity, settlement)
        for entity in _movements(books)
        if (settlement := books.settlements.get(entity["_settled"] or "")) and _on(settlement["created_at"], year, month, day)
    ]


def _movements(books: Kept) -> list[Entity]:
    taken = [payment for payment in books.payments.values() if payment["captured"]]
    returned = [refund for refund in books.refunds.values() if refund["status"] == "processed"]
    lost = [dispute for dispute in books.disputes.values() if dispute["status"] == "lost"]
    return sorted(taken + returned + lost, key=lambda entity: int(entity["created_at"]))


def _moved(entity: Entity) -> tuple[int, int]:
    """Debit and credit."""
    if entity["entity"] == "payment":
        return 0, entity["amount"] - entity["fee"]
    return entity["amount"], 0


def _line(books: Kept, entity: Entity, settlement: Entity) -> Entity:
    debit, credit = _moved(entity)
    payment = entity if entity["entity"] == "payment" else books.payments[entity["payment_id"]]
    order = books.orders[payment["order_id"]]
    return {
        "entity_id": entity["id"],
        "type": "adjustment" if entity["entity"] == "dispute" else entity["entity"],
        "debit": debit,
        "credit": credit,
        "amount": entity["amount"],
        "currency": entity["currency"],
        "fee": entity.get("fee") or 0,
        "tax": entity.get("tax") or 0,
        "on_hold": False,
        "settled": True,
        "created_at": entity["created_at"],
        "settled_at": settlement["created_at"],
        "settlement_id": settlement["id"],
        "settlement_utr": settlement["utr"],
        "description": "Chargeback" if entity["entity"] == "dispute" else None,
        "notes": "[]",
        "payment_id": None if entity is payment else payment["id"],
        "order_id": order["id"],
        "order_receipt": order["receipt"],
        "method": payment["method"],
        "dispute_id": entity["id"] if entity["entity"] == "dispute" else None,
    }


def _on(at: int, year: int, month: int, day: int | None) -> bool:
    moment = datetime.fromtimestamp(at, UTC).astimezone(INDIA)
    return (moment.year, moment.month) == (year, month) and day in (None, moment.day)
