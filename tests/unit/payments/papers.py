"""Rows of invoices and credit notes, as the table would hold them."""

from datetime import date
from typing import Any
from uuid import UUID

from academy.payments.books import gst
from academy.payments.books.invoices import draft_credit_note, draft_invoice
from academy.payments.policy import Policy

INVOICE, PAYMENT, NOTE, REFUND = (UUID(int=number) for number in range(1, 5))


def invoice(
    *,
    price: int = 49_900,
    discount: int = 0,
    tax_bp: int = 1_800,
    inclusive: bool = True,
    place: str = "33",
    title: str = "Introduction to Machine Learning",
    buyer: dict[str, Any] | None = None,
    policy: Policy | None = None,
    currency: str = "INR",
) -> dict[str, Any]:
    taxable, tax, _ = gst.prices(price, discount, tax_bp=tax_bp, inclusive=inclusive)
    drawn = draft_invoice(
        invoice_id=INVOICE,
        payment_id=PAYMENT,
        day=date(2026, 4, 1),
        policy=policy or Policy(),
        currency=currency,
        price=price,
        discount=discount,
        taxable=taxable,
        tax=tax,
        tax_bp=tax_bp,
        place_of_supply=place,
        course_title=title,
        buyer=buyer or {"name": "Asha Rao"},
    )
    return drawn | {"number": 1, "serial": "DCA/26-27/000001"}


def note(original: dict[str, Any], *, amount: int, before: int = 0) -> dict[str, Any]:
    drawn = draft_credit_note(credit_note_id=NOTE, refund_id=REFUND, original=original, amount=amount, before=before, day=date(2027, 4, 2))
    return drawn | {"number": 7, "serial": "DCN/27-28/000007"}
