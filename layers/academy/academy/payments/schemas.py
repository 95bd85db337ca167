"""What payments take in and answer with. Money is in the currency's smallest unit (paise)."""

import re
from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from academy.catalog.schemas import MAX_PRICE
from academy.payments.books.gst import STATES, check_gstin
from academy.payments.values import InvoiceKind, OrderStatus, PaymentStatus, RefundOrigin, RefundStatus, Source
from academy.platform.errors import ValidationFailed
from academy.platform.http import ListQuery, Moment, Query, Schema, View, example

MONTHS_AT_ONCE = 36
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])\Z")


def _a_state(code: str) -> str:
    if code not in STATES:
        raise ValueError("no GST code of a state, as in 33 for Tamil Nadu")
    return code


Code = Annotated[
    str, Field(min_length=3, max_length=40, pattern=r"^[A-Za-z0-9_-]+$", description="Capitals and small letters are the same.")
]
Paise = Annotated[int, Field(ge=1, le=MAX_PRICE)]
Uses = Annotated[int, Field(ge=1, le=1_000_000_000)]
Gstin = Annotated[str, Field(max_length=30, description="15 characters, the last a checksum."), AfterValidator(check_gstin)]
State = Annotated[str, Field(pattern=r"^\d{2}$", description="GST code of the state of residence."), AfterValidator(_a_state)]


class Billing(Schema):
    """What the invoice names. Without a state or GSTIN the place of supply is the seller's; a GSTIN's state is the one that counts."""

    name: Annotated[str | None, Field(min_length=1, max_length=200)] = None
    address: Annotated[str | None, Field(min_length=1, max_length=500)] = None
    state: State | None = None
    gstin: Gstin | None = None


class NewOrder(Schema):
    model_config = example(courseId="01900000-0000-7000-8000-000000000001", couponCode="WELCOME20", billing={"state": "33"})

    course_id: UUID
    coupon_code: Annotated[str | None, Field(min_length=1, max_length=100)] = None
    billing: Billing | None = None


class OrderView(View):
    """What the checkout is opened with. `amount` is what is paid; `price` is the course's, before `discount`; `tax` is part of `amount`.
    Nothing to pay (`amount` 0): `enrollmentId` is there at once and `razorpayOrderId` is null."""

    order_id: UUID
    razorpay_order_id: str | None
    key_id: str
    amount: int
    currency: str
    discount: int
    tax: int
    price: int
    expires_at: datetime
    status: OrderStatus
    enrollment_id: UUID | None


class Checkout(Schema):
    """What the checkout hands to the page, by the names that it has there."""

    model_config = example(
        razorpay_order_id="order_Qb3xW1cV9sKq2T",
        razorpay_payment_id="pay_Qb3yA7dM4nRt8L",
        razorpay_signature="9ef4dffbfd84f1318f6739a3ce19f9d8",
    )

    razorpay_order_id: Annotated[str, Field(alias="razorpay_order_id", min_length=1, max_length=100)]
    razorpay_payment_id: Annotated[str, Field(alias="razorpay_payment_id", min_length=1, max_length=100)]
    razorpay_signature: Annotated[str, Field(alias="razorpay_signature", max_length=1000)]


class VerifiedView(View):
    """`enrolled`: by this payment. Where it is false, the message says what becomes of the money."""

    payment_id: UUID
    order_id: UUID
    course_id: UUID
    status: PaymentStatus
    enrolled: bool
    enrollment_id: UUID | None


class NewCoupon(Schema):
    """Exactly one of `percent` and `amount`. Without `courseId` it holds for all of one's courses (an admin's: for everybody's)."""

    model_config = example(code="WELCOME20", percent=20, maxDiscount=50000, maxUses=100, maxUsesPerUser=1)

    code: Code
    percent: Annotated[int | None, Field(ge=1, le=100)] = None
    amount: Paise | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "INR"
    max_discount: Paise | None = None
    course_id: UUID | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    max_uses: Uses | None = None
    max_uses_per_user: Uses | None = None
    first_purchase_only: bool = False

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.percent is None) == (self.amount is None):
            raise ValueError("give either percent or amount")
        if self.starts_at is not None and self.ends_at is not None and self.ends_at <= self.starts_at:
            raise ValueError("endsAt comes after startsAt")
        return self


class CouponChanges(Schema):
    """What is left out stays. `percent` takes the place of `amount`, and the other way round; null lifts a limit."""

    model_config = example(maxUses=200)

    code: Code | None = None
    percent: Annotated[int | None, Field(ge=1, le=100)] = None
    amount: Paise | None = None
    currency: Annotated[str | None, Field(pattern=r"^[A-Z]{3}$")] = None
    max_discount: Paise | None = None
    course_id: UUID | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    max_uses: Uses | None = None
    max_uses_per_user: Uses | None = None
    first_purchase_only: bool | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.percent is not None and self.amount is not None:
            raise ValueError("give either percent or amount")
        return self


class CouponsQuery(ListQuery):
    """`active`: may be used at this moment."""

    course_id: UUID | None = None
    active: bool | None = None


class CouponView(View):
    """`uses` counts open orders that hold one, and payments. `active`: within its time, and not used up."""

    id: UUID
    code: str
    owner_id: UUID
    academy_wide: bool
    course_id: UUID | None
    percent: int | None
    amount: int | None
    currency: str
    max_discount: int | None
    starts_at: datetime | None
    ends_at: datetime | None
    max_uses: int | None
    max_uses_per_user: int | None
    first_purchase_only: bool
    uses: int
    active: bool
    created_at: datetime
    updated_at: datetime


class PaymentHistoryQuery(ListQuery):
    status: PaymentStatus | None = None
    course_id: UUID | None = None


class InvoiceQuery(Query):
    """Which document of a payment. The id of an invoice or credit note says it by itself."""

    kind: InvoiceKind = InvoiceKind.INVOICE


class PaymentsQuery(ListQuery):
    """What an admin has to look at."""

    status: Literal[PaymentStatus.NEEDS_REVIEW] = PaymentStatus.NEEDS_REVIEW


class PaymentView(View):
    """`amount` was asked for (of an attempt that the vendor knows: was paid), `refunded` went back or is about to. A payment has the id of its
    order, a further attempt to pay the order one of its own. `invoiceUrl` is null where there is no invoice."""

    id: UUID
    order_id: UUID | None
    course_id: UUID | None
    course_title: str | None
    amount: int
    currency: str
    price: int | None
    discount: int | None
    tax: int | None
    refunded: int
    status: PaymentStatus
    method: str | None
    razorpay_order_id: str | None
    razorpay_payment_id: str | None
    error_description: str | None
    invoice_url: str | None
    created_at: datetime
    captured_at: datetime | None


class ReviewedPaymentView(PaymentView):
    user_id: UUID | None
    review_reason: str | None


class TimelineStepView(View):
    """`source` is by what we learned of it."""

    kind: str
    at: datetime
    source: Source
    amount: int | None
    note: str | None


class RefundOfPaymentView(View):
    """`creditNoteUrl` is null until it is processed, and where nothing had been sold."""

    id: UUID
    amount: int
    status: RefundStatus
    origin: RefundOrigin
    reason: str
    requested_at: datetime
    processed_at: datetime | None
    credit_note_url: str | None


class WholePaymentView(ReviewedPaymentView):
    """With its life, step by step."""

    timeline: list[TimelineStepView]
    refunds: list[RefundOfPaymentView]


class PayoutsQuery(Query):
    """Months as `2026-04`, in India's calendar, both included; the last twelve if none is given. `instructorId` is for admins."""

    from_month: Annotated[str | None, Field(alias="from", pattern=r"^\d{4}-(0[1-9]|1[0-2])$")] = None
    to_month: Annotated[str | None, Field(alias="to", pattern=r"^\d{4}-(0[1-9]|1[0-2])$")] = None
    instructor_id: UUID | None = None

    def months(self) -> tuple[date | None, date | None]:
        """The first days of the first and the last month, None for what was not said. Raises ValidationFailed."""
        first, last = _first_day(self.from_month, "from"), _first_day(self.to_month, "to")
        if first and last and not 0 <= (last.year - first.year) * 12 + last.month - first.month < MONTHS_AT_ONCE:
            raise ValidationFailed.of("query.to", f"Not before `from`, and at most {MONTHS_AT_ONCE} months.")
        return first, last


def _first_day(month: str | None, name: str) -> date | None:
    match = _MONTH.match(month or "")
    if match is None:
        return None
    if not 2000 <= int(match.group(1)) <= 2999:
        raise ValidationFailed.of(f"query.{name}", "A month of this millennium, as in 2026-04.", "datetime")
    return date(int(match.group(1)), int(match.group(2)), 1)


class PayoutView(View):
    """A month in one currency. `gross` is what learners paid and did not get back, `tax` the part of it that is the state's, `share` what the
    instructor gets of the rest. `sales`, `refunds` and `chargebacks` are numbers of payments; money of theirs is in the three sums."""

    month: str
    currency: str
    sales: int
    refunds: int
    chargebacks: int
    gross: int
    tax: int
    share: int


class PayoutsView(View):
    instructor_id: UUID
    months: list[PayoutView]
