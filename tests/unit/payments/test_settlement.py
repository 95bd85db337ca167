"""What follows from the vendor's word about a payment: all of what is to be written, and that nothing is where all of it is known."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from academy.learning.events import EnrollmentCreated
from academy.learning.values import EnrollmentSource
from academy.payments.books import ledger
from academy.payments.books.ledger import Entry
from academy.payments.events import PaymentCaptured, PaymentFailed, PaymentNeedsReview, RefundRequested
from academy.payments.gateway import VendorPayment
from academy.payments.settlement.decision import EXPLAINED, Changes, NewRefund, Step, decide, decide_free, needs_capture
from academy.payments.settlement.state import OrderState, PaymentState
from academy.payments.values import CouponUseStatus, OrderStatus, PaymentStatus, RefundOrigin, RefundStatus, Source

AMOUNT, FEE, FEE_TAX = 49_900, 1_178, 180
FRESH = PaymentState(id=UUID(int=9), status=PaymentStatus.CREATED, amount=AMOUNT, currency="INR")
BOUND = replace(FRESH, razorpay_payment_id="pay_1")
"""After the vendor's first word of it."""
SOLD = replace(BOUND, status=PaymentStatus.CAPTURED, amount_captured=AMOUNT, applied=True)
WORD = Source.WEBHOOK
ATTEMPTED = Step(kind="attempted", source=WORD, amount=AMOUNT, note="upi")
CAPTURED = Step(kind="captured", source=WORD, amount=AMOUNT)
CHARGED = Step(kind="charged", source=WORD, amount=FEE)


def order(*payments: PaymentState, **values: Any) -> OrderState:
    state = OrderState(
        id=UUID(int=1),
        version=3,
        status=OrderStatus.OPEN,
        user_id=UUID(int=2),
        course_id=UUID(int=3),
        instructor_id=UUID(int=4),
        currency="INR",
        price=AMOUNT,
        discount=0,
        taxable=42_288,
        tax=7_612,
        amount=AMOUNT,
        tax_bp=1_800,
        share_bp=7_000,
        place_of_supply="33",
        course_title="Bridges",
        buyer={},
        razorpay_order_id="order_1",
        today=date(2026, 11, 21),
        payments=payments or (FRESH,),
    )
    return replace(state, **values)


def word(status: str, **values: Any) -> VendorPayment:
    captured = status == "captured"
    told = VendorPayment(
        id="pay_1",
        order_id="order_1",
        status=status,  # type: ignore[arg-type]
        captured=captured,
        amount=AMOUNT,
        currency="INR",
        fee=FEE if captured else 0,
        fee_tax=FEE_TAX if captured else 0,
        method="upi",
        created_at=datetime(2026, 11, 21, tzinfo=UTC),
    )
    return replace(told, **values)


def decided(state: OrderState, facts: VendorPayment) -> Changes:
    changes = decide(state, facts, WORD)
    assert changes is not None
    return changes


def booked(*entries: Entry | None) -> list[Entry]:
    return [entry for entry in entries if entry is not None]


def sale(changes: Changes, state: OrderState, payment: PaymentState, source: EnrollmentSource) -> list[Any]:
    """The events of a sale."""
    assert changes.enrollment_id is not None
    who: dict[str, Any] = {"user_id": state.user_id, "course_id": state.course_id}
    bought: dict[str, Any] = {"course_title": "Bridges", "amount": state.amount, "currency": "INR"}
    return [
        PaymentCaptured(payment_id=payment.id, order_id=state.id, **who, **bought),
        EnrollmentCreated(enrollment_id=changes.enrollment_id, source=source, **who),
    ]


def test_what_is_captured_sells_the_course() -> None:
    state = order()

    changes = decided(state, word("captured"))

    assert changes == Changes(
        payment=replace(SOLD, fee=FEE),
        method="upi",
        fee_tax=FEE_TAX,
        enrollment_id=changes.enrollment_id,
        enrollment_source=EnrollmentSource.PAYMENT,
        sold=True,
        steps=[ATTEMPTED, CAPTURED, Step(kind="enrolled", source=WORD), Step(kind="invoiced", source=WORD, amount=AMOUNT), CHARGED],
        entries=booked(ledger.sold(FRESH.id, "INR", state.sale), ledger.charged(FRESH.id, "INR", FEE)),
        events=sale(changes, state, FRESH, EnrollmentSource.PAYMENT),
    )


@pytest.mark.parametrize("status", [PaymentStatus.CREATED, PaymentStatus.FAILED, PaymentStatus.AUTHORIZED])
def test_it_sells_whatever_was_heard_before(status: PaymentStatus) -> None:
    changes = decided(order(replace(BOUND, status=status)), word("captured"))

    assert (changes.payment, changes.sold) == (replace(SOLD, fee=FEE), True)
    assert [step.kind for step in changes.steps] == ["captured", "enrolled", "invoiced", "charged"]


def test_a_further_attempt_is_a_payment_of_its_own() -> None:
    failed = replace(BOUND, razorpay_payment_id="pay_0", status=PaymentStatus.FAILED)

    changes = decided(order(failed), word("authorized", amount=5, currency="USD"))

    assert (changes.payment.razorpay_payment_id, changes.payment.amount, changes.payment.currency) == ("pay_1", 5, "USD")
    assert changes.payment.id != failed.id
    assert changes.steps[0] == replace(ATTEMPTED, amount=5)


def test_an_attempt_of_which_nothing_is_known_yet_is_noted_and_nothing_more() -> None:
    assert decided(order(), word("created")) == Changes(payment=BOUND, method="upi", steps=[ATTEMPTED])
    assert decide(order(BOUND), word("created"), WORD) is None


@pytest.mark.parametrize("before", [PaymentStatus.CREATED, PaymentStatus.FAILED])
def test_what_is_authorised_waits_to_be_captured(before: PaymentStatus) -> None:
    changes = decided(order(replace(BOUND, status=before)), word("authorized"))

    authorized = replace(BOUND, status=PaymentStatus.AUTHORIZED)
    assert changes == Changes(payment=authorized, method="upi", steps=[Step(kind="authorized", source=WORD, amount=AMOUNT)])
    assert decide(order(authorized), word("authorized"), WORD) is None


def test_only_what_is_authorised_and_fits_is_captured() -> None:
    assert needs_capture(order(), word("authorized"))
    assert not needs_capture(order(), word("captured"))
    assert not needs_capture(order(), word("authorized", amount=AMOUNT - 1))
    assert not needs_capture(order(), word("authorized", currency="USD"))


def test_a_failure_says_why_and_no_later_one_undoes_what_came_after() -> None:
    state = order()

    changes = decided(state, word("failed", error_code="BAD_REQUEST_ERROR", error_description="The bank said no."))

    assert changes == Changes(
        payment=replace(BOUND, status=PaymentStatus.FAILED),
        method="upi",
        error_code="BAD_REQUEST_ERROR",
        error_description="The bank said no.",
        steps=[ATTEMPTED, Step(kind="failed", source=WORD, note="The bank said no.")],
        events=[PaymentFailed(payment_id=FRESH.id, order_id=state.id, user_id=state.user_id, course_id=state.course_id)],
    )
    for later in set(PaymentStatus) - {PaymentStatus.CREATED}:
        assert decide(order(replace(BOUND, status=later)), word("failed"), WORD) is None


def test_what_the_vendor_lets_go_uncaptured_is_over() -> None:
    taken = {PaymentStatus.CAPTURED, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED}
    for before in PaymentStatus:
        changes = decide(order(replace(BOUND, status=before)), word("refunded"), WORD)
        over = Changes(payment=replace(BOUND, status=PaymentStatus.REFUNDED), method="upi", steps=[Step(kind="lapsed", source=WORD)])
        assert changes == (None if before in taken else over)


class TestAnotherAmount:
    """It is held for a person to look at, and lets nobody in."""

    reason = "5 INR came for an order of 49900 INR."
    review = Step(kind="needs_review", source=WORD, amount=5, note=reason)
    event = PaymentNeedsReview(payment_id=FRESH.id, order_id=UUID(int=1), reason=reason)
    held = replace(BOUND, amount=5, status=PaymentStatus.NEEDS_REVIEW, review_reason=reason)
    parked = booked(ledger.parked(FRESH.id, "INR", 5))
    attempted = replace(ATTEMPTED, amount=5)

    def test_is_held_when_it_is_authorised(self) -> None:
        steps = [self.attempted, Step(kind="authorized", source=WORD, amount=5), self.review]
        assert decided(order(), word("authorized", amount=5)) == Changes(payment=self.held, method="upi", steps=steps, events=[self.event])

    def test_is_parked_when_it_is_captured(self) -> None:
        changes = decided(order(), word("captured", amount=5, fee=0, fee_tax=0))

        assert changes == Changes(
            payment=replace(self.held, amount_captured=5),
            method="upi",
            steps=[self.attempted, replace(CAPTURED, amount=5), self.review],
            entries=self.parked,
            events=[self.event],
        )

    def test_is_told_of_once(self) -> None:
        captured = replace(self.held, amount_captured=5)

        changes = decided(order(self.held), word("captured", amount=5, fee=0, fee_tax=0))

        assert changes == Changes(payment=captured, method="upi", steps=[replace(CAPTURED, amount=5)], entries=self.parked)
        assert decide(order(captured), word("captured", amount=5, fee=0, fee_tax=0), WORD) is None

    def test_stays_held_though_the_last_word_has_the_right_amount(self) -> None:
        changes = decided(order(self.held), word("captured"))

        assert (changes.payment.status, changes.sold) == (PaymentStatus.NEEDS_REVIEW, False)
        assert ledger.parked(FRESH.id, "INR", AMOUNT) in changes.entries


APPLIED = replace(SOLD, id=UUID(int=8), razorpay_payment_id="pay_0")
ALL_OF_IT: dict[str, Any] = {"learner_gone": True, "enrolled": True, "course_gone": True, "coupon_use": CouponUseStatus.RELEASED}


class TestInVain:
    """Money that can't buy what it was paid for goes back by itself."""

    @pytest.mark.parametrize(
        ("state", "origin"),
        [
            (order(learner_gone=True), RefundOrigin.LEARNER_GONE),
            (order(enrolled=True), RefundOrigin.PAID_TWICE),
            (order(APPLIED, FRESH), RefundOrigin.PAID_TWICE),
            (order(course_gone=True), RefundOrigin.COURSE_GONE),
            (order(coupon_use=CouponUseStatus.RELEASED), RefundOrigin.COUPON_GONE),
            (order(**ALL_OF_IT), RefundOrigin.LEARNER_GONE),
            (order(**ALL_OF_IT | {"learner_gone": False}), RefundOrigin.PAID_TWICE),
            (order(**ALL_OF_IT | {"learner_gone": False, "enrolled": False}), RefundOrigin.COURSE_GONE),
        ],
    )
    def test_all_of_it_is_given_back_with_the_reason(self, state: OrderState, origin: RefundOrigin) -> None:
        changes = decided(state, word("captured"))

        refund = changes.refund
        assert refund is not None
        assert refund == NewRefund(
            id=refund.id, payment_id=FRESH.id, amount=AMOUNT, origin=origin, reason=EXPLAINED[origin], status=RefundStatus.REQUESTED
        )
        asked = Step(kind="refund_requested", source=WORD, reference=str(refund.id), amount=AMOUNT, note=EXPLAINED[origin])
        assert changes == Changes(
            payment=replace(SOLD, applied=False, amount_refunded=AMOUNT, fee=FEE),
            method="upi",
            fee_tax=FEE_TAX,
            steps=[ATTEMPTED, CAPTURED, asked, CHARGED],
            entries=booked(ledger.parked(FRESH.id, "INR", AMOUNT), ledger.charged(FRESH.id, "INR", FEE)),
            refund=refund,
            events=[RefundRequested(refund_id=refund.id, payment_id=FRESH.id)],
        )

    def test_another_amount_is_looked_at_first(self) -> None:
        changes = decided(order(enrolled=True), word("captured", amount=5))

        assert (changes.payment.status, changes.refund) == (PaymentStatus.NEEDS_REVIEW, None)


@pytest.mark.parametrize(
    ("use", "retaken"), [(CouponUseStatus.RELEASED, 4), (CouponUseStatus.RESERVED, None), (CouponUseStatus.REDEEMED, None), (None, None)]
)
def test_a_coupon_that_was_let_go_is_taken_again(use: CouponUseStatus | None, retaken: int | None) -> None:
    changes = decided(order(coupon_use=use, coupon_retake=4), word("captured"))

    assert (changes.sold, changes.coupon_retake) == (True, retaken)


class TestTheFee:
    def test_may_be_told_later(self) -> None:
        changes = decided(order(SOLD), word("captured"))

        fee = booked(ledger.charged(FRESH.id, "INR", FEE))
        assert changes == Changes(payment=replace(SOLD, fee=FEE), method="upi", fee_tax=FEE_TAX, steps=[CHARGED], entries=fee)

    def test_is_booked_once_and_as_it_was_first_told(self) -> None:
        charged = replace(SOLD, fee=FEE)

        assert decide(order(charged), word("captured", fee=FEE + 1), WORD) is None
        assert decide(order(SOLD), word("captured", fee=0, fee_tax=0), WORD) is None


class TestNothingToPay:
    def test_a_coupon_of_all_of_it_sells_at_once(self) -> None:
        state = order(replace(FRESH, amount=0), price=AMOUNT, discount=AMOUNT, taxable=0, tax=0, amount=0)

        changes = decide_free(state)

        assert changes == Changes(
            payment=replace(FRESH, amount=0, status=PaymentStatus.CAPTURED, applied=True),
            enrollment_id=changes.enrollment_id,
            enrollment_source=EnrollmentSource.COUPON,
            sold=True,
            steps=[Step(kind="enrolled", source=Source.ORDER), Step(kind="invoiced", source=Source.ORDER, amount=0)],
            events=sale(changes, state, FRESH, EnrollmentSource.COUPON),
        )

    def test_it_is_for_nothing_else(self) -> None:
        for state in (order(), order(replace(BOUND, amount=0), amount=0)):
            with pytest.raises(AssertionError, match="only a fresh order of nothing is free"):
                decide_free(state)
