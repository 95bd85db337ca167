"""Tables that only grow: the ledger's entries and lines, and the invoices."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.payments.values import Account, EntryKind, InvoiceKind
from academy.platform.orm import Base, created_now, one_of, primary_key


class LedgerEntry(Base):
    """One event that moved money. Its lines' sum is zero, which the database checks at commit. Unique by kind and reference: booked once."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        one_of("kind", EntryKind),
        Index("uq_ledger_entries_reference", "kind", "reference", unique=True),
        Index("ix_ledger_entries_booked_at", "booked_at", "id"),
    )

    id: Mapped[UUID] = primary_key()
    kind: Mapped[str]
    reference: Mapped[UUID]
    """The payment's, refund's or dispute's id."""
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"), index=True)
    currency: Mapped[str]
    booked_at: Mapped[datetime] = created_now()


class LedgerLine(Base):
    """A debit (positive) or a credit (negative) of an account. `owner_id`: whose payable, for instructors."""

    __tablename__ = "ledger_lines"
    __table_args__ = (
        PrimaryKeyConstraint("entry_id", "position"),
        one_of("account", Account),
        CheckConstraint("amount <> 0", name="amount"),
        CheckConstraint("(account = 'instructor_payable') = (owner_id is not null)", name="owner_id"),
        Index("ix_ledger_lines_owner_id", "owner_id", "booked_at", postgresql_where=text("owner_id is not null")),
        Index("ix_ledger_lines_account", "account", "booked_at"),
    )

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_entries.id"))
    position: Mapped[int]
    account: Mapped[str]
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    currency: Mapped[str]
    amount: Mapped[int]
    booked_at: Mapped[datetime] = created_now()


class InvoiceSeries(Base):
    """The last number given in a series and financial year. Its row is locked by who takes the next: no gap, even after a rollback."""

    __tablename__ = "invoice_series"
    __table_args__ = (PrimaryKeyConstraint("series", "financial_year"),)

    series: Mapped[str]
    financial_year: Mapped[str]
    """`26-27` is April 2026 to March 2027."""
    last_number: Mapped[int]


class Invoice(Base):
    """A tax invoice or a credit note (CGST Rules 46 and 53). Never changed, never deleted: corrected by a credit note.

    `seller` and `buyer` are as printed. `taxable + cgst + sgst + igst = total`.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        one_of("kind", InvoiceKind),
        CheckConstraint("taxable >= 0 and cgst >= 0 and sgst >= 0 and igst >= 0", name="parts"),
        CheckConstraint("taxable + cgst + sgst + igst = total", name="total"),
        CheckConstraint("igst = 0 or cgst = 0 and sgst = 0", name="split"),
        CheckConstraint(
            "(kind = 'credit_note') = (original_id is not null) and (kind = 'credit_note') = (refund_id is not null)", name="kind_of"
        ),
        Index("uq_invoices_number", "series", "financial_year", "number", unique=True),
        Index("uq_invoices_payment_id", "payment_id", unique=True, postgresql_where=text("kind = 'invoice'")),
        Index("ix_invoices_payment_id", "payment_id"),
        Index("ix_invoices_issued_at", "issued_at", "id"),
    )

    id: Mapped[UUID] = primary_key()
    kind: Mapped[str]
    series: Mapped[str]
    financial_year: Mapped[str]
    number: Mapped[int]
    serial: Mapped[str] = mapped_column(unique=True)
    """At most 16 characters, as rule 46(b) wants: `DCA/26-27/000001`."""
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    refund_id: Mapped[UUID | None] = mapped_column(ForeignKey("refunds.id"), unique=True)
    original_id: Mapped[UUID | None] = mapped_column(ForeignKey("invoices.id"))
    issued_on: Mapped[date]
    """The calendar day in India."""
    issued_at: Mapped[datetime] = created_now()
    seller: Mapped[dict[str, Any]]
    buyer: Mapped[dict[str, Any]]
    place_of_supply: Mapped[str]
    description: Mapped[str]
    sac: Mapped[str]
    currency: Mapped[str]
    price: Mapped[int]
    discount: Mapped[int]
    taxable: Mapped[int]
    tax_bp: Mapped[int]
    cgst: Mapped[int]
    sgst: Mapped[int]
    igst: Mapped[int]
    total: Mapped[int]
