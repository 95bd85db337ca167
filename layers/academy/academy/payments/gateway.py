"""The payment vendor as the product sees it. `razorpay_gateway` is the one adapter; the vendor's names stay behind it.

Amounts are in the currency's smallest unit. Every method raises GatewayUnavailable where it is worth asking again (no answer, a time-out, a 5xx,
throttling), GatewayRejected where the vendor has decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol
from uuid import UUID

from academy.platform.errors import Unavailable


class GatewayUnavailable(Unavailable):
    """The vendor can't be reached, or does not answer as it should. What was asked may have been done."""

    message = "Payments are not available at the moment. Please try again in a few seconds."


class GatewayRejected(Exception):
    """The vendor said no. `code` is its own (`BAD_REQUEST_ERROR`), `description` a sentence of its."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorOrder:
    id: str
    amount: int
    currency: str
    receipt: str | None
    status: Literal["created", "attempted", "paid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorPayment:
    """What the vendor says of a payment. `captured`: the money was taken, also if it was given back since. `fee` includes `fee_tax`."""

    id: str
    order_id: str | None
    status: Literal["created", "authorized", "captured", "refunded", "failed"]
    captured: bool
    amount: int
    currency: str
    amount_refunded: int = 0
    fee: int = 0
    fee_tax: int = 0
    method: str | None = None
    error_code: str | None = None
    error_description: str | None = None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorRefund:
    """`receipt` is our refund's id, None (or something else) for one that was made in the vendor's dashboard."""

    id: str
    payment_id: str
    amount: int
    currency: str
    status: Literal["pending", "processed", "failed"]
    receipt: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorDispute:
    """`status` as in values.DisputeStatus."""

    id: str
    payment_id: str
    amount: int
    currency: str
    status: Literal["open", "under_review", "won", "lost", "closed"]
    reason_code: str | None
    phase: str | None
    respond_by: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorSettlementLine:
    """One line of a day's settlement report: `kind` payment, refund or adjustment; credit minus debit is what reached the bank."""

    kind: str
    entity_id: str
    payment_id: str | None
    debit: int
    credit: int
    fee: int
    fee_tax: int
    settled: bool


class Gateway(Protocol):
    def create_order(self, *, amount: int, currency: str, receipt: UUID) -> VendorOrder:
        """Captured by itself once it is authorised. The vendor does not know two calls with one receipt for the same."""
        ...

    def order_payments(self, order_id: str) -> Sequence[VendorPayment]: ...

    def payment(self, payment_id: str) -> VendorPayment | None:
        """None: the vendor knows none."""
        ...

    def capture(self, payment: VendorPayment) -> VendorPayment:
        """The whole amount; of one that was captured meanwhile, what it is now."""
        ...

    def refund(self, payment_id: str, *, amount: int, refund_id: UUID) -> VendorRefund:
        """Once for a `refund_id` (`X-Refund-Idempotency`, and the receipt)."""
        ...

    def refunds_of(self, payment_id: str) -> Sequence[VendorRefund]: ...

    def payments_between(self, start: datetime, end: datetime, *, skip: int, count: int) -> Sequence[VendorPayment]:
        """Created in that time, at most 100."""
        ...

    def settlement(self, day: date) -> Sequence[VendorSettlementLine]: ...
