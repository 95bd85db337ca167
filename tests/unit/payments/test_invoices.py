"""Drafts of invoices and credit notes: what is given back in pieces adds up to what was sold."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.payments.books import ledger
from academy.payments.books.models import Invoice
from academy.payments.policy import Policy
from tests.unit.payments.papers import INVOICE, NOTE, PAYMENT, REFUND, invoice, note

TEACHER = UUID(int=9)
PARTS = ("taxable", "cgst", "sgst", "igst", "total", "discount", "price")


def test_drafts_have_all_columns_but_those_of_the_settling_statement() -> None:
    # Which are in `papers`: number and serial, all but the time.
    columns = set(Invoice.__table__.columns.keys()) - {"issued_at"}
    original = invoice()
    assert set(original) == columns
    assert set(note(original, amount=1)) == columns


SELLER = {"name": "Kayago Solutions", "address": "Chennai, Tamil Nadu", "gstin": Policy().seller_gstin, "state": "33"}
BUYER = {"name": "Asha Rao", "gstin": "27AAPFU0939F1ZV"}


def test_an_invoice_says_what_was_frozen_and_who_sells() -> None:
    drawn = invoice(discount=9_980, buyer=BUYER, currency="USD")
    assert drawn == {
        "id": INVOICE,
        "kind": "invoice",
        "series": "DCA",
        "number": 1,
        "serial": "DCA/26-27/000001",
        "financial_year": "26-27",
        "payment_id": PAYMENT,
        "refund_id": None,
        "original_id": None,
        "issued_on": date(2026, 4, 1),
        "seller": SELLER,
        "buyer": BUYER,
        "place_of_supply": "33",
        "description": "Introduction to Machine Learning",
        "sac": "999293",
        "currency": "USD",
        "price": 49_900,
        "discount": 9_980,
        "taxable": 33_831,
        "tax_bp": 1_800,
        "cgst": 3_044,
        "sgst": 3_045,
        "igst": 0,
        "total": 39_920,
    }


def test_another_state_has_the_tax_integrated() -> None:
    drawn = invoice(place="27")
    assert (drawn["place_of_supply"], drawn["cgst"], drawn["sgst"], drawn["igst"]) == ("27", 0, 0, 7_612)


def test_a_credit_note_is_of_its_own_series_and_year_and_names_what_it_corrects() -> None:
    original = invoice(discount=9_980, buyer=BUYER, currency="USD")

    assert note(original, amount=39_920) == {
        **original,
        "id": NOTE,
        "kind": "credit_note",
        "series": "DCN",
        "number": 7,
        "serial": "DCN/27-28/000007",
        "financial_year": "27-28",
        "refund_id": REFUND,
        "original_id": INVOICE,
        "issued_on": date(2027, 4, 2),
    }


def test_the_first_and_the_last_paisa_can_be_given_back_and_the_tax_goes_with_the_one_that_makes_it_whole() -> None:
    original = invoice(place="27")
    notes = [note(original, amount=amount, before=before) for amount, before in ((1, 0), (6, 0), (1, 6), (1, 49_899))]
    # Of 49,900 paise 7,612 are tax: of six less than a paisa, of seven more.
    assert [(drawn["total"], drawn["igst"]) for drawn in notes] == [(1, 0), (6, 0), (1, 1), (1, 1)]


@given(
    price=st.integers(1, 10**7),
    percent=st.integers(0, 99),
    tax_bp=st.integers(0, 10_000),
    inclusive=st.booleans(),
    place=st.sampled_from(["33", "27"]),
    data=st.data(),
)
def test_pieces_given_back_add_up_to_the_invoice(
    price: int, percent: int, tax_bp: int, inclusive: bool, place: str, data: st.DataObject
) -> None:
    discount = price * percent // 100
    original = invoice(price=price, discount=discount, tax_bp=tax_bp, inclusive=inclusive, place=place)
    total = original["total"]
    cuts = sorted(data.draw(st.sets(st.integers(1, total), max_size=6)) | {total})
    tax = original["cgst"] + original["sgst"] + original["igst"]
    sale = ledger.Sale(taxable=original["taxable"], tax=tax, share_bp=7_000, instructor_id=TEACHER)

    notes = []
    for before, until in zip([0, *cuts], cuts, strict=False):
        piece = note(original, amount=until - before, before=before)
        notes.append(piece)
        # Then it is a row that the table takes, and what the ledger takes back of the tax.
        assert all(piece[part] >= 0 for part in PARTS)
        assert piece["taxable"] + piece["cgst"] + piece["sgst"] + piece["igst"] == piece["total"] == until - before
        assert piece["igst"] == 0 or piece["cgst"] == piece["sgst"] == 0
        assert 0 <= piece["discount"] <= piece["price"]
        entry = ledger.given_back(REFUND, PAYMENT, "INR", sale, before=before, amount=until - before, chargeback=False)
        assert entry is not None
        booked = sum(line.amount for line in entry.lines if line.account == "tax_payable")
        assert booked == piece["cgst"] + piece["sgst"] + piece["igst"]

    for part in PARTS:
        assert sum(piece[part] for piece in notes) == original[part]


@pytest.mark.parametrize(("amount", "before"), [(0, 0), (-1, 0), (49_901, 0), (1, 49_900), (1, -1)])
def test_nothing_and_more_than_is_left_can_not_be_given_back(amount: int, before: int) -> None:
    with pytest.raises(ValueError, match="credit note"):
        note(invoice(), amount=amount, before=before)
