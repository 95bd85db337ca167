"""Streaks, by a model that walks through the days one after another: whoever learns whenever and wherever."""

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from academy.identity.streaks import CURRENT, ENDS_AT, FREEZES, LEARNED, MOVED_TO
from academy.platform.db import Database, sql
from academy.platform.ids import uuid7
from tests.factories import Factory
from tests.properties.conftest import examples

ZONES = (
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",  # puts its clocks forward at midnight
    "Africa/Cairo",
    "Europe/London",
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Auckland",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",  # as far from the one before as a calendar can be
)
JOURNEYS = 120
STEPS = 30
DAY = timedelta(days=1)
SLACK = timedelta(hours=2)


@dataclass(frozen=True)
class Step:
    """Learns at that moment, or goes to a zone."""

    at: datetime
    zone: str | None


@dataclass
class Learner:
    """What the rules say, a day at a time."""

    zone: str
    days: int = 0
    longest: int = 0
    held: int = 0
    frozen: list[date] = field(default_factory=list)
    last_on: date | None = None
    last_at: datetime | None = None
    began: datetime | None = None
    cut: bool = False
    """Whether a day was not counted because too little time had passed."""

    def local(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.zone)).date()

    def missed(self, at: datetime) -> list[date]:
        assert self.last_on is not None
        days, day = [], self.last_on + DAY
        while day < self.local(at):
            days.append(day)
            day += DAY
        return days

    def lives(self, at: datetime) -> bool:
        return self.last_on is not None and len(self.missed(at)) <= self.held

    def learn(self, at: datetime) -> None:
        today = self.local(at)
        if self.last_on is None or not self.lives(at):
            self.days, self.held, self.began = 1, 0, at
        elif self.last_on < today:
            for day in self.missed(at):
                self.held -= 1
                self.frozen.insert(0, day)
            assert self.began is not None
            if self.days > 1 and at - self.began + SLACK < (self.days - 1) * DAY:
                self.cut = True
            else:
                self.days += 1
                if self.days % 7 == 0:
                    self.held = min(2, self.held + 1)
        self.last_on = today if self.last_on is None else max(self.last_on, today)
        self.last_at = at
        self.longest = max(self.longest, self.days)

    def move(self, at: datetime, zone: str) -> None:
        before, passed = self.lives(at), self.local(at) - self.last_on if self.last_on else None
        self.zone = zone
        if self.last_at is None or passed is None:
            return
        self.last_on = self.local(self.last_at)
        if before and at - self.last_at < (2 + self.held) * DAY + SLACK:
            self.last_on = max(self.last_on, self.local(at) - passed)

    def seen(self, at: datetime) -> dict[str, Any]:
        living = self.lives(at)
        return {
            "current": self.days if living else 0,
            "longest": self.longest,
            "held": self.held - len(self.missed(at)) if living else 0,
            "frozen": [str(day) for day in self.frozen[:7]],
            "last_on": str(self.last_on) if self.last_on else None,
        }


def journey(chance: random.Random) -> tuple[str, list[Step]]:
    return chance.choice((_steady, _early, _careless, _restless))(chance)


def _steady(chance: random.Random) -> tuple[str, list[Step]]:
    """Once a day, at times that shift; long enough for three freezes, if one could hold as many."""
    at = _some_time(chance)
    return chance.choice(ZONES), [Step(at := at + timedelta(minutes=chance.randrange(1380, 1500)), None) for _ in range(STEPS)]


def _early(chance: random.Random) -> tuple[str, list[Step]]:
    """Begins in the last minutes before a day of 23 hours, and learns in the first minutes of every day after it."""
    home, saturday = chance.choice(
        (("Europe/London", date(2025, 3, 29)), ("America/New_York", date(2025, 3, 8)), ("Pacific/Auckland", date(2025, 9, 27)))
    )
    midnight = datetime(saturday.year, saturday.month, saturday.day, tzinfo=ZoneInfo(home))
    hours = [timedelta(hours=23, minutes=59)] + [n * DAY + timedelta(minutes=chance.randrange(1, 9)) for n in range(1, STEPS)]
    return home, [Step((midnight + each).astimezone(UTC), None) for each in hours]


def _careless(chance: random.Random) -> tuple[str, list[Step]]:
    """Days are missed, and a journey is made now and then."""
    at, steps = _some_time(chance), []
    for _ in range(STEPS):
        at += timedelta(minutes=chance.choice((chance.randrange(180), chance.randrange(1080, 1800), 1440, chance.randrange(5000))))
        steps.append(Step(at, chance.choice(ZONES) if chance.random() < 0.1 else None))
    return chance.choice(ZONES), steps


def _restless(chance: random.Random) -> tuple[str, list[Step]]:
    """Learns every few hours, each time somewhere else, to see many midnights."""
    at, steps = _some_time(chance), []
    for number in range(STEPS):
        at += timedelta(minutes=chance.randrange(300))
        steps.append(Step(at, chance.choice(ZONES) if number % 2 else None))
    return chance.choice(ZONES), steps


def _some_time(chance: random.Random) -> datetime:
    return datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(365 * 24 * 60))


def _at(expression: str) -> str:
    """The rule as of another moment than the database's own now."""
    return expression.replace("now()", "x.at").replace(":time_zone", "x.zone")


_STEPS = "json_to_recordset(:steps::json) as x(id uuid, at timestamptz, zone text)"
_LEARN = sql(f"update users u set {_at(LEARNED)} from {_STEPS} where u.id = x.id and x.zone is null")
_MOVE = sql(
    f"update users u set last_learned_on = {_at(MOVED_TO)}, time_zone = x.zone from {_STEPS} where u.id = x.id and x.zone is not null"
)
_SEEN = sql(f"""
    select u.id::text as id, json_build_object('current', {_at(CURRENT)}, 'longest', u.longest_streak, 'held', {_at(FREEZES)},
        'frozen', u.streak_frozen_on, 'last_on', u.last_learned_on)::text as seen, {_at(ENDS_AT)} > x.at as lives, to_json({_at(ENDS_AT)})::text as ends
    from users u join {_STEPS} on x.id = u.id
""")


@given(seed=st.integers(0, 2**32))
@examples(2)
def test_a_streak_is_what_its_days_say_wherever_they_were(db: Database, make: Factory, seed: int) -> None:
    chance = random.Random(seed)
    journeys = [(str(uuid7()), *journey(chance)) for _ in range(JOURNEYS)]
    learners = {name: Learner(home) for name, home, _ in journeys}
    make.execute(
        "insert into users (id, time_zone) select id, zone from json_to_recordset(cast(:rows as json)) as x(id uuid, zone text)",
        rows=json.dumps([{"id": name, "zone": home} for name, home, _ in journeys]),
    )
    for number in range(STEPS):
        told = json.dumps([{"id": name, "at": steps[number].at.isoformat(), "zone": steps[number].zone} for name, _, steps in journeys])
        for statement in (_LEARN, _MOVE):
            db.transact(lambda work, statement=statement, told=told: work.execute(statement, steps=told))  # type: ignore[misc]
        rows = {row.id: row for row in db.read(lambda work, told=told: work.rows(_SEEN, steps=told))}  # type: ignore[misc]
        for name, home, steps in journeys:
            learner, step = learners[name], steps[number]
            streak = learner.days if learner.lives(step.at) else 0
            if step.zone is None:
                learner.learn(step.at)
            else:
                learner.move(step.at, step.zone)
                rested = step.at - learner.last_at if learner.last_at else DAY
                assert learner.seen(step.at)["current"] >= streak or rested >= 2 * DAY, "going somewhere ended a streak"
            story = (home, steps[: number + 1])
            assert json.loads(rows[name].seen) == learner.seen(step.at), story
            assert bool(rows[name].lives) == learner.lives(step.at), story
            _keeps_to_the_clock(learner, step.at, travelled=any(each.zone for each in steps[: number + 1]))


def _keeps_to_the_clock(learner: Learner, at: datetime, *, travelled: bool) -> None:
    """Nobody has more days than fit into the time, and who stays where they are is never cut for it."""
    assert learner.began is None or (learner.days - 2) * DAY <= at - learner.began + SLACK
    assert travelled or not learner.cut
