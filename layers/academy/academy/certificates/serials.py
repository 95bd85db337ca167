"""Serials of certificates: long enough to be unguessable, short enough to be typed off a printed page.

A serial is 28 symbols of Crockford's base 32 in seven groups, `7Q2K-…-M4`: 26 symbols are random (130 bits), the last
two are a Reed-Solomon check over GF(32) (narrow sense, roots α and α², distance 3). Any one or two wrong symbols, and so every pair of
neighbours typed the wrong way round, is known to be wrong without asking the database, as are 1023 of 1024 inventions.

Alphabet: https://www.crockford.com/base32.html (no I, L, O or U; typed I and L are read as 1, O as 0, case is ignored).
"""

import secrets
import unicodedata
from collections.abc import Sequence
from typing import NewType

Serial = NewType("Serial", str)
"""A serial in its one canonical form: upper case, groups of four, right check symbols."""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_SYMBOLS = 26
CHECK_SYMBOLS = 2
GROUP = 4

_VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)} | {"I": 1, "L": 1, "O": 0}
_LENGTH = RANDOM_SYMBOLS + CHECK_SYMBOLS
# A serial typed with a space around each hyphen is still one; anything much longer is not worth normalising.
_LONGEST_INPUT = 4 * _LENGTH

_FIELD_POLYNOMIAL = 0b100101  # x⁵ + x² + 1, primitive over GF(2)
_GENERATOR = (8, 6)  # (x - α)(x - α²) = x² + 6x + 8, lowest power first, its leading 1 left out


def new_serial() -> Serial:
    """A fresh random serial."""
    return _format([secrets.randbelow(len(ALPHABET)) for _ in range(RANDOM_SYMBOLS)])


def parse_serial(text: str) -> Serial | None:
    """The canonical form of what somebody typed or scanned, or None where it cannot be a serial of ours."""
    if len(text) > _LONGEST_INPUT:
        return None
    symbols = [_VALUES.get(character) for character in unicodedata.normalize("NFKC", text).upper() if not _ignored(character)]
    values = [value for value in symbols if value is not None]
    if len(values) != len(symbols) or len(values) != _LENGTH:
        return None
    if _check(values[:RANDOM_SYMBOLS]) != values[RANDOM_SYMBOLS:]:
        return None
    return _format(values[:RANDOM_SYMBOLS])


def _ignored(character: str) -> bool:
    """Spaces and any kind of dash: a PDF viewer or a phone's keyboard likes to replace the hyphen."""
    return character.isspace() or unicodedata.category(character) == "Pd"


def _format(random: Sequence[int]) -> Serial:
    symbols = "".join(ALPHABET[value] for value in [*random, *_check(random)])
    return Serial("-".join(symbols[start : start + GROUP] for start in range(0, _LENGTH, GROUP)))


def _check(values: Sequence[int]) -> list[int]:
    """The remainder of values·x² divided by the generator: the two symbols that make the whole divisible by it."""
    low = high = 0
    for value in values:
        feedback = value ^ high
        high = low ^ _multiply(_GENERATOR[1], feedback)
        low = _multiply(_GENERATOR[0], feedback)
    return [high, low]


def _multiply(left: int, right: int) -> int:
    product = 0
    while right:
        if right & 1:
            product ^= left
        left <<= 1
        if left & len(ALPHABET):
            left ^= _FIELD_POLYNOMIAL
        right >>= 1
    return product
