"""What follows from the vendor's word about a payment, given what we know: a pure function, so that every order of events can be tried."""

from dataclasses import dataclass, field, replace
from uuid import UUID

from academy.learning.events import EnrollmentCreated
from academy.learning.values import EnrollmentSource
from academy.payments.books import ledger
from academy.payments.books.ledger import Entry
from academy.payments.events import PaymentCaptured, PaymentFailed, PaymentNeedsReview, RefundRequested
from academy.payments.gateway import VendorPayment
from academy.payments.settlement.state import OrderState, PaymentState
from academy.payments.values import CouponUseStatus, PaymentStatus, RefundOrigin, RefundStatus, Source
from academy.platform.events import DomainEvent
from academy.platform.ids import uuid7

EXPLAINED = {
    RefundOrigin.PAID_TWICE: "The course was paid for already: this payment is refunded.",
    RefundOrigin.COURSE_GONE: "The course is no longer there: the payment is refunded.",
    RefundOrigin.LEARNER_GONE: "The learner's account is gone: the payment is refunded.",
    RefundOrigin.COUPON_GONE: "The order had expired and its coupon is used up: the payment is refunded.",
}
NOT_TAKEN_YET = frozenset({PaymentStatus.CREATED, PaymentStatus.FAILED, PaymentStatus.AUTHORIZED, PaymentStatus.NEEDS_REVIEW})
"""In these the money may still be the learner's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Where a payment stands. `needs_capture`: it is authorised and wants to be captured by the caller, whose answer is settled again."""

    status: PaymentStatus
    payment_id: UUID | None
    order_id: UUID | None
    enrollment_id: UUID | None = None
    course_id: UUID | None = None
    needs_capture: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Of a payment's timeline. `reference` tells two of a kind apart."""

    kind: str
    source: Source
    reference: str = ""
    amount: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRefund:
    id: UUID
    payment_id: UUID
    amount: int
    origin: RefundOrigin
    reason: str
    status: RefundStatus = RefundStatus.REQUESTED


@dataclass(slots=True, kw_only=True)
class Changes:
    """What is to be written about one payment of an order. `payment` holds the row's columns as they shall be."""

    payment: PaymentState
    method: str | None = None
    error_code: str | None = None
    error_description: str | None = None
    fee_tax: int = 0
    enrollment_id: UUID | None = None
    enrollment_source: EnrollmentSource = EnrollmentSource.PAYMENT
    sold: bool = False
    coupon_retake: int | None = None
    steps: list[Step] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    refund: NewRefund | None = None
    events: list[DomainEvent] = field(default_factory=list)


def needs_capture(order: OrderState, facts: VendorPayment) -> bool:
    return facts.status == "authorized" and _fits(order, facts)


def decide(order: OrderState, facts: VendorPayment, source: Source) -> Changes | None:
    """What to write; None where all of it is known. The same facts twice, or older ones after newer ones, change nothing."""
    known = order.payment_of(facts.id)
    before = known or PaymentState(
        id=order.unbound.id if order.unbound else uuid7(),
        status=PaymentStatus.CREATED,
        razorpay_payment_id=facts.id,
        amount=facts.amount,
        currency=facts.currency,
    )
    changes = Changes(payment=before, method=facts.method)
    if known is None:
        changes.steps.append(Step(kind="attempted", source=source, amount=facts.amount, note=facts.method))
    if facts.captured:
        _captured(order, facts, source, changes)
    elif facts.status == "authorized" and before.status in {PaymentStatus.CREATED, PaymentStatus.FAILED}:
        _authorized(order, facts, source, changes)
    elif facts.status == "refunded" and before.status in NOT_TAKEN_YET:
        # Authorised, and never captured: the bank let the learner's money go.
        changes.payment = _with(changes.payment, status=PaymentStatus.REFUNDED)
        changes.steps.append(Step(kind="lapsed", source=source))
    elif facts.status == "failed" and before.status is PaymentStatus.CREATED:
        changes.payment = _with(changes.payment, status=PaymentStatus.FAILED)
        changes.error_code, changes.error_description = facts.error_code, facts.error_description
        changes.steps.append(Step(kind="failed", source=source, note=facts.error_description))
        changes.events.append(PaymentFailed(payment_id=before.id, order_id=order.id, user_id=order.user_id, course_id=order.course_id))
    return changes if changes.steps else None


def decide_free(order: OrderState) -> Changes:
    """Nothing is left to pay: the coupon took it all."""
    payment = order.unbound
    if payment is None or order.amount:
        raise AssertionError("only a fresh order of nothing is free")
    changes = Changes(payment=_with(payment, status=PaymentStatus.CAPTURED), enrollment_source=EnrollmentSource.COUPON)
    _sell(order, Source.ORDER, changes)
    return changes


def _authorized(order: OrderState, facts: VendorPayment, source: Source, changes: Changes) -> None:
    changes.steps.append(Step(kind="authorized", source=source, amount=facts.amount))
    changes.payment = _with(changes.payment, status=PaymentStatus.AUTHORIZED)
    if not _fits(order, facts):
        _review(order, facts, source, changes)


def _captured(order: OrderState, facts: VendorPayment, source: Source, changes: Changes) -> None:
    if changes.payment.status in NOT_TAKEN_YET and changes.payment.amount_captured == 0:
        changes.steps.append(Step(kind="captured", source=source, amount=facts.amount))
        reviewed = changes.payment.status is PaymentStatus.NEEDS_REVIEW
        changes.payment = _with(changes.payment, amount_captured=facts.amount)
        if reviewed or not _fits(order, facts):
            _park(changes)
            if not reviewed:
                _review(order, facts, source, changes)
        elif (origin := _in_vain(order)) is not None:
            changes.payment = _with(changes.payment, status=PaymentStatus.CAPTURED)
            _park(changes)
            _give_back(origin, source, changes)
        else:
            changes.payment = _with(changes.payment, status=PaymentStatus.CAPTURED)
            if order.coupon_use is CouponUseStatus.RELEASED:
                changes.coupon_retake = order.coupon_retake
            _sell(order, source, changes)
    if facts.fee and not changes.payment.fee:
        changes.payment = _with(changes.payment, fee=facts.fee)
        changes.fee_tax = facts.fee_tax
        changes.steps.append(Step(kind="charged", source=source, amount=facts.fee))
        _book(changes, ledger.charged(changes.payment.id, changes.payment.currency, facts.fee))


def _fits(order: OrderState, facts: VendorPayment) -> bool:
    return facts.amount == order.amount and facts.currency == order.currency


def _in_vain(order: OrderState) -> RefundOrigin | None:
    """Why this money can't buy what it was paid for."""
    if order.learner_gone:
        return RefundOrigin.LEARNER_GONE
    if order.applied is not None or order.enrolled:
        return RefundOrigin.PAID_TWICE
    if order.course_gone:
        return RefundOrigin.COURSE_GONE
    if order.coupon_use is CouponUseStatus.RELEASED and order.coupon_retake is None:
        return RefundOrigin.COUPON_GONE
    return None


def _sell(order: OrderState, source: Source, changes: Changes) -> None:
    payment = changes.payment = _with(changes.payment, applied=True)
    changes.sold = True
    changes.enrollment_id = uuid7()
    changes.steps += [Step(kind="enrolled", source=source), Step(kind="invoiced", source=source, amount=order.amount)]
    _book(changes, ledger.sold(payment.id, payment.currency, order.sale))
    changes.events.append(
        PaymentCaptured(
            payment_id=payment.id,
            order_id=order.id,
            user_id=order.user_id,
            course_id=order.course_id,
            course_title=order.course_title,
            amount=order.amount,
            currency=order.currency,
        )
    )
    changes.events.append(
        EnrollmentCreated(
            enrollment_id=changes.enrollment_id, user_id=order.user_id, course_id=order.course_id, source=changes.enrollment_source
        )
    )


def _park(changes: Changes) -> None:
    payment = changes.payment
    _book(changes, ledger.parked(payment.id, payment.currency, payment.amount_captured))


def _review(order: OrderState, facts: VendorPayment, source: Source, changes: Changes) -> None:
    reason = f"{facts.amount} {facts.currency} came for an order of {order.amount} {order.currency}."
    changes.payment = _with(changes.payment, status=PaymentStatus.NEEDS_REVIEW, review_reason=reason)
    changes.steps.append(Step(kind="needs_review", source=source, amount=facts.amount, note=reason))
    changes.events.append(PaymentNeedsReview(payment_id=changes.payment.id, order_id=order.id, reason=reason))


def _give_back(origin: RefundOrigin, source: Source, changes: Changes) -> None:
    payment = changes.payment = _with(changes.payment, amount_refunded=changes.payment.amount_captured)
    refund = changes.refund = NewRefund(
        id=uuid7(), payment_id=payment.id, amount=payment.amount_captured, origin=origin, reason=EXPLAINED[origin]
    )
    changes.steps.append(
        Step(kind="refund_requested", source=source, reference=str(refund.id), amount=refund.amount, note=EXPLAINED[origin])
    )
    changes.events.append(RefundRequested(refund_id=refund.id, payment_id=payment.id))


def _book(changes: Changes, entry: Entry | None) -> None:
    if entry is not None:
        changes.entries.append(entry)


def _with(payment: PaymentState, **columns: object) -> PaymentState:
    return replace(payment, **columns)  # type: ignore[arg-type]  # by name, as replace takes them
