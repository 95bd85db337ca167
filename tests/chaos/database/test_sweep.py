"""The outbox's sweep, with a bus that takes a part and a database that goes away: every event goes out, and what the bus took is marked."""

import random

import pytest

from academy.platform import events, outbox
from academy.platform.db import ConnectionLost, Database, OutcomeUnknown
from academy.platform.events import Envelope
from academy.platform.ids import uuid7
from tests.chaos.database.breaking import Breakable, Way
from tests.chaos.http.seed import COUNTS, ROUNDS, chance
from tests.chaos.http.wire import Cut, When, Wire
from tests.factories import Factory

EVENTS = 25
RUNS = 20
"""Sweeps until a bus that refuses a third has taken everything: the odds against are one in a hundred million."""


@pytest.fixture
def waiting(rows: Factory) -> set[str]:
    """Events that were written and never published."""
    ids = [str(uuid7()) for _ in range(EVENTS)]
    for identifier in ids:
        rows.execute("insert into outbox (id, kind, version, payload) values (cast(:id as uuid), 'test.happened', 1, '{}')", id=identifier)
    return set(ids)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a bus took that refuses every third entry."""
    taken: list[str] = []
    dice = chance("a bus that takes a part")

    def put(envelopes: list[Envelope]) -> list[str]:
        accepted = [envelope.id for envelope in envelopes if dice.random() < 2 / 3]
        taken.extend(accepted)
        return accepted

    monkeypatch.setattr(events, "put", put)
    monkeypatch.setattr(outbox, "SWEEP_AGE", "0 seconds")
    return taken


def sweep_all(db: Database) -> None:
    for _ in range(RUNS):
        outbox.sweep(db)


def unpublished(rows: Factory) -> set[str]:
    return {row["id"] for row in rows.rows("select id::text as id from outbox where published_at is null")}


@pytest.mark.parametrize("way", list(Way), ids=str)
def test_a_sweep_that_loses_its_database_is_made_good_by_the_next(
    way: Way, breakable: Breakable, own_database: str, wire: Wire, waiting: set[str], taken: list[str], rows: Factory
) -> None:
    dice = chance(f"sweep {way}")
    db = Database(wire.through(breakable.databases.app_url(own_database)))
    for _ in range(ROUNDS):
        # Given a database that breaks down somewhere in a sweep: about to be asked, or having answered nobody
        cut = Cut(dice.randrange(4), dice.choice(list(When)), down=False, act=lambda: breakable.break_down(way, dice))
        wire.arm(cut)
        # When it sweeps, and again after the database came back
        try:
            outbox.sweep(db)
        except (ConnectionLost, OutcomeUnknown):
            db.discard()
        assert wire.done, cut
        COUNTS["databases down in a sweep"] += 1
        rows.engine.dispose()
        # Then nothing is called published that the bus did not take
        assert waiting - unpublished(rows) <= set(taken), cut
        sweep_all(db)
        # And in the end everything is, by the bus and by us
        assert unpublished(rows) == set(), cut
        assert set(taken) == waiting, cut
        rows.execute("update outbox set published_at = null")
        taken.clear()
    db.discard()


def test_a_bus_that_breaks_off_in_the_middle_holds_up_nothing_else(
    breakable: Breakable, own_database: str, waiting: set[str], rows: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given one event whose call the bus refuses as a whole, for ever
    poison = random.Random(1).choice(sorted(waiting))
    taken: list[str] = []

    def put(envelopes: list[Envelope]) -> list[str]:
        if any(envelope.id == poison for envelope in envelopes):
            raise OSError("this request is too large")
        taken.extend(envelope.id for envelope in envelopes)
        return [envelope.id for envelope in envelopes]

    monkeypatch.setattr(events, "put", put)
    monkeypatch.setattr(outbox, "SWEEP_AGE", "0 seconds")
    db = Database(breakable.databases.app_url(own_database))
    # When it sweeps
    with pytest.raises(OSError, match="too large"):
        outbox.sweep(db)
    db.discard()
    # Then all that did not have to travel with it went out, once
    assert poison in unpublished(rows)
    assert waiting - unpublished(rows) == set(taken)
    assert len(taken) == len(set(taken)) >= EVENTS - outbox.SWEEP_LIMIT
