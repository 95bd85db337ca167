"""The night's audit of leaderboards: silent about what folding made, and each kind of damage has its figure."""

from collections import Counter

import pytest

from academy.admin.auditor import leaderboards
from academy.platform.db import Database
from tests.api import Client
from tests.factories import Factory
from tests.integration.engagement.boards import Hall


def findings(db: Database) -> dict[str, int]:
    found: Counter[str] = leaderboards.check(db)
    assert found.pop("checked") > 0
    return {name: n for name, n in found.items() if n}


@pytest.fixture
def hall(make: Factory, client: Client, db: Database) -> Hall:
    """With points of this week and of the last, somebody hidden, something taken back and something that is not folded in yet."""
    hall = Hall(make, client, db)
    a, b, hidden, _ = hall.learners(50, 1500, 70, 50)
    hall.award(a, 30, day=hall.last_week)
    hall.set(hidden, leaderboard_visibility="hidden")
    hall.award(b, -1500)
    hall.close()
    hall.fold()
    hall.award(b, 10)
    return hall


ALL = "board_id = (select id from leaderboards where period = 'all' and scope = 'academy')"
ONE_LESS = f"update leaderboard_histogram set users = users - 1 where {ALL} and width > 1"
DAMAGE = [
    ("boards_scores", 1, f"update leaderboard_scores set reached_at = now() where {ALL} and points = 80"),
    ("boards_listed", 1, f"update leaderboard_scores set listed = false where {ALL} and points = 0"),
    ("boards_counted", 1, f"update leaderboard_histogram set users = users + 1 where {ALL} and (points = 50 or width > 1)"),
    ("boards_uncounted", 1, f"delete from leaderboard_histogram where {ALL} and points = 50; {ONE_LESS}"),
    ("boards_ranges", 1, f"update leaderboard_histogram set users = users + 1 where {ALL} and width > 1"),
    ("boards_ranges", 2, f"delete from leaderboard_histogram where {ALL} and width > 1"),
]


@pytest.mark.parametrize(("rows", "scores"), [(2_000, 20_000), (1, 20_000), (2_000, 0)])
def test_each_damage_to_a_board_has_its_figure(hall: Hall, monkeypatch: pytest.MonkeyPatch, rows: int, scores: int) -> None:
    """In however small pieces the boards are looked at."""
    monkeypatch.setattr(leaderboards, "ROWS_AT_ONCE", rows)
    monkeypatch.setattr(leaderboards, "SCORES_AT_ONCE", scores)
    assert findings(hall.db) == {}
    for figure, times, damage in DAMAGE:
        hall.make.execute("create table kept_scores as table leaderboard_scores")
        hall.make.execute("create table kept_histogram as table leaderboard_histogram")
        for statement in damage.split("; "):
            hall.make.execute(statement)

        assert findings(hall.db) == {figure: times}
        hall.make.execute(
            "update leaderboard_scores s set reached_at = k.reached_at, listed = k.listed from kept_scores k where k.id = s.id"
        )
        hall.make.execute("truncate leaderboard_histogram")
        hall.make.execute("insert into leaderboard_histogram table kept_histogram")
        hall.make.execute("drop table kept_scores, kept_histogram")
    assert findings(hall.db) == {}
