"""What each money event books: lines whose sum is zero. A debit is positive, a credit negative; amounts in paise."""

from dataclasses import dataclass
from uuid import UUID

from academy.payments.values import Account, EntryKind

BASIS = 10_000


@dataclass(frozen=True, slots=True)
class Line:
    account: Account
    amount: int
    owner_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`reference` is what it is about (a payment, a refund): with `kind` it is booked once."""

    kind: EntryKind
    reference: UUID
    payment_id: UUID
    currency: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What was sold: `amount = taxable + tax`, of which the instructor gets `share_bp` of `taxable`."""

    taxable: int
    tax: int
    share_bp: int
    instructor_id: UUID

    @property
    def amount(self) -> int:
        return self.taxable + self.tax

    @property
    def share(self) -> int:
        """The instructor's, rounded down: the academy keeps the fraction of a paisa."""
        return self.taxable * self.share_bp // BASIS


def _entry(kind: EntryKind, reference: UUID, payment_id: UUID, currency: str, *lines: Line) -> Entry | None:
    """None where nothing moved."""
    kept = tuple(line for line in lines if line.amount)
    if sum(line.amount for line in kept):
        raise AssertionError("an entry's lines add up to zero")
    return Entry(kind=kind, reference=reference, payment_id=payment_id, currency=currency, lines=kept) if kept else None


def sold(payment_id: UUID, currency: str, sale: Sale) -> Entry | None:
    """Captured, and the learner is in."""
    return _entry(
        EntryKind.SALE,
        payment_id,
        payment_id,
        currency,
        Line(Account.LEARNER_RECEIVABLE, sale.amount),
        Line(Account.TAX_PAYABLE, -sale.tax),
        Line(Account.INSTRUCTOR_PAYABLE, -sale.share, sale.instructor_id),
        Line(Account.REVENUE, -(sale.taxable - sale.share)),
        Line(Account.RAZORPAY_CLEARING, sale.amount),
        Line(Account.LEARNER_RECEIVABLE, -sale.amount),
    )


def parked(payment_id: UUID, currency: str, amount: int) -> Entry | None:
    """Captured, and nothing was sold for it: the learner's money in our hands."""
    return _entry(
        EntryKind.PARKED,
        payment_id,
        payment_id,
        currency,
        Line(Account.RAZORPAY_CLEARING, amount),
        Line(Account.LEARNER_RECEIVABLE, -amount),
    )


def charged(payment_id: UUID, currency: str, fee: int) -> Entry | None:
    """The vendor's fee, its tax included."""
    return _entry(EntryKind.FEE, payment_id, payment_id, currency, Line(Account.FEES, fee), Line(Account.RAZORPAY_CLEARING, -fee))


def portion(part: int, whole: int, before: int, amount: int) -> int:
    """What of `part` goes with `amount` of `whole`, after `before` of it went: pieces that add up to `part` when all of `whole` is gone."""
    return part * (before + amount) // whole - part * before // whole


def given_back(reference: UUID, payment_id: UUID, currency: str, sale: Sale, *, before: int, amount: int, chargeback: bool) -> Entry | None:
    """A refund (or a lost dispute) of `amount` after `before` of the payment had gone back: tax and share shrink with it."""
    tax = portion(sale.tax, sale.amount, before, amount)
    share = portion(sale.share, sale.amount, before, amount)
    account = Account.CHARGEBACKS if chargeback else Account.REFUNDS
    return _entry(
        EntryKind.CHARGEBACK if chargeback else EntryKind.REFUND,
        reference,
        payment_id,
        currency,
        Line(Account.TAX_PAYABLE, tax),
        Line(Account.INSTRUCTOR_PAYABLE, share, sale.instructor_id),
        Line(account, amount - tax - share),
        Line(Account.RAZORPAY_CLEARING, -amount),
    )


def parked_given_back(reference: UUID, payment_id: UUID, currency: str, amount: int, *, chargeback: bool) -> Entry | None:
    """Parked money goes back: nothing was sold, nothing shrinks."""
    return _entry(
        EntryKind.CHARGEBACK if chargeback else EntryKind.REFUND,
        reference,
        payment_id,
        currency,
        Line(Account.LEARNER_RECEIVABLE, amount),
        Line(Account.RAZORPAY_CLEARING, -amount),
    )
