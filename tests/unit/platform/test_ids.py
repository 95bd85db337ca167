"""Identifiers that sort by their time."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine

from academy.platform.ids import earlier, uuid7

NOON = datetime(2026, 5, 4, 12, 0, 0, 250_000, tzinfo=UTC)


def moment(identifier: UUID) -> int:
    """Its milliseconds since 1970: the first 48 bits (RFC 9562, section 5.7)."""
    return int.from_bytes(identifier.bytes[:6])


def test_an_id_begins_with_its_millisecond_and_says_its_version() -> None:
    with time_machine.travel(NOON, tick=False):
        made = uuid7()

    assert moment(made) == int(NOON.timestamp() * 1000)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")


def test_after_it_comes_the_fraction_of_the_millisecond() -> None:
    for microseconds, parts in ((0, 0), (750, 3072), (999, 4091)):
        with time_machine.travel(NOON + timedelta(microseconds=microseconds), tick=False):
            assert uuid7().int >> 64 & 0xFFF == parts, "of 4096"


def test_everything_else_is_random() -> None:
    """62 bits each of which is now 0 and now 1."""
    with time_machine.travel(NOON, tick=False):
        made = [uuid7().int for _ in range(200)]

    ones, zeros = 0, 0
    for each in made:
        ones, zeros = ones | each, zeros | ~each
    assert ones & zeros & ((1 << 80) - 1) == (1 << 62) - 1


@pytest.mark.parametrize("later", [timedelta(microseconds=1), timedelta(milliseconds=1)])
def test_a_later_id_is_greater(later: timedelta) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(100):
            first = uuid7()
            clock.shift(later)
            assert uuid7() > first


def test_an_hour_earlier_is_below_all_ids_of_that_millisecond_and_above_those_before() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        late = uuid7()
        clock.shift(timedelta(hours=-1))
        then = uuid7()
        clock.shift(timedelta(milliseconds=-1))
        before = uuid7()

    bound = earlier(late, timedelta(hours=1))

    assert before < bound <= then
    assert moment(bound) == moment(then)
    assert bound.int & ((1 << 80) - 1) == 0


def test_before_all_time_is_the_first_of_all_ids() -> None:
    assert earlier(UUID(int=1 << 80), timedelta(days=1)) == UUID(int=0)
    assert earlier(UUID(int=5 << 80), timedelta(milliseconds=5)) == UUID(int=0)
    assert earlier(UUID(int=5 << 80), timedelta(milliseconds=4)) == UUID(int=1 << 80)
