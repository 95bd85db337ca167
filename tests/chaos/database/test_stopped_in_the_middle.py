"""The database is stopped and killed under people's requests: they see 503 and nothing worse, and what they were told is there, once."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from academy.admin import auditor
from academy.platform import config as configuration
from academy.platform import events, outbox
from academy.platform.auth import tokens
from academy.platform.db import ConnectionLost, Database, OutcomeUnknown
from academy.platform.events import Envelope
from tests.chaos.database.breaking import Breakable, Way
from tests.chaos.database.journey import PATIENCE, Journey, people
from tests.chaos.http.process import RemoteClient, running_process
from tests.chaos.http.seed import COUNTS, ROUNDS, chance
from tests.chaos.http.wire import Cut, When, Wire
from tests.factories import Factory
from tests.issuer import Issuer

PARTIES = 2
ACTS_BETWEEN = 8
"""Of each party, from one break-down to the next."""


@pytest.fixture
def journeys(
    own_database: str, breakable: Breakable, wire: Wire, issuer: Issuer, rows: Factory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[Journey]]:
    monkeypatch.setenv("DATABASE_URL", wire.through(breakable.databases.app_url(own_database)))
    monkeypatch.setenv("USER_POOL_ISSUER", issuer.url)
    for cache in (configuration.config, tokens.verifier):
        cache.cache_clear()
    with ExitStack() as stack:
        clients = [RemoteClient(issuer, stack.enter_context(running_process())) for _ in range(PARTIES)]
        parties = people(rows, PARTIES)
        yield [
            Journey(client, party, chance(f"party {n}"), f"party {n}")
            for n, (client, party) in enumerate(zip(clients, parties, strict=True))
        ]
    for cache in (configuration.config, tokens.verifier):
        cache.cache_clear()


class Sweeper(threading.Thread):
    """The schedule, and a bus that takes two thirds of what it is given."""

    def __init__(self, db: Database, patch: pytest.MonkeyPatch) -> None:
        super().__init__(daemon=True)
        self._db, self._dice = db, chance("the bus")
        self.over = threading.Event()
        self.taken: set[str] = set()
        self.missed = 0
        self.failure: BaseException | None = None
        patch.setattr(events, "put", self._put)
        patch.setattr(outbox, "SWEEP_AGE", "0 seconds")

    def run(self) -> None:
        try:
            while not self.over.wait(0.02):
                self.sweep()
        except BaseException as error:  # noqa: BLE001 - told by the test that waits for it
            self.failure = error

    def sweep(self) -> None:
        try:
            outbox.sweep(self._db)
        except (ConnectionLost, OutcomeUnknown):
            self.missed += 1
            self._db.discard()

    def _put(self, envelopes: list[Envelope]) -> list[str]:
        accepted = [envelope.id for envelope in envelopes if self._dice.random() < 2 / 3]
        self.taken.update(accepted)
        return accepted


def until_acted(journeys: list[Journey], more: int) -> None:
    wanted = [journey.acts + more for journey in journeys]
    deadline = time.monotonic() + PATIENCE
    while any(journey.acts < acts for journey, acts in zip(journeys, wanted, strict=True)):
        for journey in journeys:
            if journey.failure is not None:
                raise journey.failure
        assert time.monotonic() < deadline, "nobody gets any further"
        time.sleep(0.01)


def die(breakable: Breakable, way: Way, dice: random.Random, wire: Wire, back: threading.Event, failures: list[Exception]) -> None:
    try:
        breakable.break_down(way, dice)
    except Exception as error:  # noqa: BLE001 - told by the test that waits for it
        failures.append(error)
    wire.revive()
    back.set()


@pytest.mark.slow
@pytest.mark.timeout(300 * ROUNDS)
def test_what_people_were_told_is_there_once_however_the_database_died(
    journeys: list[Journey], breakable: Breakable, own_database: str, wire: Wire, rows: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = chance("break-downs")
    own = Database(breakable.databases.app_url(own_database))
    sweeper = Sweeper(Database(wire.through(breakable.databases.app_url(own_database))), monkeypatch)
    # Given people who use the academy, and a sweep
    running: list[Journey | Sweeper] = [*journeys, sweeper]
    for thread in running:
        thread.start()
    # When the database dies in every way, each time while somebody is about to ask it something, or has been answered without knowing it
    ways = [way for way in Way for _ in range(ROUNDS)]
    dice.shuffle(ways)
    for way in ways:
        until_acted(journeys, ACTS_BETWEEN)
        back, failures = threading.Event(), list[Exception]()
        death = threading.Thread(target=die, args=(breakable, way, dice, wire, back, failures))
        # The one whose line this is learns of it at once, and finds nobody until the server is back: so somebody sees a 503, whatever the timing.
        wire.arm(Cut(dice.randrange(20), dice.choice(list(When)), act=death.start))
        assert back.wait(PATIENCE), f"nobody asked anything: {way}"
        death.join()
        assert failures == [], way
    until_acted(journeys, ACTS_BETWEEN)
    for thread in running:
        thread.over.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()
        assert thread.failure is None, thread.failure
    for _ in range(20):
        sweeper.sweep()
    # Then all that they were told is there, and nothing besides
    rows.engine.dispose()
    statuses = sum((journey.told.statuses for journey in journeys), Counter())
    COUNTS["databases down under requests"] += len(ways)
    COUNTS.update({f"answers {status}": count for status, count in statuses.items()})
    assert set(statuses) <= {200, 201, 409, 503}, statuses
    assert statuses[503] + sweeper.missed > 0, "the database was never missed"
    everything_told_is_there_once(journeys, rows)
    everything_is_published(journeys, sweeper, rows)
    assert auditor.audit(own)["drift"] == 0
    own.discard()
    sweeper._db.discard()


def everything_told_is_there_once(journeys: list[Journey], rows: Factory) -> None:
    told = [journey.told for journey in journeys]
    courses = rows.rows("select title, id::text as id from courses where title like 'A course by %'")
    assert sorted((row["title"], row["id"]) for row in courses) == sorted(pair for one in told for pair in one.courses.items())
    enrollments = rows.rows("select user_id::text as user_id, id::text as id, status from enrollments")
    assert sorted((row["user_id"], row["id"]) for row in enrollments) == sorted(pair for one in told for pair in one.enrollments.items())
    done = rows.rows(
        "select e.user_id::text as user_id, p.section_id::text as section_id from section_progress p join enrollments e on e.id = p.enrollment_id "
        "where p.completed_at is not null"
    )
    assert sorted((row["user_id"], row["section_id"]) for row in done) == sorted(pair for one in told for pair in one.sections)
    assert rows.value("select sum(time_spent) from section_progress") == sum(one.seconds for one in told)
    ratings = rows.rows("select user_id::text as user_id, rating from course_ratings")
    assert {row["user_id"]: row["rating"] for row in ratings} == {
        learner: rating for one in told for learner, rating in one.ratings.items()
    }


def everything_is_published(journeys: list[Journey], sweeper: Sweeper, rows: Factory) -> None:
    """By the request that wrote it, or by the sweep; and each thing that happened is told by one event."""
    written = {row["id"] for row in rows.rows("select id::text as id from outbox")}
    assert rows.value("select count(*) from outbox where published_at is null") == 0
    assert sweeper.taken | {one for journey in journeys for one in journey.published} == written
    kinds = {row["kind"]: row["n"] for row in rows.rows("select kind, count(*) as n from outbox group by kind")}
    assert kinds["enrollment.created"] == rows.value("select count(*) from enrollments")
    assert kinds["section.completed"] == rows.value("select count(*) from section_progress where completed_at is not null")
    assert kinds.get("lesson.completed", 0) == rows.value("select count(*) from lesson_progress where completed_at is not null")
    assert kinds.get("course.completed", 0) == rows.value("select count(*) from enrollments where completed_at is not null")
