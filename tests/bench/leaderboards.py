"""Leaderboards at a million learners and twenty million rows of XP: what reading, an event and closing cost, beside what they would cost without roll-ups.

Times are of the statement alone, in the database. `cpu` is what the server's process used for it, which a busy machine leaves alone.
"""

import os
import random
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from academy.engagement.boards import closing, pages
from academy.engagement.boards.folding import fold
from academy.engagement.boards.values import Span
from academy.engagement.facts import Award
from academy.engagement.xp import booking
from academy.engagement.xp.values import XpKind
from academy.platform.db import Database, OutcomeUnknown, Statement, UnitOfWork, connect, sql
from academy.platform.db.connection import OneTripConnection
from academy.platform.ids import uuid7
from tests.bench import effort
from tests.bench.measure import quantile
from tests.bench.place import Place

SAMPLES, EVENTS = 200, 100
SCOPES: dict[str, dict[str, Any]] = {"academy": {}, "domain": {"domain": "engineering"}, "course": {"course": 0}}
SCALES = {"large": ("small", "middle", "large"), "small": ("small",)}


@dataclass(frozen=True, slots=True)
class Asked:
    """Milliseconds by the wall's clock, and of the server's CPU."""

    name: str
    walls: Sequence[float]
    cpus: Sequence[float]

    @property
    def p50(self) -> float:
        return statistics.median(self.walls)

    @property
    def p95(self) -> float:
        return quantile(self.walls, 0.95)

    @property
    def cpu(self) -> float:
        return statistics.median(self.cpus)

    @property
    def cpu95(self) -> float:
        return quantile(self.cpus, 0.95)


class Hall:
    """The product's database with its boards, and the server's process that serves it."""

    def __init__(self, url: str, admin_url: str, learners: int) -> None:
        self.db, self.learners, self.admin_url = Database(url), learners, admin_url

    def value(self, statement: str, *values: Any) -> Any:
        return self.db.connection().run(statement, values).rows[0][0]

    def learner(self, number: int) -> UUID:
        found: UUID = self.value("select id from users where sub = $1", effort.LEARNER % number)
        return found

    def timed(self, name: str, calls: Iterator[Callable[[], Any]]) -> Asked:
        walls, cpus = [], []
        served = Path(f"/proc/{self.value('select pg_backend_pid()')}/schedstat")
        for call in calls:
            wall, cpu = time.perf_counter(), _used(served)
            call()
            walls.append((time.perf_counter() - wall) * 1000)
            cpus.append(_used(served) - cpu)
        return Asked(name, walls, cpus)


def _used(process: Path) -> float:
    """Milliseconds of CPU so far; 0 where the system does not tell."""
    return int(process.read_text().split()[0]) / 1e6 if process.exists() else 0.0


@contextmanager
def opened(scale: str) -> Iterator[Hall]:
    """On the seed itself: a copy of it would take longer than all that is measured. Closing is taken back in the end."""
    with Place.open(f"leaderboards_{scale}") as place:
        effort.ensure(place, scale)
        hall = Hall(place.app_url(place.seed), place.url(place.seed), effort.LEARNERS[scale])
        try:
            yield hall
        finally:
            hall.db.discard()


def reads(hall: Hall, samples: int = SAMPLES) -> list[Asked]:
    """The first hundred, and the places of learners anywhere on the board, each after a few to warm up."""
    found = []
    chosen = random.Random(7)
    people = [hall.learner(chosen.randrange(hall.learners)) for _ in range(samples + 10)]
    course = hall.value("select id from courses where title = 'Bridges 0'")
    for span in Span:
        for name, scope in SCOPES.items():
            where = {
                "span": span.value,
                "first": None,
                "domain": scope.get("domain"),
                "course_id": course if "course" in scope else None,
                "any": False,
                "zone": effort.ZONE,
                "media": "https://media.test",
            }
            listed = {**where, "after_points": None, "after_passed": None, "offset": None, "limit": 100, "counted": True}
            deep = {**listed, "offset": hall.learners // 20}
            for what, statement, asked in (
                ("top 100", pages.LIST, listed),
                ("/me", pages.STANDING, where),
                ("a page in the middle", pages.LIST, deep),
            ):
                calls = [_call(hall.db.connection(), statement, {**asked, "caller": person}) for person in people]
                for call in calls[:10]:
                    call()
                found.append(hall.timed(f"{what}, {span.value}, {name}", iter(calls[10:])))
    return found


def _call(connection: OneTripConnection, statement: Statement, parameters: dict[str, Any]) -> Callable[[], Any]:
    variant = statement.asked_with(parameters)
    values = variant.values(parameters)
    return lambda: connection.run(variant.text, values)


_WEEK = f"day >= date_trunc('week', (now() at time zone '{effort.ZONE}')::date::timestamp)::date"
_MINE = "select rank, points from ranked where user_id = $1"
_RANKED = "ranked as (select user_id, points, rank() over (order by points desc) as rank from sums)"
OTHERS = {
    "aggregation of xp, weekly": f"with sums as (select user_id, sum(points) as points from xp where {_WEEK} group by user_id), {_RANKED} {_MINE}",
    "aggregation of xp, all": f"with sums as (select user_id, sum(points) as points from xp group by user_id), {_RANKED} {_MINE}",
    "aggregation of xp_daily, weekly": (
        f"with sums as (select user_id, sum(points) as points from xp_daily where {_WEEK} group by user_id), {_RANKED} {_MINE}"
    ),
    "aggregation of xp_daily, all": f"with sums as (select user_id, sum(points) as points from xp_daily group by user_id), {_RANKED} {_MINE}",
    **{
        f"rank() over the scores, {span}": f"""
            with sums as (select s.user_id, s.points from leaderboard_scores s join leaderboards b on b.id = s.board_id
                where b.scope = 'academy' and b.span = '{span}' and b.closed_at is null and s.listed and s.points > 0
                    and (b.last_day is null or b.last_day >= current_date)), {_RANKED} {_MINE}"""
        for span in ("weekly", "all")
    },
    "count(*) of those above, all": """
        select 1 + count(*) from leaderboard_scores s where s.listed and s.points > 0 and s.board_id = (
            select id from leaderboards where period = 'all' and scope = 'academy'
        ) and (- s.points) < (- (select points from leaderboard_scores m where m.user_id = $1 and m.board_id = s.board_id))""",
}


def others(hall: Hall, samples: int = 3) -> list[Asked]:
    """One's own rank in other ways, without a limit on how long it may take."""
    person, connection = hall.learner(99), hall.db.connection()
    connection.command("set statement_timeout = 0")
    connection._usock.settimeout(None)
    try:
        return [
            hall.timed(name, iter([lambda statement=statement: connection.run(statement, (person,))] * samples))  # type: ignore[misc]
            for name, statement in OTHERS.items()
        ]
    finally:
        connection.command("reset statement_timeout")


def events(hall: Hall, number: int = EVENTS) -> list[Asked]:
    """What an award costs: booked, folded in by itself, and its part of folding many at once."""
    chosen, courses = random.Random(11), hall.db.connection().run("select id from courses order by id limit 20").rows
    people = [hall.learner(chosen.randrange(hall.learners)) for _ in range(number)]

    def book(person: UUID) -> Callable[[], Any]:
        award = Award(person, XpKind.QUIZ_PASS, uuid7(), datetime.now(UTC), chosen.choice(courses)[0])
        return lambda: hall.db.transact(lambda work: booking.book(work, person, [award]))

    def each() -> Iterator[Callable[[], Any]]:
        for person in people:
            book(person)()
            yield lambda: fold(hall.db, pieces=1)

    fold(hall.db)
    booked = hall.timed("booked", (book(person) for person in people))
    many = hall.timed("many", iter([lambda: fold(hall.db)]))
    single = hall.timed("folded in by itself", each())
    share = Asked(f"folded in, one of {number}", [wall / number for wall in many.walls], [cpu / number for cpu in many.cpus])
    return [booked, single, share]


@dataclass(frozen=True, slots=True)
class Closing:
    """Of the periods that are over: how many boards with how many scores, seconds until the cut and after it, Python's most memory (MB)."""

    boards: int
    scores: int
    champions: int
    batches: int
    before: float
    after: float
    megabytes: float


def close(hall: Hall) -> Closing:
    """All that is over, cut off by the server in the middle of it, and gone on with; then as if it had not been."""
    over = "from leaderboards b where b.last_day < (now() at time zone $1)::date and b.closed_at is null"
    boards = hall.value(f"select count(*) {over}", effort.ZONE)
    batches, cut = 0, max(1, boards // closing.BOARDS_AT_ONCE // 2)
    whole = closing._some

    def some(work: UnitOfWork, over: dict[str, str]) -> tuple[int, int, int]:
        nonlocal batches
        batches += 1
        result = whole(work, over)
        if batches == cut:
            admin = connect(hall.admin_url)
            admin.run("select pg_terminate_backend($1)", (work.value(sql("select pg_backend_pid()")),))
            admin.close()
        return result

    tracemalloc.start()
    started = time.monotonic()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(closing, "_some", some)
            try:
                closing.close(hall.db)
            except OutcomeUnknown:
                middle = time.monotonic()
            else:
                raise RuntimeError("nobody cut it off")
            closing.close(hall.db)
        ended = time.monotonic()
        _, peak = tracemalloc.get_traced_memory()
        figures = hall.db.connection().run("""
            select (select sum(h.users) from leaderboard_histogram h join leaderboards b on b.id = h.board_id where b.closed_at is not null and h.width = 1),
                (select count(*) from leaderboard_champions), (select count(*) from leaderboards where closed_at is not null)
        """)
        scores, champions, closed = figures.rows[0]
    finally:
        tracemalloc.stop()
        _reopen(hall.admin_url)
    if closed < boards:
        raise RuntimeError(f"{boards - closed} boards are not closed")
    return Closing(boards, scores, champions, batches, middle - started, ended - middle, peak / 1e6)


def _reopen(admin_url: str) -> None:
    admin = connect(admin_url)
    admin._usock.settimeout(None)
    admin.command(
        "set session_replication_role = replica; delete from leaderboard_champions; delete from outbox where kind = 'leaderboard.place_won'; "
        "update leaderboards set closed_at = null where closed_at is not null"
    )
    admin.close()


def scales() -> tuple[str, ...]:
    return SCALES[os.environ.get("SCALE") or "large"]
