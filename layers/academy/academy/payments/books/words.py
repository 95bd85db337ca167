"""Amounts as they are printed in India: 12,34,567.00, and in words, by lakh and crore. Amounts are in paise."""

PAISE = 100
# fmt: off
_ONES = (
    "Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine",
    "Ten", "Eleven", "Twelve", "Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen",
)
# fmt: on
_TENS = ("", "", "Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety")
_UNITS = ((10_000_000, "Crore"), (100_000, "Lakh"), (1_000, "Thousand"), (100, "Hundred"))


def grouped(paise: int) -> str:
    """Rupees with two decimals; the last three digits are a group, those before are groups of two."""
    if paise < 0:
        return f"-{grouped(-paise)}"
    rupees, rest = divmod(paise, PAISE)
    digits = str(rupees)
    groups = [digits[-3:]]
    digits = digits[:-3]
    while digits:
        groups.append(digits[-2:])
        digits = digits[:-2]
    return f"{','.join(reversed(groups))}.{rest:02}"


def percent(basis_points: int, *, parts: int = 1) -> str:
    """`18%`, `2.5%`, `0.25%`; one of `parts` (1 or 2) equal ones of it."""
    whole, rest = divmod(basis_points * 10 // parts, 1_000)
    return f"{whole}.{rest:03}".rstrip("0").rstrip(".") + "%"


def in_words(paise: int) -> str:
    """`Rupees Twelve Lakh Thirty-Four Thousand Five Hundred Sixty-Seven and Fifty Paise Only`. ValueError for less than nothing."""
    if paise < 0:
        raise ValueError("an amount in words is not negative")
    rupees, rest = divmod(paise, PAISE)
    parts = []
    if rupees or not rest:
        parts.append(f"{'Rupee' if rupees == 1 else 'Rupees'} {_number(rupees)}")
    if rest:
        parts.append(f"{_number(rest)} {'Paisa' if rest == 1 else 'Paise'}")
    return f"{' and '.join(parts)} Only"


def _number(value: int) -> str:
    """A crore has a hundred lakh; beyond that crores are counted like anything else: Twelve Lakh Crore."""
    for unit, name in _UNITS:
        if value >= unit:
            rest = value % unit
            return f"{_number(value // unit)} {name}" + (f" {_number(rest)}" if rest else "")
    if value < 20:
        return _ONES[value]
    return _TENS[value // 10] + (f"-{_ONES[value % 10]}" if value % 10 else "")
