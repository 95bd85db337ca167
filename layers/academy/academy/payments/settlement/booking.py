"""Reading, deciding, writing: inside the caller's transaction, which may be run again as a whole."""

import json
from uuid import UUID

from academy.payments.books import invoices, ledger
from academy.payments.books.ledger import Entry
from academy.payments.events import PaymentNeedsReview
from academy.payments.gateway import VendorPayment
from academy.payments.policy import policy
from academy.payments.settlement import repository
from academy.payments.settlement.decision import Changes, Settled, Step, decide, decide_free, needs_capture
from academy.payments.settlement.state import OrderState
from academy.payments.values import PaymentStatus, Source
from academy.platform.db import DatabaseFailure, UnitOfWork
from academy.platform.ids import uuid7

OVERTAKEN = frozenset({"ck_coupons_uses", "uq_coupon_uses_number", "fk_orders_enrollment_id_enrollments"})
"""Broken where somebody took the coupon's last use, or the learner got into the course by another way, between our look and our write."""


def clash() -> DatabaseFailure:
    """Something was decided meanwhile: the transaction is run again, on what holds now."""
    return DatabaseFailure({"C": "40001", "M": "the order was decided on meanwhile"})


def settle(work: UnitOfWork, facts: VendorPayment, source: Source, *, user_id: UUID | None = None) -> Settled | None:
    """Make the vendor's word ours. The same word again changes nothing, and an older one undoes nothing.

    None: nothing of ours is known by it (with `user_id`: or it is another's). Two statements where something changes, else one.
    Raises DatabaseFailure 40001 if the order was decided on meanwhile, which `Database.transact` answers by running all of it again.
    """
    text = work.value(repository.STATE, razorpay_order_id=facts.order_id, user_id=user_id) if facts.order_id else None
    if text is None:
        return None if user_id or not facts.captured else _park_unknown(work, facts, source)
    order = OrderState.read(text)
    changes = decide(order, facts, source)
    if changes is not None:
        _apply(work, order, changes)
    payment = changes.payment if changes else order.payment_of(facts.id)
    if payment is None:
        raise AssertionError("a payment that is not known changes something")
    applied = payment.applied
    return Settled(
        status=payment.status,
        payment_id=payment.id,
        order_id=order.id,
        course_id=order.course_id,
        enrollment_id=(changes.enrollment_id if changes and changes.sold else order.enrollment_id) if applied else None,
        needs_capture=payment.status is PaymentStatus.AUTHORIZED and needs_capture(order, facts),
        changed=changes is not None,
    )


def book_free(work: UnitOfWork, order: OrderState) -> UUID:
    """An order of nothing, made in this transaction, is paid: returns the enrolment."""
    changes = decide_free(order)
    _apply(work, order, changes)
    if changes.enrollment_id is None:
        raise AssertionError("what is sold lets somebody in")
    return changes.enrollment_id


def ledger_parameters(entries: list[Entry]) -> dict[str, str]:
    """Of `repository.LEDGER`."""
    identified = [(uuid7(), entry) for entry in entries]
    return {
        "ledger": json.dumps(
            [
                {
                    "id": str(id_),
                    "kind": entry.kind,
                    "reference": str(entry.reference),
                    "payment_id": str(entry.payment_id),
                    "currency": entry.currency,
                }
                for id_, entry in identified
            ]
        ),
        "lines": json.dumps(
            [
                {
                    "entry_id": str(id_),
                    "position": position,
                    "account": line.account,
                    "owner_id": str(line.owner_id) if line.owner_id else None,
                    "currency": entry.currency,
                    "amount": line.amount,
                }
                for id_, entry in identified
                for position, line in enumerate(entry.lines)
            ]
        ),
    }


def step_parameters(payment_id: UUID, steps: list[Step]) -> dict[str, str]:
    """Of `repository.STEPS`."""
    ids = sorted(uuid7() for _ in steps)  # of one moment, and in the timeline they follow each other
    rows = [
        {
            "id": str(id_),
            "payment_id": str(payment_id),
            "kind": step.kind,
            "reference": step.reference,
            "source": step.source,
            "amount": step.amount,
            "note": step.note,
        }
        for id_, step in zip(ids, steps, strict=True)
    ]
    return {"steps": json.dumps(rows)}


def _apply(work: UnitOfWork, order: OrderState, changes: Changes) -> None:
    payment, refund = changes.payment, changes.refund
    for event in changes.events:
        work.emit(event)
    row = {
        "id": payment.id,
        "status": payment.status,
        "amount": payment.amount,
        "currency": payment.currency,
        "amount_captured": payment.amount_captured,
        "amount_refunded": payment.amount_refunded,
        "fee": payment.fee,
        "fee_tax": changes.fee_tax,
        "applied": payment.applied,
        "method": changes.method,
        "razorpay_payment_id": payment.razorpay_payment_id,
        "error_code": changes.error_code,
        "error_description": changes.error_description,
        "review_reason": payment.review_reason,
    }
    refunds = [
        {
            "id": refund.id,
            "payment_id": refund.payment_id,
            "amount": refund.amount,
            "status": refund.status,
            "origin": refund.origin,
            "reason": refund.reason,
        }
        for refund in ([refund] if refund else [])
    ]
    try:
        written = work.first(
            repository.APPLY,
            order_id=order.id,
            version=order.version,
            sold=changes.sold,
            enrollment_id=changes.enrollment_id,
            enrollment_source=changes.enrollment_source,
            coupon_retake=changes.coupon_retake,
            payment=json.dumps(row, default=str),
            invoices=json.dumps([_invoice(order, changes)] if changes.sold else [], default=str),
            refunds=json.dumps(refunds, default=str),
            **ledger_parameters(changes.entries),
            **step_parameters(payment.id, changes.steps),
        )
    except DatabaseFailure as failure:
        if failure.constraint in OVERTAKEN:
            raise clash() from failure
        raise
    if written is None or not written.paid:
        raise clash()


def _invoice(order: OrderState, changes: Changes) -> dict[str, object]:
    return invoices.draft_invoice(
        invoice_id=uuid7(),
        payment_id=changes.payment.id,
        day=order.today,
        policy=policy(),
        currency=order.currency,
        price=order.price,
        discount=order.discount,
        taxable=order.taxable,
        tax=order.tax,
        tax_bp=order.tax_bp,
        place_of_supply=order.place_of_supply,
        course_title=order.course_title,
        buyer=order.buyer,
    )


def _park_unknown(work: UnitOfWork, facts: VendorPayment, source: Source) -> Settled:
    """Captured for an order that we never made, or lost before it was stored: held, and an admin is told, once."""
    payment_id = uuid7()
    reason = f"{facts.amount} {facts.currency} came for an order that is not known here."
    entries = [
        ledger.parked(payment_id, facts.currency, facts.amount),
        ledger.charged(payment_id, facts.currency, facts.fee),
    ]
    steps = [
        Step(kind="captured", source=source, amount=facts.amount),
        Step(kind="needs_review", source=source, amount=facts.amount, note=reason),
    ]
    row = work.first(
        repository.PARK,
        id=payment_id,
        amount=facts.amount,
        currency=facts.currency,
        fee=facts.fee,
        fee_tax=facts.fee_tax,
        method=facts.method,
        razorpay_order_id=facts.order_id,
        razorpay_payment_id=facts.id,
        reason=reason,
        **ledger_parameters([entry for entry in entries if entry]),
        **step_parameters(payment_id, steps),
    )
    if row is None:
        raise AssertionError("the statement always returns a row")
    if row.parked:
        work.emit(PaymentNeedsReview(payment_id=payment_id, order_id=None, reason=reason))
        return Settled(status=PaymentStatus.NEEDS_REVIEW, payment_id=payment_id, order_id=None, changed=True)
    if row.known is None:
        raise clash()  # parked by somebody else at this very moment
    return Settled(status=PaymentStatus(row.status), payment_id=UUID(row.known), order_id=None)
