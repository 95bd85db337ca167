"""Orders, payments and what became of them. Money is in the currency's smallest unit (paise), everywhere."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.payments.values import CouponUseStatus, DisputeStatus, OrderStatus, PaymentStatus, RefundOrigin, RefundStatus, Source
from academy.platform.orm import Base, created_now, one_of, primary_key


class Order(Base):
    """What a learner is to pay for a course: computed by the server and frozen. At most one is open for a learner and course.

    `amount` is what is paid: `taxable + tax`. With prices that include tax `price - discount` is the amount, otherwise it is `taxable`.
    `buyer` is what the invoice names: `{"name", "address"?, "gstin"?}`. Rates are in basis points. `enrollment_id` is what the payment bought.
    """

    __tablename__ = "orders"
    __table_args__ = (
        one_of("status", OrderStatus),
        CheckConstraint(
            "price >= 0 and discount between 0 and price and taxable >= 0 and tax >= 0 and amount = taxable + tax", name="amount"
        ),
        CheckConstraint("(status = 'paid') = (paid_at is not null)", name="paid_at"),
        Index("uq_orders_open", "user_id", "course_id", unique=True, postgresql_where=text("status = 'open'")),
        Index("ix_orders_due", "expires_at", "id", postgresql_where=text("status = 'open'")),
        Index("ix_orders_user_id", "user_id", "course_id"),
        Index("ix_orders_enrollment_id", "enrollment_id", postgresql_where=text("enrollment_id is not null")),
    )

    id: Mapped[UUID] = primary_key()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"), index=True)
    instructor_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    coupon_id: Mapped[UUID | None] = mapped_column(ForeignKey("coupons.id"), index=True)
    status: Mapped[str] = mapped_column(server_default=OrderStatus.OPEN)
    currency: Mapped[str]
    price: Mapped[int]
    discount: Mapped[int] = mapped_column(server_default="0")
    taxable: Mapped[int]
    tax: Mapped[int]
    amount: Mapped[int]
    tax_bp: Mapped[int]
    share_bp: Mapped[int]
    """The instructor's share of `taxable`, in basis points."""
    place_of_supply: Mapped[str]
    """GST state code of two digits."""
    course_title: Mapped[str]
    buyer: Mapped[dict[str, Any]]
    razorpay_order_id: Mapped[str | None] = mapped_column(unique=True)
    enrollment_id: Mapped[UUID | None] = mapped_column(ForeignKey("enrollments.id"))
    version: Mapped[int] = mapped_column(server_default="1")
    """Counts what was decided about its money: a decision is taken on what was read, and stands only if nothing else was decided meanwhile."""
    created_at: Mapped[datetime] = created_now()
    expires_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]


class Payment(Base):
    """An attempt to pay an order. The first carries the order's id and begins with it, before the vendor knows of any.

    `amount_captured` is what was taken; `amount_refunded` what was given back or is about to be (refunds that have not failed).
    Without an order: money at the vendor for something that we do not know. `applied`: this payment bought the order's enrolment.
    """

    __tablename__ = "payments"
    __table_args__ = (
        one_of("status", PaymentStatus),
        CheckConstraint("amount >= 0 and amount_captured >= 0 and fee >= 0 and fee_tax >= 0", name="amount"),
        CheckConstraint("amount_refunded between 0 and amount_captured", name="amount_refunded"),
        CheckConstraint("(status = 'needs_review') <= (review_reason is not null)", name="review_reason"),
        Index("uq_payments_applied", "order_id", unique=True, postgresql_where=text("applied")),
        Index("ix_payments_order_id", "order_id"),
        Index("ix_payments_user_id", "user_id", "id"),
        Index("ix_payments_review", "id", postgresql_where=text("status = 'needs_review'")),
        Index(
            "ix_payments_not_final",
            "id",
            postgresql_where=text("razorpay_payment_id is not null and status in ('created', 'authorized', 'failed')"),
        ),
    )

    id: Mapped[UUID] = primary_key()
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders.id"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    course_id: Mapped[UUID | None] = mapped_column(ForeignKey("courses.id"), index=True)
    status: Mapped[str] = mapped_column(server_default=PaymentStatus.CREATED)
    amount: Mapped[int]
    currency: Mapped[str]
    amount_captured: Mapped[int] = mapped_column(server_default="0")
    amount_refunded: Mapped[int] = mapped_column(server_default="0")
    fee: Mapped[int] = mapped_column(server_default="0")
    fee_tax: Mapped[int] = mapped_column(server_default="0")
    applied: Mapped[bool] = mapped_column(server_default=text("false"))
    method: Mapped[str | None]
    razorpay_order_id: Mapped[str | None] = mapped_column(index=True)
    razorpay_payment_id: Mapped[str | None] = mapped_column(unique=True)
    error_code: Mapped[str | None]
    error_description: Mapped[str | None]
    review_reason: Mapped[str | None]
    created_at: Mapped[datetime] = created_now()
    authorized_at: Mapped[datetime | None]
    captured_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]


class PaymentEvent(Base):
    """A step in a payment's life: its timeline. `reference` tells two steps of a kind apart (a refund's id); a step is noted once."""

    __tablename__ = "payment_events"
    __table_args__ = (
        one_of("source", Source),
        Index("uq_payment_events_step", "payment_id", "kind", "reference", unique=True),
    )

    id: Mapped[UUID] = primary_key()
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    kind: Mapped[str]
    reference: Mapped[str] = mapped_column(server_default="")
    source: Mapped[str]
    amount: Mapped[int | None]
    note: Mapped[str | None]
    occurred_at: Mapped[datetime] = created_now()


class Refund(Base):
    """Money on its way back. Its id is the vendor's receipt and `X-Refund-Idempotency`: asking twice refunds once."""

    __tablename__ = "refunds"
    __table_args__ = (
        one_of("status", RefundStatus),
        one_of("origin", RefundOrigin),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(status = 'processed') = (processed_at is not null)", name="processed_at"),
        Index("ix_refunds_under_way", "requested_at", "id", postgresql_where=text("status in ('requested', 'pending')")),
        Index("ix_refunds_failed", "id", postgresql_where=text("status = 'failed'")),
    )

    id: Mapped[UUID] = primary_key()
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"), index=True)
    amount: Mapped[int]
    status: Mapped[str] = mapped_column(server_default=RefundStatus.REQUESTED)
    origin: Mapped[str]
    reason: Mapped[str]
    overruled: Mapped[bool] = mapped_column(server_default=text("false"))
    """Against the policy, by an admin who said why."""
    requested_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    razorpay_refund_id: Mapped[str | None] = mapped_column(unique=True)
    last_error: Mapped[str | None]
    requested_at: Mapped[datetime] = created_now()
    processed_at: Mapped[datetime | None]


class Dispute(Base):
    """A learner's bank takes the money back, or wants to."""

    __tablename__ = "disputes"
    __table_args__ = (one_of("status", DisputeStatus), CheckConstraint("amount > 0", name="amount"))

    id: Mapped[UUID] = primary_key()
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"), index=True)
    razorpay_dispute_id: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str]
    amount: Mapped[int]
    reason_code: Mapped[str | None]
    phase: Mapped[str | None]
    respond_by: Mapped[datetime | None]
    opened_at: Mapped[datetime] = created_now()
    closed_at: Mapped[datetime | None]


class Coupon(Base):
    """A price cut. Exactly one of `percent` (1..100) and `amount` is set; without a course it holds for all of the owner's (an admin's: for all).

    `uses` counts reservations and redemptions, and the CHECK keeps it within `max_uses` whatever runs at the same time.
    """

    __tablename__ = "coupons"
    __table_args__ = (
        CheckConstraint("(percent is null) <> (amount is null)", name="kind"),
        CheckConstraint("percent between 1 and 100", name="percent"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("max_discount > 0", name="max_discount"),
        CheckConstraint("uses >= 0 and (max_uses is null or uses <= max_uses)", name="uses"),
        CheckConstraint("ends_at > starts_at", name="ends_at"),
        Index("uq_coupons_code", text("lower(code)"), unique=True, postgresql_where=text("deleted_at is null")),
        Index("ix_coupons_owner_id", "owner_id", "id"),
    )

    id: Mapped[UUID] = primary_key()
    code: Mapped[str]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    academy_wide: Mapped[bool] = mapped_column(server_default=text("false"))
    """An admin's: for courses of everybody."""
    course_id: Mapped[UUID | None] = mapped_column(ForeignKey("courses.id"), index=True)
    percent: Mapped[int | None]
    amount: Mapped[int | None]
    currency: Mapped[str] = mapped_column(server_default="INR")
    max_discount: Mapped[int | None]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    max_uses: Mapped[int | None]
    max_uses_per_user: Mapped[int | None]
    first_purchase_only: Mapped[bool] = mapped_column(server_default=text("false"))
    uses: Mapped[int] = mapped_column(server_default="0")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = created_now()
    updated_at: Mapped[datetime] = created_now()
    deleted_at: Mapped[datetime | None]


class CouponUse(Base):
    """An order's use of a coupon. `number` is the learner's how-manieth: unique, so that two orders at once can't both be the last allowed."""

    __tablename__ = "coupon_uses"
    __table_args__ = (
        one_of("status", CouponUseStatus),
        Index("uq_coupon_uses_number", "coupon_id", "user_id", "number", unique=True, postgresql_where=text("status <> 'released'")),
        Index("ix_coupon_uses_user_id", "user_id"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    coupon_id: Mapped[UUID] = mapped_column(ForeignKey("coupons.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    number: Mapped[int]
    status: Mapped[str] = mapped_column(server_default=CouponUseStatus.RESERVED)
    discount: Mapped[int]
    created_at: Mapped[datetime] = created_now()
    updated_at: Mapped[datetime] = created_now()


class WebhookEvent(Base):
    """What the vendor told us, as it came. One body is one event, whatever id the header claims: the header is outside the signature."""

    __tablename__ = "webhook_events"
    __table_args__ = (
        Index("ix_webhook_events_waiting", "received_at", "id", postgresql_where=text("handled_at is null")),
        Index("ix_webhook_events_received_at", "received_at"),
    )

    id: Mapped[UUID] = primary_key()
    digest: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of the body, hexadecimal."""
    vendor_event_id: Mapped[str | None]
    kind: Mapped[str]
    body: Mapped[str]
    received_at: Mapped[datetime] = created_now()
    handled_at: Mapped[datetime | None]
    outcome: Mapped[str | None]


class Reconciliation(Base):
    """One comparison with the vendor: how much was looked at, what was put right, and what differs still and why."""

    __tablename__ = "reconciliations"
    __table_args__ = (Index("ix_reconciliations_started_at", "started_at", "id"),)

    id: Mapped[UUID] = primary_key()
    requested_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    checked: Mapped[int] = mapped_column(server_default="0")
    repaired: Mapped[int] = mapped_column(server_default="0")
    drift: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    started_at: Mapped[datetime] = created_now()
    finished_at: Mapped[datetime | None]
