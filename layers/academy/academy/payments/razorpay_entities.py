"""Razorpay's entities, as its API and its webhooks show them, in our words. Without its SDK, so that whoever reads a webhook needs none."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from academy.payments.gateway import VendorDispute, VendorOrder, VendorPayment, VendorRefund, VendorSettlementLine

Entity = Mapping[str, Any]


def order_of(entity: Entity) -> VendorOrder:
    return VendorOrder(
        id=entity["id"],
        amount=int(entity["amount"]),
        currency=entity["currency"],
        receipt=entity.get("receipt"),
        status=entity["status"],
    )


def payment_of(entity: Entity) -> VendorPayment:
    """`refunded` with the vendor is a payment that was captured and given back whole. Fees are null until it is captured."""
    return VendorPayment(
        id=entity["id"],
        order_id=entity.get("order_id"),
        status=entity["status"],
        captured=bool(entity.get("captured")) or entity["status"] in ("captured", "refunded"),
        amount=int(entity["amount"]),
        currency=entity["currency"],
        amount_refunded=int(entity.get("amount_refunded") or 0),
        fee=int(entity.get("fee") or 0),
        fee_tax=int(entity.get("tax") or 0),
        method=entity.get("method") or None,
        error_code=entity.get("error_code") or None,
        error_description=entity.get("error_description") or None,
        created_at=_moment(entity["created_at"]),
    )


def refund_of(entity: Entity) -> VendorRefund:
    return VendorRefund(
        id=entity["id"],
        payment_id=entity["payment_id"],
        amount=int(entity["amount"]),
        currency=entity["currency"],
        status=entity["status"],
        receipt=entity.get("receipt") or None,
        created_at=_moment(entity["created_at"]),
    )


def dispute_of(entity: Entity) -> VendorDispute:
    respond_by = entity.get("respond_by")
    return VendorDispute(
        id=entity["id"],
        payment_id=entity["payment_id"],
        amount=int(entity["amount"]),
        currency=entity["currency"],
        status=entity["status"],
        reason_code=entity.get("reason_code") or None,
        phase=entity.get("phase") or None,
        respond_by=_moment(respond_by) if respond_by else None,
        created_at=_moment(entity["created_at"]),
    )


def settlement_line_of(entity: Entity) -> VendorSettlementLine:
    return VendorSettlementLine(
        kind=entity["type"],
        entity_id=entity["entity_id"],
        payment_id=entity["entity_id"] if entity["type"] == "payment" else entity.get("payment_id"),
        debit=int(entity["debit"]),
        credit=int(entity["credit"]),
        fee=int(entity.get("fee") or 0),
        fee_tax=int(entity.get("tax") or 0),
        settled=bool(entity["settled"]),
    )


def _moment(seconds: Any) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
