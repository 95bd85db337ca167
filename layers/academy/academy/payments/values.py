"""Closed sets of payments."""

from enum import StrEnum


class OrderStatus(StrEnum):
    """An open order may still be paid. One that expired or was replaced holds no coupon; money that comes for it late is still looked at."""

    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"
    REPLACED = "replaced"


class PaymentStatus(StrEnum):
    """Only forward, see `FORWARD`. Of one that needs review the money is held and nobody was let in by it."""

    CREATED = "created"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    FAILED = "failed"
    REFUNDED = "refunded"
    PARTIALLY_REFUNDED = "partially_refunded"
    NEEDS_REVIEW = "needs_review"


FORWARD: dict[PaymentStatus, frozenset[PaymentStatus]] = {
    PaymentStatus.CREATED: frozenset(PaymentStatus) - {PaymentStatus.CREATED},
    # A late authorisation can follow a failure for days.
    PaymentStatus.FAILED: frozenset(PaymentStatus) - {PaymentStatus.CREATED, PaymentStatus.FAILED},
    PaymentStatus.AUTHORIZED: frozenset(PaymentStatus) - {PaymentStatus.CREATED, PaymentStatus.FAILED, PaymentStatus.AUTHORIZED},
    PaymentStatus.NEEDS_REVIEW: frozenset({PaymentStatus.CAPTURED, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED}),
    PaymentStatus.CAPTURED: frozenset({PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED}),
    PaymentStatus.PARTIALLY_REFUNDED: frozenset({PaymentStatus.REFUNDED}),
    PaymentStatus.REFUNDED: frozenset(),
}
"""Where a payment may go from where it is. The database's trigger `payments_only_forward` says the same."""


class RefundStatus(StrEnum):
    """Requested by us; pending at the vendor; processed is the learner's bank's word. A failed one gives its amount free again."""

    REQUESTED = "requested"
    PENDING = "pending"
    PROCESSED = "processed"
    FAILED = "failed"


class RefundOrigin(StrEnum):
    """Who or what asked for it."""

    ADMIN = "admin"
    VENDOR = "vendor"
    """Somebody in the vendor's dashboard, or the vendor itself."""
    PAID_TWICE = "paid_twice"
    COURSE_GONE = "course_gone"
    LEARNER_GONE = "learner_gone"
    COUPON_GONE = "coupon_gone"
    """Paid after the order had expired, with a coupon that others have used up since."""
    DISPUTE = "dispute"
    """The learner's bank took it back: a lost dispute."""


class DisputeStatus(StrEnum):
    OPEN = "open"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"


class CouponUseStatus(StrEnum):
    """Reserved at the order, redeemed at the payment; released when the order expires unpaid or is replaced."""

    RESERVED = "reserved"
    REDEEMED = "redeemed"
    RELEASED = "released"


class Account(StrEnum):
    """The ledger's accounts. A line's amount is positive for a debit and negative for a credit."""

    LEARNER_RECEIVABLE = "learner_receivable"
    """What learners owe for what they bought. Negative where money came that nothing was sold for: it is parked."""
    RAZORPAY_CLEARING = "razorpay_clearing"
    """What the vendor holds for us until it settles."""
    FEES = "fees"
    TAX_PAYABLE = "tax_payable"
    INSTRUCTOR_PAYABLE = "instructor_payable"
    REVENUE = "revenue"
    REFUNDS = "refunds"
    CHARGEBACKS = "chargebacks"


class EntryKind(StrEnum):
    """What moved money. An entry is unique by its kind and the id of what it is about."""

    SALE = "sale"
    PARKED = "parked"
    """Money captured that buys nothing (yet)."""
    FEE = "fee"
    REFUND = "refund"
    CHARGEBACK = "chargeback"


class InvoiceKind(StrEnum):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class Source(StrEnum):
    """By what we learned of a step in a payment's life."""

    ORDER = "order"
    VERIFY = "verify"
    WEBHOOK = "webhook"
    RECONCILIATION = "reconciliation"
    ADMIN = "admin"
    SYSTEM = "system"
