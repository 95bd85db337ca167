"""What an invoice and a credit note say. Drafts: the settling statement gives the number and with it the serial, so that none is ever lost.

A serial is `{series}/{financial_year}/{number}` with at least six digits, as `settlement.repository.INVOICED` makes it.
Days are calendar days in India.
"""

from collections.abc import Mapping
from datetime import date
from operator import sub
from typing import Any
from uuid import UUID

from academy.payments.books import gst
from academy.payments.books.ledger import portion
from academy.payments.policy import Policy
from academy.payments.values import InvoiceKind

SERIES = {InvoiceKind.INVOICE: "DCA", InvoiceKind.CREDIT_NOTE: "DCN"}
SAC = "999293"
"""Commercial training and coaching services."""


def draft_invoice(
    *,
    invoice_id: UUID,
    payment_id: UUID,
    day: date,
    policy: Policy,
    currency: str,
    price: int,
    discount: int,
    taxable: int,
    tax: int,
    tax_bp: int,
    place_of_supply: str,
    course_title: str,
    buyer: Mapping[str, Any],
) -> dict[str, Any]:
    """All columns of an invoice except `number`, `serial` and `issued_at`, from what was frozen in the order."""
    cgst, sgst, igst = gst.split(tax, seller_state=policy.seller_state, place=place_of_supply)
    return {
        "id": invoice_id,
        "kind": InvoiceKind.INVOICE,
        "series": SERIES[InvoiceKind.INVOICE],
        "financial_year": gst.financial_year(day),
        "payment_id": payment_id,
        "refund_id": None,
        "original_id": None,
        "issued_on": day,
        "seller": {
            "name": policy.seller_name,
            "address": policy.seller_address,
            "gstin": policy.seller_gstin,
            "state": policy.seller_state,
        },
        "buyer": dict(buyer),
        "place_of_supply": place_of_supply,
        "description": course_title,
        "sac": SAC,
        "currency": currency,
        "price": price,
        "discount": discount,
        "taxable": taxable,
        "tax_bp": tax_bp,
        "cgst": cgst,
        "sgst": sgst,
        "igst": igst,
        "total": taxable + tax,
    }


def draft_credit_note(
    *, credit_note_id: UUID, refund_id: UUID, original: Mapping[str, Any], amount: int, before: int, day: date
) -> dict[str, Any]:
    """For `amount` given back after `before` of the invoice had been: the notes of an invoice that is given back wholly add up to it.

    `original` has the columns of the invoice. The tax is the one that the ledger takes back, by the same portions. Its parts are differences of
    the split of what was taken back until now, because portions of each part by itself would not always add up to the tax's.
    """
    total = original["total"]
    if not (amount > 0 and 0 <= before <= total - amount):
        raise ValueError("a credit note is for something, and for no more than what is left")
    tax = original["cgst"] + original["sgst"] + original["igst"]
    seller_state, place = original["seller"]["state"], original["place_of_supply"]
    sooner = gst.split(portion(tax, total, 0, before), seller_state=seller_state, place=place)
    later = gst.split(portion(tax, total, 0, before + amount), seller_state=seller_state, place=place)
    cgst, sgst, igst = map(sub, later, sooner)
    taxable = amount - cgst - sgst - igst
    discount = portion(original["discount"], total, before, amount)
    inclusive = original["price"] - original["discount"] == total
    kept = ("payment_id", "seller", "buyer", "place_of_supply", "description", "sac", "currency", "tax_bp")
    return {
        "id": credit_note_id,
        "kind": InvoiceKind.CREDIT_NOTE,
        "series": SERIES[InvoiceKind.CREDIT_NOTE],
        "financial_year": gst.financial_year(day),
        "refund_id": refund_id,
        "original_id": original["id"],
        "issued_on": day,
        "price": (amount if inclusive else taxable) + discount,
        "discount": discount,
        "taxable": taxable,
        "cgst": cgst,
        "sgst": sgst,
        "igst": igst,
        "total": amount,
    } | {column: original[column] for column in kept}
