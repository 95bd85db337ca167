"""What was committed is published; a bus that refuses holds nothing up and loses nothing."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from academy.platform import events, outbox
from academy.platform.events import DomainEvent, Envelope
from tests.unit.platform.scripted import Rows, Script, database


class ThingMade(DomainEvent):
    kind = "thing.made"


def envelope(number: int) -> Envelope:
    return Envelope(
        id=f"{number:03}", kind="thing.made", version=2, occurred_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), payload={"n": number}
    )


class Box:
    """An outbox in memory: taken in order after the cursor, marked when accepted."""

    def __init__(self, waiting: int) -> None:
        self.waiting = [envelope(number) for number in range(waiting)]
        self.asked: list[tuple[Any, ...]] = []
        self.marked: list[str] = []

    def say(self, text: str, values: tuple[Any, ...]) -> Rows | int:
        if text.startswith("select json_build_object"):
            older, *after, limit = values
            self.asked.append((older, *(after or [None]), limit))
            return [{"event": each.model_dump_json(by_alias=True)} for each in self.waiting if not after or each.id > after[0]][:limit]
        if text.startswith("update outbox"):
            self.marked += values[0]
        if text.startswith("select count"):
            return [{"count": len(self.waiting)}]
        return 0


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[list[Envelope]], list[str]]], list[Envelope]]:
    def answering(answer: Callable[[list[Envelope]], list[str]]) -> list[Envelope]:
        sent: list[Envelope] = []

        def put(envelopes: list[Envelope]) -> list[str]:
            sent.extend(envelopes)
            return answer(envelopes)

        monkeypatch.setattr(events, "put", put)
        return sent

    return answering


type Bus = Callable[[Callable[[list[Envelope]], list[str]]], list[Envelope]]


def everything(envelopes: list[Envelope]) -> list[str]:
    return [envelope.id for envelope in envelopes]


def test_a_sweep_takes_ten_at_a_time_each_in_a_transaction_and_ends_with_tidying(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    sent, box = bus(everything), Box(23)
    db, script = database(monkeypatch, box.say)

    assert outbox.sweep(db) == 23

    assert box.marked == [each.id for each in sent] == [f"{number:03}" for number in range(23)]
    assert box.asked == [("10 seconds", after, 10) for after in (None, "009", "019")]
    assert [each.split()[0] for each in script.log] == [*["begin", "update", "commit"] * 3, "begin", "commit"]
    assert "delete from outbox" in script.log[-2]
    assert sent[7] == envelope(7)


def test_a_last_round_that_is_full_is_followed_by_an_empty_one(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    bus(everything)
    box = Box(10)

    assert outbox.sweep(database(monkeypatch, box.say)[0]) == 10
    assert [after for _, after, _ in box.asked] == [None, "009"]


def test_an_event_that_is_refused_is_not_marked_and_holds_up_none(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    bus(lambda envelopes: [each.id for each in envelopes if each.id != "004"])
    box = Box(12)

    assert outbox.sweep(database(monkeypatch, box.say)[0]) == 11
    assert "004" not in box.marked


def test_a_bus_that_refuses_whole_calls_is_asked_three_times_and_then_told_of(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = [OSError(str(number)) for number in range(9)]

    def refuse(_: list[Envelope]) -> list[str]:
        raise refusals.pop(0)

    sent, box = bus(refuse), Box(100)
    db, script = database(monkeypatch, box.say)

    with pytest.raises(OSError, match="0"):
        outbox.sweep(db)

    assert (len(sent), box.marked) == (30, [])
    assert [after for _, after, _ in box.asked] == [None, "009", "019"]
    assert "delete from outbox" in script.log[-2]


def test_a_call_that_was_refused_holds_up_no_other(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    def once(envelopes: list[Envelope]) -> list[str]:
        if envelopes[0].id == "000":
            raise OSError("once")
        return everything(envelopes)

    bus(once)
    box = Box(15)

    with pytest.raises(OSError, match="once"):
        outbox.sweep(database(monkeypatch, box.say)[0])

    assert box.marked == ["010", "011", "012", "013", "014"]


def test_what_a_request_committed_is_published_at_once_and_without_a_transaction(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    sent, box = bus(everything), Box(0)
    db, script = database(monkeypatch, box.say)
    _, work = db.transact(lambda work: None)
    work.outgoing += map(envelope, range(5, 20))
    done: list[str] = []
    work.after_commit += [lambda: done.append("first"), lambda: done.append("second")]

    outbox.finish(db, work)

    assert sent == work.outgoing
    assert box.marked == [f"{number:03}" for number in range(5, 20)]
    assert [each.split()[0] for each in script.log] == ["update"]
    assert done == ["first", "second"]


def test_where_nothing_happened_nothing_is_asked(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = bus(everything)
    db, script = database(monkeypatch, Box(3).say)

    outbox.finish(db, db.transact(lambda work: None)[1])

    assert (sent, script.log) == ([], [])


def test_whatever_fails_after_the_commit_is_noted_and_nobody_is_told(
    bus: Bus, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_: list[Envelope]) -> list[str]:
        raise OSError("no route")

    def fail() -> None:
        raise ZeroDivisionError

    bus(refuse)
    box = Box(3)
    db, _ = database(monkeypatch, box.say)
    _, work = db.transact(lambda work: None)
    work.outgoing.append(envelope(1))
    done: list[str] = []
    work.after_commit += [fail, lambda: done.append("second")]

    outbox.finish(db, work)

    assert (done, box.marked) == (["second"], [])
    assert [type(record.exc_info[1]) for record in caplog.records if record.exc_info] == [ZeroDivisionError, OSError]
    assert caplog.records[-1].__dict__["event_ids"] == ["001"]


def test_nothing_to_take_is_nothing_to_send(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = bus(everything)

    assert outbox.sweep(database(monkeypatch, Box(0).say)[0]) == 0
    assert sent == []


def test_how_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    assert outbox.waiting(database(monkeypatch, Box(4).say)[0]) == 4


@pytest.mark.parametrize(("changed", "first"), [(1, True), (0, False)])
def test_an_event_is_new_to_a_consumer_once(monkeypatch: pytest.MonkeyPatch, changed: int, first: bool) -> None:
    asked: list[tuple[Any, ...]] = []

    def say(_text: str, values: tuple[Any, ...]) -> int:
        asked.append(values)
        return changed

    db, script = database(monkeypatch, say)

    assert db.transact(lambda work: outbox.first_time(work, consumer="mail", event_id="e"))[0] is first
    assert asked == [("mail", "e")]
    assert isinstance(script, Script)
