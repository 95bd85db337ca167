"""Boards against the ledger: any awards and reversals, folded in pieces of any size, with people hidden, shown and suspended and periods closed in between."""

from collections import defaultdict
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.admin.auditor import leaderboards
from academy.engagement.boards import folding
from academy.platform.db import Database
from tests.api import Client
from tests.factories import Factory
from tests.integration.engagement.boards import Hall
from tests.properties.conftest import examples

PEOPLE = st.integers(0, 3)
AWARD = st.tuples(st.just("award"), st.tuples(PEOPLE, st.sampled_from([10, 50, 1000, 1024]), st.sampled_from([0, 1, 2]), st.booleans()))
"""To whom, how much, today or in the last week or month, and whether it is of a course."""
REVERSE = st.tuples(st.just("reverse"), st.tuples(PEOPLE))
FOLD = st.tuples(st.just("fold"), st.tuples(st.integers(1, 3)))
SHOW = st.tuples(st.just("show"), st.tuples(PEOPLE, st.sampled_from(["named", "pseudonym", "hidden", "suspended"])))
CLOSE = st.tuples(st.just("close"), st.just(()))
STORY = st.lists(st.one_of(AWARD, AWARD, AWARD, REVERSE, FOLD, FOLD, SHOW, CLOSE), max_size=20)


class Story:
    """The same on the academy and as plain sums. What a closed period would have got counts in the next: after `close`, nothing is booked before today."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.people = [hall.make.user(pseudonym=f"Otter {hall.make.number()}") for _ in range(4)]
        self.course = hall.make.course(hall.teacher)
        self.given: list[dict[str, Any]] = []
        self.shown = [True] * 4

    def award(self, who: int, points: int, when: int, of_course: bool) -> None:
        day = (self.hall.today, self.hall.last_week, self.hall.last_month)[when]
        closed = self.hall.make.value("select max(last_day) from leaderboards where closed_at is not null")
        if closed is not None and day <= closed:
            day = self.hall.today
        scope = {"domain": "arts", "course_id": self.course["id"]} if of_course else {"domain": None, "course_id": None}
        self.given.append(self.hall.award(self.people[who], points, day=day, **scope))

    def reverse(self, who: int) -> None:
        mine = [row for row in self.given if row["user_id"] == self.people[who]["id"] and row["points"] > 0 and "taken" not in row]
        if mine:
            mine[0]["taken"] = True
            same = {name: mine[0][name] for name in ("domain", "course_id")}
            self.given.append(self.hall.award(self.people[who], -mine[0]["points"], source=str(mine[0]["id"]), **same))

    def fold(self, rows: int) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(folding, "ROWS_AT_ONCE", rows)
            folding.fold(self.hall.db, pieces=2)

    def show(self, who: int, how: str) -> None:
        self.shown[who] = how in {"named", "pseudonym"}
        status = "suspended" if how == "suspended" else "active"
        self.hall.set(self.people[who], status=status, leaderboard_visibility=None if how == "suspended" else how)

    def close(self) -> None:
        self.hall.close()

    def expected(self) -> dict[tuple[str, str], dict[Any, int]]:
        sums: dict[tuple[str, str], dict[Any, int]] = defaultdict(lambda: defaultdict(int))
        for row in self.given:
            for period in _periods(row["day"]):
                for scope in (f"domain {row['domain']}", f"course {row['course_id']}"):
                    if not scope.endswith("None"):
                        sums[period, scope][row["user_id"]] += row["points"]
        return sums


def _periods(day: date) -> tuple[str, str, str]:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}", f"{day:%Y-%m}", "all"


@examples(12)
@given(story=STORY)
def test_boards_are_the_sums_of_the_ledger_by_period_and_scope(make: Factory, client: Client, db: Database, story: list[Any]) -> None:
    told = Story(Hall(make, client, db))
    for what, how in story:
        getattr(told, what)(*how)
    told.hall.fold()

    figures = leaderboards.check(db)
    assert not {name: number for name, number in figures.items() if name != "checked" and number}
    kept = make.rows(
        "select b.period, b.scope, s.user_id, s.points, s.listed from leaderboard_scores s join leaderboards b on b.id = s.board_id where b.scope = :scope",
        scope=f"course {told.course['id']}",
    )
    expected = {key: dict(sums) for key, sums in told.expected().items() if key[1] == f"course {told.course['id']}"}
    found: dict[tuple[str, str], dict[Any, int]] = defaultdict(dict)
    for row in kept:
        found[row["period"], row["scope"]][row["user_id"]] = row["points"]
    assert found == expected
    for (period, _), sums in expected.items():
        shown = sorted((points for user, points in sums.items() if points > 0 and _is_shown(told, user)), reverse=True)
        span = "all" if period == "all" else "weekly" if "W" in period else "monthly"
        at = {} if period == "all" else {"at": period}
        ranks = told.hall.ranks(period=span, courseId=str(told.course["id"]), **at)
        assert [(rank, points) for rank, _, points in ranks] == [(1 + sum(other > points for other in shown), points) for points in shown]


def _is_shown(told: Story, user: Any) -> bool:
    return told.shown[next(n for n, each in enumerate(told.people) if each["id"] == user)]
