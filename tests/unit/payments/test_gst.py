"""Numbers of the tax: registrations, rounding that adds up, halves, years."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from academy.payments.books import gst
from academy.payments.policy import Policy

PAISE = st.integers(0, 10**12)
RATES = st.integers(0, 10_000)
REAL = "27AAPFU0939F1ZV"


@pytest.mark.parametrize("real", [REAL, "29AAGCB7383J1Z4", "24AAACC1206D1ZM"])
def test_registrations_in_use_are_right(real: str) -> None:
    assert gst.check_gstin(real) == real


def test_it_may_be_typed_with_blanks_and_in_small_letters() -> None:
    assert gst.check_gstin(" 27 aapfu0939f 1zv\n") == REAL


@given(st.integers(0, 14), st.sampled_from(gst.ALPHABET))
def test_one_wrong_character_is_never_right(position: int, character: str) -> None:
    wrong = REAL[:position] + character + REAL[position + 1 :]
    if wrong == REAL:
        return
    with pytest.raises(ValueError, match="GSTIN"):
        gst.check_gstin(wrong)


@pytest.mark.parametrize("text", ["", "27AAPFU0939F1Z", REAL + "V", "27AAPFU0939F1ŻV", "२७AAPFU0939F1ZV", "27AAPFU0939F0Z" + "X"])
def test_what_has_not_its_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="15 characters"):
        gst.check_gstin(text)


def test_the_two_digits_of_a_product_are_those_to_the_base_36() -> None:
    assert gst.check_character("27AAPIU0939F1Z") == "O"  # Twice 18, which is I, is written 10.


def test_an_unknown_state_is_refused_though_the_checksum_fits() -> None:
    first = "39" + REAL[2:14]
    with pytest.raises(ValueError, match="state"):
        gst.check_gstin(first + gst.check_character(first))


def test_a_deployments_seller_is_checked() -> None:
    assert gst.check_gstin(Policy().seller_gstin)[:2] == Policy().seller_state
    Policy(seller_gstin=REAL, seller_state="27")
    with pytest.raises(ValidationError, match="last character"):
        Policy(seller_gstin="27AAPFU0939F1ZW", seller_state="27")
    with pytest.raises(ValidationError, match="code of its state"):
        Policy(seller_gstin=REAL, seller_state="33")


def test_a_business_is_supplied_where_it_is_registered_and_others_where_the_seller_is() -> None:
    assert gst.place_of_supply(seller_state="33", buyer_gstin=REAL) == "27"
    assert gst.place_of_supply(seller_state="33") == "33"


@given(price=PAISE, percent=st.integers(0, 100), tax_bp=RATES, inclusive=st.booleans())
def test_taxable_and_tax_are_the_amount_to_the_paisa(price: int, percent: int, tax_bp: int, inclusive: bool) -> None:
    discount = price * percent // 100
    taxable, tax, amount = gst.prices(price, discount, tax_bp=tax_bp, inclusive=inclusive)

    assert taxable + tax == amount
    assert min(taxable, tax) >= 0
    assert (amount if inclusive else taxable) == price - discount
    # Half a paisa at most from the exact tax of what is taxed, or of what is paid.
    whole, rate = (amount, gst.BASIS + tax_bp) if inclusive else (taxable, gst.BASIS)
    assert abs(2 * (tax * rate - whole * tax_bp)) <= rate


@pytest.mark.parametrize(
    ("price", "discount", "inclusive", "expected"),
    [
        (49_900, 0, True, (42_288, 7_612, 49_900)),
        (49_900, 0, False, (49_900, 8_982, 58_882)),
        (49_900, 49_900, True, (0, 0, 0)),
        (25, 0, False, (25, 5, 30)),  # 4.5 paise: half up
        (1, 0, True, (1, 0, 1)),
    ],
)
def test_prices_as_one_would_reckon_them(price: int, discount: int, inclusive: bool, expected: tuple[int, int, int]) -> None:
    assert gst.prices(price, discount, tax_bp=1_800, inclusive=inclusive) == expected


def test_without_a_tax_all_of_it_is_taxable() -> None:
    assert gst.prices(100, 0, tax_bp=0, inclusive=True) == gst.prices(100, 0, tax_bp=0, inclusive=False) == (100, 0, 100)


@pytest.mark.parametrize(("price", "discount", "tax_bp"), [(100, 101, 0), (100, -1, 0), (-1, -1, 0), (100, 0, -1)])
def test_nonsense_is_an_error(price: int, discount: int, tax_bp: int) -> None:
    with pytest.raises(ValueError, match="discount"):
        gst.prices(price, discount, tax_bp=tax_bp, inclusive=True)


@given(PAISE)
def test_the_parts_of_the_tax_are_the_tax(tax: int) -> None:
    cgst, sgst, igst = gst.split(tax, seller_state="33", place="33")
    assert cgst + sgst == tax
    assert 0 <= sgst - cgst <= 1
    assert igst == 0
    assert gst.split(tax, seller_state="33", place="27") == (0, 0, tax)


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2026, 3, 31), "25-26"),
        (date(2026, 4, 1), "26-27"),
        (date(2026, 12, 31), "26-27"),
        (date(2027, 1, 1), "26-27"),
        (date(2099, 4, 1), "99-00"),
    ],
)
def test_a_financial_year_begins_in_april(day: date, year: str) -> None:
    assert gst.financial_year(day) == year
