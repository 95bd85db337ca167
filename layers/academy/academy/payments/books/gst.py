"""Goods and services tax, as far as a seller of online courses needs it. Money is in paise, rates in basis points, all of it whole numbers."""

import re
from datetime import date

BASIS = 10_000

STATES = {
    "01": "Jammu and Kashmir",
    "02": "Himachal Pradesh",
    "03": "Punjab",
    "04": "Chandigarh",
    "05": "Uttarakhand",
    "06": "Haryana",
    "07": "Delhi",
    "08": "Rajasthan",
    "09": "Uttar Pradesh",
    "10": "Bihar",
    "11": "Sikkim",
    "12": "Arunachal Pradesh",
    "13": "Nagaland",
    "14": "Manipur",
    "15": "Mizoram",
    "16": "Tripura",
    "17": "Meghalaya",
    "18": "Assam",
    "19": "West Bengal",
    "20": "Jharkhand",
    "21": "Odisha",
    "22": "Chhattisgarh",
    "23": "Madhya Pradesh",
    "24": "Gujarat",
    "25": "Daman and Diu",  # part of 26 since 2020
    "26": "Dadra and Nagar Haveli and Daman and Diu",
    "27": "Maharashtra",
    "28": "Andhra Pradesh (before division)",  # 37 since 2014
    "29": "Karnataka",
    "30": "Goa",
    "31": "Lakshadweep",
    "32": "Kerala",
    "33": "Tamil Nadu",
    "34": "Puducherry",
    "35": "Andaman and Nicobar Islands",
    "36": "Telangana",
    "37": "Andhra Pradesh",
    "38": "Ladakh",
    "97": "Other Territory",
}
WITHOUT_LEGISLATURE = frozenset({"04", "25", "26", "31", "35", "38", "97"})
"""There the state's half is the Union's tax for its territories (UTGST Act 2017)."""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
GSTIN = re.compile(r"[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][1-9A-Z]Z[0-9A-Z]")
"""State, PAN, the how-manieth registration of it in the state, Z, check character."""


def check_character(first: str) -> str:
    """Of a GSTIN's first 14 characters: weights 1 and 2 in turn, each product's two digits to the base 36 added, what lacks to a multiple of 36."""
    total = 0
    for position, character in enumerate(first):
        product = ALPHABET.index(character) * (1 + position % 2)
        total += product // 36 + product % 36
    return ALPHABET[-total % 36]


def check_gstin(text: str) -> str:
    """As it is printed: capitals, no blanks. ValueError, with a sentence for who typed it, if it can't be one."""
    gstin = "".join(text.split()).upper()
    if not GSTIN.fullmatch(gstin):
        raise ValueError("A GSTIN has 15 characters, like 27AAPFU0939F1ZV.")
    if gstin[:2] not in STATES:
        raise ValueError("A GSTIN begins with the code of a state.")
    if check_character(gstin[:14]) != gstin[14]:
        raise ValueError("The GSTIN's last character does not fit the others.")
    return gstin


def place_of_supply(*, seller_state: str, buyer_gstin: str | None = None) -> str:
    """A business is supplied where it is registered (IGST Act 12(2)(a)); who gave no address, where the seller is (12(2)(b)(ii))."""
    return buyer_gstin[:2] if buyer_gstin else seller_state


def prices(price: int, discount: int, *, tax_bp: int, inclusive: bool) -> tuple[int, int, int]:
    """(taxable, tax, amount), and `taxable + tax = amount`. What is divided is rounded half up.

    `inclusive`: the price has the tax in it, and `price - discount` is what is paid. Otherwise the tax comes on top.
    """
    if not 0 <= discount <= price or tax_bp < 0:
        raise ValueError("a discount is at most the price, and nothing is negative")
    net = price - discount
    if inclusive:
        taxable = _half_up(net * BASIS, BASIS + tax_bp)
        return taxable, net - taxable, net
    tax = _half_up(net * tax_bp, BASIS)
    return net, tax, net + tax


def split(tax: int, *, seller_state: str, place: str) -> tuple[int, int, int]:
    """(CGST, SGST, IGST): halves within the seller's state, of which the second has the odd paisa; else all of it integrated."""
    if seller_state != place:
        return 0, 0, tax
    half = tax // 2
    return half, tax - half, 0


def financial_year(day: date) -> str:
    """April to March: `26-27` has the 31st of March 2027 in it."""
    first = day.year if day.month >= 4 else day.year - 1
    return f"{first % 100:02}-{(first + 1) % 100:02}"


def _half_up(dividend: int, divisor: int) -> int:
    return (2 * dividend + divisor) // (2 * divisor)
