"""In the evening, by their own clock, learners are told that their streak ends: once, and only those whose streak it is."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest

from academy.engagement import streaks
from academy.platform.db import Database
from academy.platform.events import Envelope
from functions.schedules import app as schedules
from tests.conftest import Databases
from tests.explain.plans import Explainer, Mode, RecordingConnection
from tests.factories import Factory


def zone_at(make: Factory, hour: int) -> str:
    """A zone in which it is that hour now; there is one for every hour."""
    zone: str = make.value(
        "select 'Etc/GMT' || case when n < 0 then '' else '+' end || n from generate_series(-14, 12) n"
        " where extract(hour from now() at time zone ('Etc/GMT' || case when n < 0 then '' else '+' end || n)) = :hour limit 1",
        hour=hour,
    )
    return zone


class Evening:
    """A zone in which it is between eight and nine, and its learners."""

    def __init__(self, make: Factory) -> None:
        self.make, self.zone = make, zone_at(make, 20)
        self.today: date = make.value("select (now() at time zone :zone)::date", zone=self.zone)

    def learner(self, *, days_ago: int = 1, streak: int = 3, **values: Any) -> str:
        last_on = self.today - timedelta(days=days_ago)
        return str(self.make.user(**{"time_zone": self.zone, "last_learned_on": last_on, "current_streak": streak, **values})["id"])


@pytest.fixture
def evening(make: Factory) -> Evening:
    return Evening(make)


def test_who_has_a_streak_to_lose_tonight_is_told(evening: Evening, make: Factory, db: Database, published: list[Envelope]) -> None:
    due = {evening.learner(): 3, evening.learner(streak=40): 40, evening.learner(days_ago=3, streak=20, streak_freezes=2): 20}
    evening.learner(streak=2)
    evening.learner(days_ago=0)
    evening.learner(streak_freezes=1)  # covers today
    evening.learner(days_ago=2)  # over
    evening.learner(status="suspended")
    for hour in (19, 22):
        evening.learner(time_zone=zone_at(make, hour))

    result = schedules.handler({"task": "tell_streaks"}, None)

    assert result == {"told": 3, "zones": 1}
    assert {event.payload["userId"]: event.payload["days"] for event in published} == due
    assert {(event.kind, event.payload["localDay"]) for event in published} == {("streak.ending", str(evening.today))}
    assert streaks.tell_ending(db)["told"] == 0

    make.execute(
        "update users set last_learned_on = last_learned_on - 1, streak_noted_on = streak_noted_on - 1, streak_freezes = 1 where time_zone = :zone",
        zone=evening.zone,
    )
    assert streaks.tell_ending(db)["told"] > 0, "another day, another word"


def test_a_run_goes_on_where_another_was_cut_off(evening: Evening, db: Database, published: list[Envelope]) -> None:
    due = {evening.learner(days_ago=1 + n % 2, streak_freezes=n % 2) for n in range(7)}

    assert streaks.tell_ending(db, at_once=2, longest=0.0) == {"told": 2, "zones": 1}
    assert streaks.tell_ending(db, at_once=2) == {"told": 5, "zones": 1}

    assert sorted(event.payload["userId"] for event in published) == sorted(due)


def test_two_runs_at_a_time_tell_nobody_twice(
    evening: Evening, make: Factory, db: Database, database_url: str, published: list[Envelope]
) -> None:
    due = {evening.learner() for _ in range(40)}
    start = threading.Barrier(3)

    def run() -> None:
        own = Database(database_url)
        own.connection()
        start.wait(60)
        streaks.tell_ending(own, at_once=5)
        own.discard()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    streaks.tell_ending(db)

    assert sorted(event.payload["userId"] for event in published) == sorted(due)
    assert make.value("select count(*) from outbox") == len(due)


def test_nobody_is_looked_at_who_is_not_told(
    evening: Evening,
    make: Factory,
    database_url: str,
    databases: Databases,
    database_name: str,
    monkeypatch: pytest.MonkeyPatch,
    published: list[Envelope],
) -> None:
    make.execute(
        "insert into users (id, time_zone, current_streak, last_learned_on)"
        " select gen_random_uuid(), (array[:zone, 'Asia/Tokyo', 'Asia/Kolkata'])[1 + mod(n, 3)], mod(n, 9), cast(:today as date) - mod(n, 40)"
        " from generate_series(1, 6000) n",
        zone=evening.zone,
        today=evening.today,
    )
    make.execute("analyze users")
    connection = RecordingConnection(database_url)
    monkeypatch.setattr(Database, "connection", lambda self: connection)
    explainer = Explainer(databases.owner_url(database_name))

    told = streaks.tell_ending(Database(database_url), at_once=10)["told"]

    make.execute("update users set streak_noted_on = null")
    asked = [each for each in connection.asked if "streak_noted_on" in each[0]][:2]
    modes: tuple[Mode, ...] = ("force_custom_plan", "force_generic_plan")
    costs = [explainer.cost([each], mode) for each in (connection.asked[0], *asked) for mode in modes]
    explainer.close()
    connection.close()
    assert told >= 20
    assert asked[0][0] != asked[1][0], "the second piece begins behind the first"
    assert not any(cost.end_to_end for cost in costs)
    assert max(cost.page for cost in costs) <= 200, "of 6,000: those of the zone who learned within the last days"
