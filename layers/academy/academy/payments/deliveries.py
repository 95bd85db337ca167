"""What the vendor's messages mean, worked on after they were stored. Any of them may come twice, late, in any order, or never."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from academy.payments.disputes import dispute_moved
from academy.payments.gateway import Gateway, GatewayRejected, VendorDispute, VendorPayment, VendorRefund
from academy.payments.razorpay_entities import MalformedEntity, dispute_of, payment_of, refund_of
from academy.payments.refunds import Heard, refund_moved
from academy.payments.settlement import Settled, settle
from academy.payments.values import Source
from academy.platform import outbox
from academy.platform.db import Database, UnitOfWork, sql
from academy.platform.observability import logger

PAYMENT_KINDS = frozenset({"payment.authorized", "payment.captured", "payment.failed", "order.paid"})
REFUND_KINDS = frozenset({"refund.created", "refund.processed", "refund.failed"})
DISPUTE_KINDS = frozenset(f"payment.dispute.{step}" for step in ("created", "under_review", "action_required", "won", "lost", "closed"))

_MESSAGE = sql("select kind, body, handled_at is not null as handled from webhook_events where id = :id::uuid")
_HANDLED = sql("update webhook_events set handled_at = now(), outcome = :outcome where id = :id::uuid and handled_at is null")

_KNOWN = sql("select exists (select from payments where razorpay_payment_id = :razorpay_payment_id and amount_captured > 0)")


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a message tells; `payment` also beside a refund or a dispute of it."""

    payment: VendorPayment | None = None
    refund: VendorRefund | None = None
    dispute: VendorDispute | None = None


def act(db: Database, gateway: Gateway, webhook_event_id: UUID, *, first: Callable[[UnitOfWork], bool] = lambda _: True) -> str:
    """Act on a stored message, once; returns what came of it. What it changes, `first` and the note that it was handled are one transaction.

    Raises GatewayUnavailable where the vendor has to be asked and can't be.
    """
    row = db.read(lambda work: work.first(_MESSAGE, id=webhook_event_id))
    if row is None or row.handled:
        db.transact(first)
        return "handled before"
    try:
        news = read(row.kind, row.body)
    except MalformedEntity as error:
        logger().warning("a message that can't be understood", extra={"webhook_event_id": str(webhook_event_id), "at": str(error)})
        outcome = f"malformed: {error}"
        return _close(db, webhook_event_id, first, lambda _: outcome)
    if news is None:
        return _close(db, webhook_event_id, first, lambda _: "ignored")
    payment = _captured(db, gateway, news.payment)
    about = news.refund or news.dispute
    if payment is None and about is not None and not db.read(lambda work: _known(work, about.payment_id)):
        payment = _captured(db, gateway, gateway.payment(about.payment_id))

    def apply(work: UnitOfWork) -> str:
        settled = settle(work, payment, Source.WEBHOOK) if payment else None
        if news.refund is not None:
            return _word(refund_moved(work, news.refund, Source.WEBHOOK))
        if news.dispute is not None:
            return _word(dispute_moved(work, news.dispute, Source.WEBHOOK))
        return "unknown order" if settled is None else "booked" if settled.changed else "known"

    return _close(db, webhook_event_id, first, apply)


def read(kind: str, body: str) -> News | None:
    """None for a kind that we do not act on. Raises MalformedEntity."""
    if kind not in PAYMENT_KINDS | REFUND_KINDS | DISPUTE_KINDS:
        return None
    try:
        payload = json.loads(body).get("payload")
    except RecursionError as error:
        raise MalformedEntity("the nesting") from error
    if kind in PAYMENT_KINDS:
        return News(payment=payment_of(_entity(payload, "payment")))
    beside = _entity(payload, "payment")
    payment = payment_of(beside) if beside is not None else None
    if kind in REFUND_KINDS:
        return News(payment=payment, refund=refund_of(_entity(payload, "refund")))
    return News(payment=payment, dispute=dispute_of(_entity(payload, "dispute")))


def settle_facts(db: Database, gateway: Gateway, facts: VendorPayment, source: Source) -> Settled | None:
    """Settle, and capture what is authorised and fits its order. In transactions of its own; raises GatewayUnavailable."""
    settled, work = db.transact(lambda work: settle(work, facts, source))
    outbox.finish(db, work)
    if settled is None or not settled.needs_capture:
        return settled
    now = capture(gateway, facts)
    if now is None:
        return settled
    settled, work = db.transact(lambda work: settle(work, now, source))
    outbox.finish(db, work)
    return settled


def capture(gateway: Gateway, facts: VendorPayment) -> VendorPayment | None:
    """What the payment is after it was asked to be captured: the vendor may have decided otherwise meanwhile."""
    try:
        return gateway.capture(facts)
    except GatewayRejected as refusal:
        logger().warning("a payment was not captured", extra={"payment": facts.id, "code": refusal.code})
        return gateway.payment(facts.id)


def _captured(db: Database, gateway: Gateway, facts: VendorPayment | None) -> VendorPayment | None:
    """An authorised payment is noted as that, and captured before the message is done with."""
    if facts is None or facts.status != "authorized":
        return facts
    settled, work = db.transact(lambda work: settle(work, facts, Source.WEBHOOK))
    outbox.finish(db, work)
    return (capture(gateway, facts) or facts) if settled and settled.needs_capture else facts


def _close(db: Database, webhook_event_id: UUID, first: Callable[[UnitOfWork], bool], apply: Callable[[UnitOfWork], str]) -> str:
    def act_once(work: UnitOfWork) -> str:
        if not first(work):
            return "handled before"
        outcome = apply(work)
        work.with_commit(_HANDLED, id=webhook_event_id, outcome=outcome)
        return outcome

    outcome, work = db.transact(act_once)
    outbox.finish(db, work)
    return outcome


def _known(work: UnitOfWork, razorpay_payment_id: str) -> bool:
    return bool(work.value(_KNOWN, razorpay_payment_id=razorpay_payment_id))


def _entity(payload: Any, name: str) -> Any:
    """`payload.<name>.entity`; None where the message carries none."""
    part = payload.get(name) if isinstance(payload, dict) else None
    return part.get("entity") if isinstance(part, dict) else None


def _word(heard: Heard) -> str:
    return {"unknown": "unknown payment", "unchanged": "known", "booked": "booked"}[heard]
