"""What an invoice has to say by the rules, each of it once and right."""

from datetime import date

import pytest

from academy.payments.books.wording import Wording, wording
from tests.unit.payments.papers import PAYMENT, invoice, note

OF_MAHARASHTRA = {"name": "Asha & Sons", "address": "Mumbai 400051", "gstin": "27AAPFU0939F1ZV"}


def figures(words: Wording) -> dict[str, str]:
    return {f"{figure.heading} {figure.note}".strip(): figure.text for figure in words.figures}


def test_within_the_state_the_tax_is_in_halves() -> None:
    words = wording(invoice(price=59_900, discount=10_000))
    assert figures(words) == {
        "Price": "599.00",
        "Discount": "100.00",
        "Taxable value": "422.88",
        "CGST 9%": "38.06",
        "SGST 9%": "38.06",
        "Total": "499.00",
    }
    assert words.sums == (("Taxable value", "INR 422.88"), ("CGST at 9%", "INR 38.06"), ("SGST at 9%", "INR 38.06"))
    assert words.total == ("Total", "INR 499.00")
    assert words.words == "Rupees Four Hundred Ninety-Nine Only"
    assert (words.title, words.sac, words.day) == ("Tax Invoice", "999293", date(2026, 4, 1))


def test_a_business_of_another_state_has_it_integrated() -> None:
    words = wording(invoice(place="27", buyer=OF_MAHARASHTRA))
    assert figures(words)["IGST 18%"] == "76.12"
    assert not any("CGST" in heading for heading in figures(words))
    assert words.buyer.gstin == "27AAPFU0939F1ZV"
    assert words.buyer.state == "Maharashtra (27)"
    assert ("Place of supply", "Maharashtra (27)") in words.details


def test_in_a_territory_of_the_union_the_second_half_is_the_unions() -> None:
    row = invoice(place="04")
    row["seller"]["state"] = "04"
    assert [name for name, _ in wording(row).sums] == ["Taxable value", "CGST at 9%", "UTGST at 9%"]


def test_without_tax_the_taxes_are_named_all_the_same() -> None:
    assert figures(wording(invoice(tax_bp=0)))["SGST 0%"] == "0.00"


def test_a_credit_note_names_the_invoice_that_it_corrects() -> None:
    original = invoice()
    words = wording(note(original, amount=16_633), (original["serial"], original["issued_on"]))
    assert words.title == "Credit Note"
    assert words.details[:3] == (
        ("Credit note no.", "DCN/27-28/000007"),
        ("Date", "2 April 2027"),
        ("Against invoice", "DCA/26-27/000001 of 1 April 2026"),
    )
    assert words.total == ("Total credited", "INR 166.33")
    assert words.notes[-1] == "This credit note is computer generated and needs no signature."


def test_the_code_is_plain_lines() -> None:
    assert wording(invoice()).code.splitlines() == [
        "GSTIN 33AABCK1234A1ZG",
        "No. DCA/26-27/000001",
        "Date 2026-04-01",
        "Total INR 499.00",
        f"Payment {PAYMENT}",
    ]


@pytest.mark.parametrize(
    ("inclusive", "tax_bp", "said"),
    [(True, 1_800, "Indian rupees; the price includes tax."), (False, 1_800, "Indian rupees."), (True, 0, "Indian rupees.")],
)
def test_a_price_with_the_tax_in_it_is_said_to_be_one(inclusive: bool, tax_bp: int, said: str) -> None:
    notes = wording(invoice(inclusive=inclusive, tax_bp=tax_bp)).notes
    assert notes[0] == "Tax payable on reverse charge: No"
    assert notes[1].endswith(said)


def test_nothing_to_pay_is_still_an_invoice() -> None:
    words = wording(invoice(price=49_900, discount=49_900))
    assert words.total == ("Total", "INR 0.00")
    assert words.words == "Rupees Zero Only"


def test_another_currency_is_not_called_rupees() -> None:
    words = wording(invoice(currency="USD"))
    assert words.words == "USD 499.00"
    assert "rupees" not in " ".join(words.notes).lower()
