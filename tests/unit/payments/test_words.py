"""Amounts as an Indian reader expects them, in figures and in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.payments.books.words import grouped, in_words, percent


@pytest.mark.parametrize(
    ("paise", "text"),
    [
        (0, "0.00"),
        (5, "0.05"),
        (99_999, "999.99"),
        (100_000, "1,000.00"),
        (9_999_900, "99,999.00"),
        (10_000_000, "1,00,000.00"),
        (123_456_700, "12,34,567.00"),
        (100_000_000_000, "1,00,00,00,000.00"),
        (-123_456_700, "-12,34,567.00"),
    ],
)
def test_figures_are_grouped_by_lakh_and_crore(paise: int, text: str) -> None:
    assert grouped(paise) == text


@given(st.integers(-(10**15), 10**15))
def test_no_digit_is_lost_by_grouping(paise: int) -> None:
    assert int(grouped(paise).replace(",", "").replace(".", "")) == paise


@pytest.mark.parametrize(
    ("paise", "text"),
    [
        (0, "Rupees Zero Only"),
        (1, "One Paisa Only"),
        (50, "Fifty Paise Only"),
        (100, "Rupee One Only"),
        (10_101, "Rupees One Hundred One and One Paisa Only"),
        (49_900, "Rupees Four Hundred Ninety-Nine Only"),
        (1_900_019, "Rupees Nineteen Thousand and Nineteen Paise Only"),
        (123_456_750, "Rupees Twelve Lakh Thirty-Four Thousand Five Hundred Sixty-Seven and Fifty Paise Only"),
        (1_000_000_000, "Rupees One Crore Only"),
        (1_050_000_100, "Rupees One Crore Five Lakh One Only"),
        (12_345_678_900_000, "Rupees Twelve Thousand Three Hundred Forty-Five Crore Sixty-Seven Lakh Eighty-Nine Thousand Only"),
    ],
)
def test_words_are_those_of_the_indian_system(paise: int, text: str) -> None:
    assert in_words(paise) == text


# fmt: off
ONES = [
    "Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine",
    "Ten", "Eleven", "Twelve", "Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen",
]
# fmt: on
TENS = ["Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"]
VALUES = {word: value for value, word in enumerate(ONES)} | {word: 10 * value for value, word in enumerate(TENS, start=2)}


def read(words: str) -> int:
    """What a reader understands: each unit multiplies what was said since the last larger one."""
    if "Crore" in words:
        before, after = words.rsplit("Crore", 1)
        return 10_000_000 * read(before) + read(after)
    total = said = 0
    for word in words.replace("-", " ").split():
        if word in VALUES:
            said += VALUES[word]
        elif word == "Hundred":
            said *= 100
        else:
            total += said * {"Thousand": 1_000, "Lakh": 100_000}[word]
            said = 0
    return total + said


@given(st.integers(0, 10**14))
def test_words_read_back_are_the_amount(paise: int) -> None:
    rupees, _, rest = in_words(paise).removesuffix(" Only").removeprefix("Rupees").removeprefix("Rupee").partition(" and ")
    if rupees.endswith(("Paise", "Paisa")):
        rupees, rest = "", rupees
    assert 100 * read(rupees) + read(rest.replace("Paise", "").replace("Paisa", "")) == paise


def test_less_than_nothing_has_no_words() -> None:
    with pytest.raises(ValueError, match="negative"):
        in_words(-1)


@pytest.mark.parametrize(
    ("basis_points", "text"), [(1_800, "18%"), (900, "9%"), (250, "2.5%"), (25, "0.25%"), (0, "0%"), (10_000, "100%"), (1_001, "10.01%")]
)
def test_rates_are_printed_without_idle_zeros(basis_points: int, text: str) -> None:
    assert percent(basis_points) == text


@pytest.mark.parametrize(("basis_points", "text"), [(1_800, "9%"), (500, "2.5%"), (25, "0.125%"), (0, "0%"), (1, "0.005%")])
def test_the_half_of_a_rate_is_exact(basis_points: int, text: str) -> None:
    assert percent(basis_points, parts=2) == text
