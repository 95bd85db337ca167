"""What the checkout tells the page, told on to us: believed for its signature, and then asked of the vendor."""

from academy.payments import keys, settlement
from academy.payments.gateway import GatewayRejected, VendorPayment
from academy.payments.schemas import Checkout, VerifiedView
from academy.payments.settlement.decision import Settled
from academy.payments.signatures import BadSignature, count_bad, signed
from academy.payments.values import PaymentStatus, Source
from academy.platform.errors import NotFound, PaymentRequired
from academy.platform.http import Answer, Request, ok, refused

PAID = frozenset({PaymentStatus.CAPTURED, PaymentStatus.PARTIALLY_REFUNDED})
WAITING = {
    PaymentStatus.NEEDS_REVIEW: "The payment arrived, but it does not fit the order. We look at it and write to you; your money is safe.",
    PaymentStatus.AUTHORIZED: "Your bank has agreed to the payment. You are let in as soon as it arrives.",
    PaymentStatus.CREATED: "The payment is under way. You are let in as soon as it arrives.",
}
"""Nothing more can be done now, by the learner or by us."""
GIVEN_BACK = "This payment is refunded."


def verify(request: Request, told: Checkout) -> Answer:
    """Raises NotFound (order, payment), GatewayUnavailable. Answers BAD_SIGNATURE and PAYMENT_FAILED, so that what was learned stays."""
    message = f"{told.razorpay_order_id}|{told.razorpay_payment_id}".encode()
    if not signed(message, told.razorpay_signature, [keys.keys().key_secret]):
        return _forged(request, told)
    facts = request.once("payment", lambda: keys.gateway().payment(told.razorpay_payment_id))
    if facts is None:
        raise NotFound("payment")
    if facts.order_id != told.razorpay_order_id:
        return _forged(request, told)
    settled = _settle(request, facts)
    if settled.needs_capture:
        settled = _settle(request, request.once("capture", lambda: _captured(facts)))
    return _answer(request, settled, facts)


def _settle(request: Request, facts: VendorPayment) -> Settled:
    settled = settlement.settle(request.work, facts, Source.VERIFY, user_id=request.caller.id)
    if settled is None:
        raise NotFound("order")
    return settled


def _captured(facts: VendorPayment) -> VendorPayment:
    """What became of it. Where the vendor refuses, the payment is what it was, and the next word about it comes by webhook."""
    try:
        return keys.gateway().capture(facts)
    except GatewayRejected:
        return facts


def _forged(request: Request, told: Checkout) -> Answer:
    """Nothing changes; somebody tried, and that is noted."""
    count_bad("verify")
    request.audit("payment.forged", "order", told.razorpay_order_id, after={"razorpayPaymentId": told.razorpay_payment_id})
    return refused(BadSignature(), request.id)


def _answer(request: Request, settled: Settled, facts: VendorPayment) -> Answer:
    if settled.status is PaymentStatus.FAILED:
        description = facts.error_description or "The payment failed."
        return refused(PaymentRequired(f"{description} Nothing was taken; you can try again.", code="PAYMENT_FAILED"), request.id)
    enrolled = settled.status in PAID and settled.enrollment_id is not None
    view = VerifiedView(
        payment_id=settled.payment_id,  # type: ignore[arg-type]  # an order of ours has all of them; without, the view refuses
        order_id=settled.order_id,  # type: ignore[arg-type]
        course_id=settled.course_id,  # type: ignore[arg-type]
        status=settled.status,
        enrolled=enrolled,
        enrollment_id=settled.enrollment_id if enrolled else None,
    )
    if settled.status in WAITING:
        return ok(view, WAITING[settled.status])
    return ok(view, None if enrolled else GIVEN_BACK)
