"""An order with its payments, as a decision needs it."""

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from academy.payments.books.ledger import Sale
from academy.payments.values import CouponUseStatus, OrderStatus, PaymentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentState:
    id: UUID
    status: PaymentStatus
    razorpay_payment_id: str | None = None
    amount: int
    currency: str
    amount_captured: int = 0
    amount_refunded: int = 0
    fee: int = 0
    applied: bool = False
    review_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderState:
    """`enrolled`: the learner is in the course now, by whatever. `coupon_retake`: as the how-manieth use the order's released coupon could be
    taken again, None where it can't. `today` is the calendar day in India."""

    id: UUID
    version: int
    status: OrderStatus
    user_id: UUID
    course_id: UUID
    instructor_id: UUID
    coupon_id: UUID | None = None
    coupon_use: CouponUseStatus | None = None
    coupon_retake: int | None = None
    currency: str
    price: int
    discount: int
    taxable: int
    tax: int
    amount: int
    tax_bp: int
    share_bp: int
    place_of_supply: str
    course_title: str
    buyer: dict[str, Any]
    razorpay_order_id: str | None
    enrollment_id: UUID | None = None
    enrolled: bool = False
    course_gone: bool = False
    learner_gone: bool = False
    today: date
    payments: tuple[PaymentState, ...] = field(default=())

    @classmethod
    def read(cls, text: str) -> "OrderState":
        """From the JSON of `repository.STATE`."""
        row = json.loads(text)
        payments = tuple(
            PaymentState(**{**payment, "id": UUID(payment["id"]), "status": PaymentStatus(payment["status"])})
            for payment in row.pop("payments")
        )
        uuids = {name: UUID(row[name]) for name in ("id", "user_id", "course_id", "instructor_id")}
        perhaps = {name: UUID(row[name]) if row[name] else None for name in ("coupon_id", "enrollment_id")}
        use = row["coupon_use"]
        return cls(
            **{
                **row,
                **uuids,
                **perhaps,
                "status": OrderStatus(row["status"]),
                "coupon_use": CouponUseStatus(use) if use else None,
                "today": date.fromisoformat(row["today"]),
                "payments": payments,
            }
        )

    @property
    def sale(self) -> Sale:
        return Sale(taxable=self.taxable, tax=self.tax, share_bp=self.share_bp, instructor_id=self.instructor_id)

    @property
    def applied(self) -> PaymentState | None:
        """The payment that bought the enrolment."""
        return next((payment for payment in self.payments if payment.applied), None)

    def payment_of(self, razorpay_payment_id: str) -> PaymentState | None:
        return next((payment for payment in self.payments if payment.razorpay_payment_id == razorpay_payment_id), None)

    @property
    def unbound(self) -> PaymentState | None:
        """The row that was made with the order, while the vendor knows of no attempt."""
        return next((payment for payment in self.payments if payment.razorpay_payment_id is None), None)
