"""A serial can be typed off paper, and a mistyped or invented one is turned away without a look-up."""

import random

import pytest

from academy.certificates.serials import ALPHABET, Serial, new_serial, parse_serial

RANDOM = random.Random(20261121)


def plain(serial: Serial) -> str:
    return serial.replace("-", "")


def some_serial() -> Serial:
    return new_serial()


def test_a_new_serial_is_seven_groups_of_four_that_parse_to_themselves() -> None:
    for _ in range(200):
        serial = new_serial()
        assert [len(group) for group in serial.split("-")] == [4] * 7
        assert set(plain(serial)) <= set(ALPHABET)
        assert parse_serial(serial) == serial


def test_a_serial_that_was_printed_once_is_one_for_ever() -> None:
    printed = "3AHR-Z6DM-V29G-QY5C-KT18-FPX4-BJAB"
    assert parse_serial(printed) == printed


def test_serials_do_not_repeat() -> None:
    assert len({new_serial() for _ in range(5_000)}) == 5_000


def test_every_random_symbol_takes_every_value() -> None:
    seen: list[set[str]] = [set() for _ in range(26)]
    for _ in range(1_000):
        for position, symbol in enumerate(plain(new_serial())[:26]):
            seen[position].add(symbol)
    assert all(len(values) == 32 for values in seen)


def test_it_is_read_however_a_person_types_it() -> None:
    serial = Serial("")
    while not set(serial) >= {"0", "1"}:
        serial = new_serial()

    assert parse_serial(serial.lower()) == serial
    assert parse_serial(plain(serial)) == serial
    assert parse_serial(f"  {serial.replace('-', ' - ')} \n") == serial
    assert parse_serial(serial.replace("-", "\u2013")) == serial, "an en dash, as copied from a PDF"
    assert parse_serial(serial.replace("-", "\u2011")) == serial, "a non-breaking hyphen"
    assert parse_serial(serial.replace("0", "O").replace("1", "l")) == serial
    assert parse_serial(serial.replace("0", "o").replace("1", "I")) == serial
    assert parse_serial("".join(chr(ord(c) + 0xFEE0) for c in plain(serial))) == serial, "full-width letters"


def test_every_single_wrong_symbol_is_noticed() -> None:
    symbols = plain(some_serial())
    for position, right in enumerate(symbols):
        for wrong in set(ALPHABET) - {right}:
            assert parse_serial(symbols[:position] + wrong + symbols[position + 1 :]) is None


def test_every_two_symbols_swapped_are_noticed() -> None:
    for _ in range(20):
        symbols = plain(some_serial())
        for first in range(28):
            for second in range(first + 1, 28):
                if symbols[first] != symbols[second]:
                    swapped = list(symbols)
                    swapped[first], swapped[second] = swapped[second], swapped[first]
                    assert parse_serial("".join(swapped)) is None


def test_every_two_wrong_symbols_are_noticed() -> None:
    symbols = plain(some_serial())
    for first in range(28):
        for second in range(first + 1, 28):
            changed = list(symbols)
            for position in (first, second):
                changed[position] = RANDOM.choice(sorted(set(ALPHABET) - {symbols[position]}))
            assert parse_serial("".join(changed)) is None


def test_about_one_invention_in_1024_passes_the_check() -> None:
    tries = 20_000
    passed = sum(parse_serial("".join(RANDOM.choices(ALPHABET, k=28))) is not None for _ in range(tries))
    assert passed < tries / 1024 * 2


@pytest.mark.parametrize(
    "text",
    ["", "-", "U" * 28, "0" * 27 + "1", "0" * 29, "0" * 10_000_000, "../../etc/passwd", "\x00" * 28, "\ud800" * 28, "ß" * 28],
)
def test_what_is_no_serial_is_none(text: str) -> None:
    assert parse_serial(text) is None


def test_no_foreign_symbol_hides_among_the_right_ones() -> None:
    serial = some_serial()
    assert parse_serial(f"{serial}U") is None
    assert parse_serial(f"{serial[:7]}!{serial[7:]}") is None


def test_what_is_too_long_is_refused_before_it_is_read() -> None:
    serial = new_serial()
    assert parse_serial(serial.ljust(4 * 28)) == serial
    assert parse_serial(serial.ljust(4 * 28 + 1)) is None
