"""How hits are counted: in a bucket of the limit's name, over its seconds."""

from typing import Any

import pytest

from academy.platform import limits
from academy.platform.errors import RateLimited
from academy.platform.limits import GENEROUS_FACTOR, PRODUCTION
from tests.unit.platform.scripted import database

COUPONS = PRODUCTION["coupons"]


class Counter:
    """Says that there were so many before; `asked` are the values of its statements."""

    def __init__(self, before: int) -> None:
        self.before = before
        self.asked: list[tuple[Any, ...]] = []

    def say(self, _text: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
        self.asked.append(values)
        _bucket, _seconds, hits = values
        return [{"hits": self.before + hits, "reset": 7}]


def test_one_hit_is_counted_unless_more_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    counter = Counter(0)
    db, _ = database(monkeypatch, counter.say)

    limits.count(db, "coupons", "somebody")
    limits.count(db, "coupons", "somebody", hits=3)

    assert counter.asked == [("coupons:somebody", COUPONS.seconds, 1), ("coupons:somebody", COUPONS.seconds, 3)]


def test_a_hit_is_noted_with_what_else_the_caller_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    counter = Counter(10**6)
    db, script = database(monkeypatch, counter.say)

    db.transact(lambda work: limits.note(work, "coupons", "somebody"))

    assert counter.asked == [("coupons:somebody", COUPONS.seconds, 1)]
    assert (script.log[0].startswith("begin insert into rate_counters"), script.log[-1]) == (True, "commit")


@pytest.mark.parametrize(("before", "hits", "refused"), [(-1, 1, False), (0, 1, True), (-1, 0, False), (0, 0, True)])
def test_the_last_one_within_the_limit_is_let_through(monkeypatch: pytest.MonkeyPatch, before: int, hits: int, refused: bool) -> None:
    db, _ = database(monkeypatch, Counter(COUPONS.hits * GENEROUS_FACTOR + before).say)

    if not refused:
        limits.count(db, "coupons", "somebody", hits=hits)
        return
    with pytest.raises(RateLimited) as error:
        limits.count(db, "coupons", "somebody", hits=hits)
    assert error.value.headers["Retry-After"] == "7"
