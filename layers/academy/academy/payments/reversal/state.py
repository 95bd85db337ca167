"""A payment with what was bought by it and what came back of it, as a decision needs it."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from academy.payments.books.ledger import Sale
from academy.payments.values import DisputeStatus, PaymentStatus, RefundOrigin, RefundStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundState:
    id: UUID
    amount: int
    status: RefundStatus
    origin: RefundOrigin
    reason: str
    razorpay_refund_id: str | None = None
    last_error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeState:
    """`paused`: the learner's access was taken away when it was opened."""

    id: UUID
    razorpay_dispute_id: str
    status: DisputeStatus
    amount: int
    reason_code: str | None = None
    phase: str | None = None
    respond_by: str | None = None
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFile:
    """`version` is the order's, `row_version` the payment's own where there is no order. `sale`: what it bought, None where it is parked.

    `invoice` has the invoice's columns. `present`: the enrolment that it bought is not ended. `today` is the calendar day in India.
    """

    id: UUID
    order_id: UUID | None
    version: int | None
    row_version: str
    user_id: UUID | None
    course_id: UUID | None
    course_title: str | None
    status: PaymentStatus
    currency: str
    amount_captured: int
    amount_refunded: int
    razorpay_payment_id: str | None
    enrollment_id: UUID | None
    present: bool
    sale: Sale | None
    invoice: dict[str, Any] | None
    refunds: tuple[RefundState, ...]
    disputes: tuple[DisputeState, ...]
    today: date

    @classmethod
    def read(cls, text: str) -> "PaymentFile":
        """From the JSON of `repository.FILE`."""
        row = json.loads(text)
        perhaps = {name: UUID(row[name]) if row[name] else None for name in ("order_id", "user_id", "course_id", "enrollment_id")}
        sale = row["sale"]
        return cls(
            **{
                **row,
                **perhaps,
                "id": UUID(row["id"]),
                "status": PaymentStatus(row["status"]),
                "sale": Sale(**{**sale, "instructor_id": UUID(sale["instructor_id"])}) if sale else None,
                "refunds": tuple(
                    RefundState(
                        **{**each, "id": UUID(each["id"]), "status": RefundStatus(each["status"]), "origin": RefundOrigin(each["origin"])}
                    )
                    for each in row["refunds"]
                ),
                "disputes": tuple(
                    DisputeState(**{**each, "id": UUID(each["id"]), "status": DisputeStatus(each["status"])}) for each in row["disputes"]
                ),
                "today": date.fromisoformat(row["today"]),
            }
        )

    @property
    def given(self) -> int:
        """What has gone back already."""
        return min(self.amount_captured, sum(refund.amount for refund in self.refunds if refund.status is RefundStatus.PROCESSED))
