"""What payments tell the rest of the academy."""

from typing import ClassVar
from uuid import UUID

from academy.platform.events import DomainEvent


class OrderCreated(DomainEvent):
    """A learner was told what to pay."""

    kind: ClassVar[str] = "payment.ordered"

    order_id: UUID
    user_id: UUID
    course_id: UUID
    amount: int
    currency: str


class PaymentCaptured(DomainEvent):
    """The money is ours and the learner is in the course."""

    kind: ClassVar[str] = "payment.captured"

    payment_id: UUID
    order_id: UUID
    user_id: UUID
    course_id: UUID
    course_title: str
    amount: int
    currency: str


class PaymentFailed(DomainEvent):
    """An attempt failed. The order can still be paid, and this attempt may yet be authorised late."""

    kind: ClassVar[str] = "payment.failed"

    payment_id: UUID
    order_id: UUID
    user_id: UUID
    course_id: UUID


class PaymentNeedsReview(DomainEvent):
    """Money came that does not fit: it is held, nobody was let in by it, and an admin has to look. `order_id` may be unknown."""

    kind: ClassVar[str] = "payment.needs_review"

    payment_id: UUID
    order_id: UUID | None
    reason: str


class RefundRequested(DomainEvent):
    """To be carried out at the vendor. Heard by payments itself."""

    kind: ClassVar[str] = "refund.requested"

    refund_id: UUID
    payment_id: UUID


class RefundProcessed(DomainEvent):
    """The money is on its way to the learner's bank. `whole`: nothing of the payment is left, and the enrolment it bought has ended."""

    kind: ClassVar[str] = "refund.processed"

    refund_id: UUID
    payment_id: UUID
    user_id: UUID | None
    course_id: UUID | None
    course_title: str | None
    amount: int
    currency: str
    origin: str
    whole: bool


class RefundFailed(DomainEvent):
    kind: ClassVar[str] = "refund.failed"

    refund_id: UUID
    payment_id: UUID
    reason: str


class DisputeOpened(DomainEvent):
    kind: ClassVar[str] = "payment.disputed"

    dispute_id: UUID
    payment_id: UUID
    amount: int
    currency: str


class DisputeClosed(DomainEvent):
    """`status` is won, lost or closed."""

    kind: ClassVar[str] = "payment.dispute_closed"

    dispute_id: UUID
    payment_id: UUID
    status: str


class WebhookReceived(DomainEvent):
    """The vendor's message is stored and has to be acted on. Heard by payments itself."""

    kind: ClassVar[str] = "webhook.received"

    webhook_event_id: UUID


class ReconciliationRequested(DomainEvent):
    """Compare with the vendor now. Heard by payments itself."""

    kind: ClassVar[str] = "reconciliation.requested"

    reconciliation_id: UUID
