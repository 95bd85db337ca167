"""A period is closed: once, whole, and it stays so."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from academy.engagement.boards import closing, folding
from academy.engagement.events import PlaceWon
from academy.platform import config as configuration
from academy.platform.db import Database, DatabaseFailure, OutcomeUnknown, UnitOfWork, connect, sql
from functions.schedules import app as schedules
from tests.api import Client
from tests.conftest import Databases
from tests.factories import Factory
from tests.integration.engagement.boards import Hall

ROOT = Path(__file__).parents[3]


@pytest.fixture
def hall(make: Factory, client: Client, db: Database) -> Hall:
    return Hall(make, client, db)


def places(hall: Hall, **only: Any) -> list[tuple[str, int, int]]:
    """Who was told of a place on the academy's boards of last week, in the events' words."""
    told = [
        PlaceWon.model_validate(row["payload"]) for row in hall.make.rows("select payload from outbox where kind = 'leaderboard.place_won'")
    ]
    wanted = {"span": "weekly", "domain": None, "course_id": None, **only}
    return sorted(
        (str(event.user_id), event.rank, event.points)
        for event in told
        if all(getattr(event, key) == value for key, value in wanted.items())
    )


def test_a_closed_week_has_its_champions_once_however_often_the_schedule_fires(hall: Hall) -> None:
    a, b, c, d, hidden = hall.learners(100, 90, 90, 80, 500, day=hall.last_week)
    hall.set(hidden, leaderboard_visibility="hidden")
    hall.award(d, 5, day=hall.last_week)  # not folded in yet
    hall.award(a, 1000)  # this week's
    event = json.loads((ROOT / "events/schedules/close_week.json").read_text())

    first = schedules.handler(event, None)
    again = schedules.handler(event, None)

    # overall, of the domain, of the course (which has too few learners for places)
    assert (first["closed"] >= 3, again) == (True, {"closed": 0, "champions": 0, "awaited": 0})
    expected = sorted([(str(a["id"]), 1, 100), (str(b["id"]), 2, 90), (str(c["id"]), 2, 90)])
    assert places(hall) == expected
    assert places(hall, domain="engineering") == expected
    assert (
        hall.make.value(
            "select count(*) from leaderboard_champions c join leaderboards b on b.id = c.board_id where b.course_id is not null"
        )
        == 0
    )
    assert hall.make.value("select count(*) from leaderboards where closed_at is null and last_day < current_date - 1") == 0
    assert hall.make.value("select count(*) from xp_pending where day <= :day", day=hall.last_week) == 0
    assert [points for _, _, points in hall.ranks()] == [1000]


def test_of_a_course_with_enough_learners_the_best_are_told_and_a_crowd_on_one_place_is_not(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "LEAST_LEARNERS", 5)
    monkeypatch.setattr(closing, "MOST_CHAMPIONS", 3)
    first, *_ = hall.learners(100, 50, 50, 50, 10, day=hall.last_week)

    hall.close()

    assert places(hall, course_id=hall.course["id"]) == [(str(first["id"]), 1, 100)]


def test_what_was_closed_is_told_in_figures(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "BOARDS_AT_ONCE", 1)
    monkeypatch.setattr(folding, "ROWS_AT_ONCE", 1)
    first, _ = hall.learners(30, 20, day=hall.last_week)
    for _ in range(3):  # to be folded in first, in as many pieces
        hall.award(first, 1, day=hall.last_week)

    figures = hall.close()

    closed, champions = (
        hall.make.value(f"select count(*) from {rows}") for rows in ("leaderboards where closed_at is not null", "leaderboard_champions")
    )
    assert (closed >= 3, champions >= 4) == (True, True)
    assert figures == {"closed": closed, "champions": champions, "awaited": 0}


def test_two_that_close_at_once_close_it_once(hall: Hall, database_url: str) -> None:
    hall.learners(*range(10, 60, 10), day=hall.last_week)
    both = [Database(database_url), Database(database_url)]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(closing.close, both))
    for each in both:
        each.discard()

    assert sum(each["closed"] for each in done) == hall.make.value("select count(*) from leaderboards where closed_at is not null")
    assert len(places(hall)) == 3


@pytest.mark.parametrize("killed", [1, 2, 3])
def test_killed_at_any_batch_it_goes_on_from_there(hall: Hall, databases: Databases, monkeypatch: pytest.MonkeyPatch, killed: int) -> None:
    """The server ends the connection when a batch has done its work and is not committed."""
    monkeypatch.setattr(closing, "BOARDS_AT_ONCE", 1)
    monkeypatch.setattr(folding, "ROWS_AT_ONCE", 2)
    users = hall.learners(30, 20, 10, day=hall.last_week)
    hall.award(users[2], 15, day=hall.last_week)
    whole, batches = closing._some, 0

    def cut(work: UnitOfWork, over: dict[str, str]) -> tuple[int, int, int]:
        nonlocal batches
        batches += 1
        result = whole(work, over)
        if batches == killed:
            admin = connect(databases.server.url("postgres"))
            admin.run("select pg_terminate_backend($1)", (work.value(sql("select pg_backend_pid()")),))
            admin.close()
        return result

    monkeypatch.setattr(closing, "_some", cut)
    with pytest.raises(OutcomeUnknown):
        hall.close()
    assert hall.make.value("select count(*) from leaderboards where closed_at is not null") < 3

    hall.close()

    assert batches > killed
    assert places(hall) == sorted(
        (str(user["id"]), rank, points) for user, rank, points in zip(users, (1, 3, 2), (30, 20, 25), strict=True)
    )
    assert hall.make.value("select count(*) from leaderboards where closed_at is null and last_day = :day", day=hall.last_week) == 0


def test_the_points_of_a_closed_board_stay_and_only_listing_changes(hall: Hall) -> None:
    a, b = hall.learners(50, 40, day=hall.last_week)
    hall.close()
    week = "board_id in (select id from leaderboards where closed_at is not null)"
    for statement in (
        f"update leaderboard_scores set points = points + 1 where {week}",
        f"update leaderboard_scores set reached_at = now() where {week}",
        f"delete from leaderboard_scores where {week}",
        f"""insert into leaderboard_scores (user_id, board_id, points, listed, reached_at)
            select '{hall.teacher["id"]}', id, 1, true, now() from leaderboards where closed_at is not null""",
        "update leaderboards set closed_at = null where closed_at is not null",
        "delete from leaderboards where closed_at is not null",
    ):
        with pytest.raises(DatabaseFailure) as refused:
            hall.db.transact(lambda work, statement=statement: work.execute(sql(statement)))  # type: ignore[misc]
        assert refused.value.sqlstate in {"23000", "42501"}, statement

    at = hall.make.value("select period from leaderboards where closed_at is not null and span = 'weekly' limit 1")
    hall.set(a, status="suspended")
    hall.fold()

    assert hall.ranks(at=at) == [(1, b["full_name"], 40)]


def test_what_comes_late_counts_in_the_first_period_that_is_open(hall: Hall) -> None:
    (user,) = hall.learners(50, day=hall.last_week)
    hall.close()
    at = hall.make.value("select period from leaderboards where closed_at is not null and span = 'weekly' limit 1")

    hall.award(user, 7, day=hall.last_week)
    hall.fold()

    assert [points for _, _, points in hall.ranks(at=at)] == [50]
    next_week = (hall.last_week + timedelta(days=1)).strftime("%G-W%V")
    assert [points for _, _, points in hall.ranks(at=next_week)] == [7]
    assert [points for _, _, points in hall.ranks(period="all")] == [57]


def test_a_missed_schedule_is_made_up_for(hall: Hall) -> None:
    hall.learners(50, day=hall.last_month)
    hall.learners(40, day=hall.last_month - timedelta(days=60))

    figures = schedules.handler({"task": "tend_leaderboards"}, None)

    assert figures["closed"] == hall.make.value("select count(*) from leaderboards where last_day is not null") > 6
    assert hall.make.value("select count(*) from leaderboards where closed_at is null and span <> 'all'") == 0


def midnight_was(hall: Hall, moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The academy's last midnight was then, in a zone made for it, and a board's last day had ended."""
    west = moment.hour * 3600 + moment.minute * 60 + moment.second
    zone = f"<X>{west // 3600:02}:{west // 60 % 60:02}:{west % 60:02}"
    monkeypatch.setenv("ACADEMY_TIME_ZONE", zone)
    configuration.config.cache_clear()
    day = hall.make.value(f"select (timestamptz '{moment.isoformat()}' at time zone '{zone}')::date - 1")
    hall.make.execute("insert into leaderboards (span, period, last_day) values ('weekly', 'a week', :day)", day=day)


def test_a_minute_after_midnight_its_schedule_closes_a_period_and_what_makes_up_for_it_leaves_it_an_hour(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    midnight_was(hall, datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=30), monkeypatch)
    (user,) = hall.learners(0)
    hall.award(user, 5)

    assert closing.tend(hall.db) == {"folded": 1, "closed": 0, "champions": 0, "awaited": 0}
    assert hall.close() == {"closed": 1, "champions": 0, "awaited": 0}


def test_a_transaction_from_before_the_periods_end_is_waited_for(hall: Hall, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Midnight is a second after it began: in a zone made for it."""
    booking = connect(database_url)
    booking.command("begin")
    began = booking.run("select now()").rows[0][0].astimezone(UTC)
    midnight = (began + timedelta(seconds=1)).replace(microsecond=0)
    midnight_was(hall, midnight, monkeypatch)

    def close() -> dict[str, int]:
        return closing.close(hall.db, grace="0 seconds")

    while datetime.now(UTC) <= midnight or close() == {"closed": 0, "champions": 0, "awaited": 0}:
        assert datetime.now(UTC) < midnight + timedelta(seconds=60)
    assert close() == {"closed": 0, "champions": 0, "awaited": 1}
    booking.command("rollback")
    booking.close()
    assert close()["closed"] == 1
