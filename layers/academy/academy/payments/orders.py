"""What a learner is to pay: computed here, from the database, and frozen. The client says which course, and a coupon's code."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from academy.learning.events import EnrollmentCreated
from academy.learning.service.enrolling import refuse
from academy.payments import keys
from academy.payments import order_repository as repository
from academy.payments.books import gst
from academy.payments.discounts import discount
from academy.payments.events import OrderCreated
from academy.payments.gateway import GatewayRejected
from academy.payments.policy import Policy, policy
from academy.payments.schemas import Billing, NewOrder, OrderView
from academy.payments.settlement.booking import book_free, clash
from academy.payments.settlement.state import OrderState, PaymentState
from academy.payments.values import OrderStatus, PaymentStatus
from academy.platform import limits
from academy.platform.db import DatabaseFailure, Row, Statement
from academy.platform.errors import Conflict, NotFound, RateLimited, RuleBroken
from academy.platform.http import Answer, Request, created, refused
from academy.platform.ids import uuid7

GUESSES = "coupons"
OVERTAKEN = frozenset({"uq_orders_open", "uq_coupon_uses_number", "ck_coupons_uses", "fk_orders_enrollment_id_enrollments"})
"""Broken where another of the learner's requests, or another learner's for the coupon, was a moment faster: it is looked at again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What is to be paid, and by the rules of which day. `taxable + tax = amount`; `buyer` is what the invoice names."""

    price: int
    discount: int
    taxable: int
    tax: int
    amount: int
    tax_bp: int
    share_bp: int
    buyer: dict[str, str]
    place_of_supply: str


def quote(price: int, off: int, rules: Policy, *, buyer: dict[str, str], place_of_supply: str) -> Quote:
    taxable, tax, amount = gst.prices(price, off, tax_bp=rules.tax_bp, inclusive=rules.prices_include_tax)
    return Quote(
        price=price,
        discount=off,
        taxable=taxable,
        tax=tax,
        amount=amount,
        tax_bp=rules.tax_bp,
        share_bp=rules.instructor_share_bp,
        buyer=buyer,
        place_of_supply=place_of_supply,
    )


def order(request: Request, body: NewOrder) -> Answer:
    """An order for a course, or the one that is open for it.

    Raises NotFound (course), Conflict (ALREADY_ENROLLED, PAYMENT_DISPUTED), RuleBroken (OWN_COURSE, PREREQUISITES_NOT_MET, COURSE_IS_FREE,
    CURRENCY_NOT_SUPPORTED), RateLimited, GatewayUnavailable. Answers COUPON_NOT_APPLICABLE, so that the guess stays counted.
    """
    rules = policy()
    look = _look(request, body)
    if look.says is None:
        raise NotFound("course")
    if look.bought_id is not None and look.says in {"prerequisites", "payment"}:
        return _reenter(request, look, rules)
    refuse(look.says, look.missing)
    if look.says == "free":
        raise RuleBroken("COURSE_IS_FREE", f"This course is free. Enrol by POST /courses/{body.course_id}/enroll.")
    if look.currency not in rules.currencies:
        raise RuleBroken("CURRENCY_NOT_SUPPORTED", f"Courses in {look.currency} can't be paid here.")
    buyer, place = _buyer(look, body.billing, rules)
    if look.order_id is not None and not look.expired and _is_what_is_open(look, body, buyer, place):
        return _answer(look.order_id, _open_view(look))
    if body.coupon_code is not None and (refusal := _refusal(request, look)) is not None:
        return refusal
    off = 0
    if look.coupon_id is not None:
        off = discount(look.price, look.currency, percent=look.percent, amount=look.coupon_amount, max_discount=look.max_discount)
    return _make(request, body, look, quote(look.price, off, rules, buyer=buyer, place_of_supply=place))


def _look(request: Request, body: NewOrder) -> Row:
    limit = limits.limit_of(GUESSES)
    caller = request.caller.id
    _, [row] = request.work.together(
        repository.TURN.bind(caller=caller),
        repository.LOOK.bind(
            caller=caller, course_id=body.course_id, code=body.coupon_code, bucket=_bucket(request), seconds=limit.seconds
        ),
    )
    return row


def _bucket(request: Request) -> str:
    return f"{GUESSES}:{request.caller.id}"


def _refusal(request: Request, look: Row) -> Answer | None:
    """One sentence for every code that does not fit, so that guessing tells nothing; and not many guesses."""
    guesses = json.loads(look.guesses) if look.guesses else {"hits": 0, "reset": 0}
    if guesses["hits"] >= limits.limit_of(GUESSES).hits:
        raise RateLimited(guesses["reset"], "Too many codes that do not fit. Please wait a while.")
    if look.coupon_id is not None:
        return None
    limits.note(request.work, GUESSES, str(request.caller.id))
    return refused(RuleBroken("COUPON_NOT_APPLICABLE", "This code can't be used for this course."), request.id)


def _buyer(look: Row, billing: Billing | None, rules: Policy) -> tuple[dict[str, str], str]:
    """What the invoice names, and the GST code of the place of supply. Told once, it holds for the order that takes an open one's place."""
    if billing is None and look.order_id is not None:
        return json.loads(look.buyer), look.place_of_supply
    told = billing or Billing()
    buyer = {"name": told.name or look.name, "address": told.address, "gstin": told.gstin}
    place = gst.place_of_supply(seller_state=told.state or rules.seller_state, buyer_gstin=told.gstin)
    return {name: value for name, value in buyer.items() if value}, place


def _is_what_is_open(look: Row, body: NewOrder, buyer: dict[str, str], place: str) -> bool:
    same_code = body.coupon_code is None or body.coupon_code.lower() == (look.coupon_code or "").lower()
    return same_code and buyer == json.loads(look.buyer) and place == look.place_of_supply


def _make(request: Request, body: NewOrder, look: Row, what: Quote) -> Answer:
    order_id: UUID = request.once("order id", uuid7)
    razorpay_order_id = _at_the_vendor(request, order_id, what.amount, look.currency) if what.amount else None
    facts = {"courseId": str(body.course_id), "amount": what.amount, "currency": look.currency, "couponId": look.coupon_id}
    request.audit("payment.order", "order", order_id, after=facts)
    request.work.emit(
        OrderCreated(order_id=order_id, user_id=request.caller.id, course_id=body.course_id, amount=what.amount, currency=look.currency)
    )
    row = _write(
        request,
        repository.ORDER,
        id=order_id,
        step_id=uuid7(),
        caller=request.caller.id,
        course_id=body.course_id,
        instructor_id=look.instructor_id,
        title=look.title,
        open_id=look.order_id,
        open_version=look.order_version,
        coupon_id=look.coupon_id,
        coupon_version=look.coupon_version,
        code=look.code,
        currency=look.currency,
        price=what.price,
        discount=what.discount,
        taxable=what.taxable,
        tax=what.tax,
        amount=what.amount,
        tax_bp=what.tax_bp,
        share_bp=what.share_bp,
        place=what.place_of_supply,
        buyer=json.dumps(what.buyer),
        razorpay_order_id=razorpay_order_id,
        minutes=policy().order_minutes,
    )
    enrollment_id = None
    if not what.amount:
        enrollment_id = book_free(request.work, _state(request, look, what, row))
    view = _view(
        order_id,
        razorpay_order_id=razorpay_order_id,
        amount=what.amount,
        currency=look.currency,
        discount=what.discount,
        tax=what.tax,
        price=what.price,
        expires_at=row.expires_at,
        status=OrderStatus.OPEN if what.amount else OrderStatus.PAID,
        enrollment_id=enrollment_id,
    )
    return _answer(order_id, view, None if what.amount else "You are in the course: your coupon covers all of it.")


def _at_the_vendor(request: Request, order_id: UUID, amount: int, currency: str) -> str:
    """The vendor's order, asked for once however often the transaction is run; another amount is another order."""
    try:
        made = request.once(
            f"vendor's order of {amount} {currency}",
            lambda: keys.gateway().create_order(amount=amount, currency=currency, receipt=order_id),
        )
    except GatewayRejected as error:
        raise RuleBroken("ORDER_REJECTED", f"This order can't be paid: {error.description}") from error
    return made.id


def _state(request: Request, look: Row, what: Quote, row: Row) -> OrderState:
    """The order of nothing, as it has just been written."""
    return OrderState(
        id=row.id,
        version=1,
        status=OrderStatus.OPEN,
        user_id=request.caller.id,
        course_id=look.course_id,
        instructor_id=look.instructor_id,
        coupon_id=look.coupon_id,
        currency=look.currency,
        price=what.price,
        discount=what.discount,
        taxable=what.taxable,
        tax=what.tax,
        amount=what.amount,
        tax_bp=what.tax_bp,
        share_bp=what.share_bp,
        place_of_supply=what.place_of_supply,
        course_title=look.title,
        buyer=what.buyer,
        razorpay_order_id=None,
        today=date.fromisoformat(row.today),
        payments=(PaymentState(id=row.id, status=PaymentStatus.CREATED, amount=what.amount, currency=look.currency),),
    )


def _reenter(request: Request, look: Row, rules: Policy) -> Answer:
    """Who has paid, and left by themselves, comes back without paying."""
    if look.disputed and rules.dispute_access == "paused":
        raise Conflict("PAYMENT_DISPUTED", "Your bank disputes the payment for this course. Please wait until that is settled.")
    enrollment_id = uuid7()
    event = EnrollmentCreated(enrollment_id=enrollment_id, user_id=request.caller.id, course_id=look.course_id, source=look.source)
    request.work.emit(event)
    request.audit("course.enroll", "course", look.course_id, after={"enrollmentId": str(enrollment_id), "orderId": str(look.bought_id)})
    _write(
        request,
        repository.REENTER,
        order_id=look.bought_id,
        version=look.bought_version,
        enrollment_id=enrollment_id,
        payment_id=look.payment_id,
        source=look.source,
        step_id=uuid7(),
    )
    view = _view(
        look.bought_id,
        razorpay_order_id=None,
        amount=0,
        currency=look.bought_currency,
        discount=0,
        tax=0,
        price=look.price,
        expires_at=look.bought_expires_at,
        status=OrderStatus.PAID,
        enrollment_id=enrollment_id,
    )
    return _answer(look.bought_id, view, "Welcome back: you have paid for this course already.")


def _write(request: Request, statement: Statement, **parameters: Any) -> Row:
    """The statement's one row. Raises DatabaseFailure 40001, which has all of it looked at again, where something was decided meanwhile."""
    try:
        row = request.work.first(statement, **parameters)
    except DatabaseFailure as failure:
        if failure.constraint in OVERTAKEN:
            raise clash() from failure
        raise
    if row is None:
        raise clash()
    return row


def _open_view(look: Row) -> OrderView:
    return _view(
        look.order_id,
        razorpay_order_id=look.razorpay_order_id,
        amount=look.order_amount,
        currency=look.order_currency,
        discount=look.order_discount,
        tax=look.order_tax,
        price=look.order_price,
        expires_at=look.expires_at,
        status=OrderStatus.OPEN,
        enrollment_id=None,
    )


def _view(order_id: UUID, **fields: Any) -> OrderView:
    return OrderView(order_id=order_id, key_id=keys.keys().key_id, **fields)


def _answer(order_id: UUID, view: OrderView, message: str | None = None) -> Answer:
    return created(view, f"/payments/{order_id}", message)
