"""What is told of a streak. The rule itself is walked through in tests/properties/test_streaks.py."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from academy.identity.streaks import ENDS_AT
from academy.learning.service.recording import Update, record
from academy.platform.db import Database
from tests.factories import Factory
from tests.integration.learning.conftest import Learner
from tests.integration.learning.threads import at_the_same_time

FAR_EAST, FAR_WEST = "Pacific/Kiritimati", "Pacific/Pago_Pago"


def learned(learner: Learner, *, days_ago: int, streak: int, zone: str = "Asia/Kolkata", freezes: int = 0) -> None:
    """As if the learner had learned day for day until some days ago."""
    learner.make.execute(
        "update users set time_zone = :zone, current_streak = :streak, longest_streak = :streak, streak_freezes = :freezes,"
        " last_learned_on = (now() at time zone :zone)::date - cast(:ago as int), last_learned_at = now() - make_interval(days => :ago),"
        " streak_started_at = now() - make_interval(days => cast(:ago as int) + cast(:streak as int)) where id = :id",
        zone=zone,
        streak=streak,
        freezes=freezes,
        ago=days_ago,
        id=learner.student["id"],
    )


def told(learner: Learner) -> dict[str, Any]:
    data: dict[str, Any] = learner.get("/progress/streak").data
    return data


def move(learner: Learner, zone: str) -> None:
    assert learner.client.put("/profile/update", {"timeZone": zone}, user=learner.student).status == 200


def test_the_first_day_begins_a_streak_that_lasts_until_the_end_of_the_next(learner: Learner) -> None:
    learner.report(learner.sections[0])

    data = told(learner)

    today = date.fromisoformat(data["today"])
    assert (data["currentStreak"], data["longestStreak"], data["activeToday"], data["timeZone"]) == (1, 1, True, "Asia/Kolkata")
    assert data["week"][-2:] == [
        {"date": str(today - timedelta(days=1)), "active": False, "frozen": False},
        {"date": str(today), "active": True, "frozen": False},
    ]
    assert data["endsAt"].startswith(f"{today + timedelta(days=1)}T18:30:00")
    assert data["freezes"] == {"held": 0, "most": 2, "nextInDays": 6}


def test_a_freeze_stands_in_for_a_missed_day_and_every_seventh_day_earns_one(learner: Learner) -> None:
    learned(learner, days_ago=2, streak=13, freezes=1)

    before = told(learner)
    learner.report(learner.sections[0])
    after = told(learner)

    assert (before["currentStreak"], before["activeToday"], before["freezes"]) == (13, False, {"held": 0, "most": 2, "nextInDays": 1})
    assert before["endsAt"].startswith(f"{before['today']}T18:30:00")
    assert (after["currentStreak"], after["longestStreak"], after["freezes"]) == (14, 14, {"held": 1, "most": 2, "nextInDays": 7})
    for data in (before, after):
        assert [day["frozen"] for day in data["week"]] == [False] * 5 + [True, False]


@pytest.mark.parametrize(("days_ago", "expected"), [(1, 9), (2, 9), (3, 0)])
def test_every_page_tells_the_same_streak(learner: Learner, days_ago: int, expected: int) -> None:
    learned(learner, days_ago=days_ago, streak=9, freezes=1)

    pages = [
        told(learner),
        learner.get("/progress").data["summary"],
        learner.get("/progress/analytics/dashboard").data,
        learner.get("/users/{student}/profile").data,
        learner.get("/auth/check").data["user"],
    ]

    assert [page["currentStreak"] for page in pages] == [expected] * len(pages)
    assert (told(learner)["endsAt"] is None) == (expected == 0)


def test_a_report_of_nothing_new_tells_of_a_streak_that_is_over(learner: Learner) -> None:
    learner.report(learner.sections[0])
    learned(learner, days_ago=5, streak=4)

    assert learner.report(learner.sections[0], timeSpent=0).data["currentStreak"] == 0


@pytest.mark.parametrize(("home", "abroad"), [(FAR_EAST, FAR_WEST), (FAR_WEST, FAR_EAST)])
@pytest.mark.parametrize("days_ago", [0, 1])
def test_travelling_keeps_the_streak(learner: Learner, home: str, abroad: str, days_ago: int) -> None:
    learned(learner, days_ago=days_ago, streak=5, zone=home)

    move(learner, abroad)

    data = told(learner)
    assert (data["currentStreak"], data["timeZone"]) == (5, abroad)
    assert learner.report(learner.sections[0]).data["currentStreak"] in ({5} if days_ago == 0 else {5, 6})


def test_going_to_and_fro_gains_no_days(learner: Learner) -> None:
    learner.report(learner.sections[0])
    for section, zone in zip(learner.sections[1:], (FAR_EAST, FAR_WEST) * 3, strict=False):
        move(learner, zone)
        assert learner.report(section).data["currentStreak"] == 1

    # Even where a midnight lies between any two reports: three days take more than one.
    learner.make.execute(
        "update users set current_streak = 2, last_learned_on = last_learned_on - 1, streak_started_at = now() - interval '21 hours'"
    )
    assert learner.report(learner.sections[7]).data["currentStreak"] == 2
    learner.make.execute("update users set last_learned_on = last_learned_on - 1, streak_started_at = now() - interval '22 hours'")
    assert (
        learner.client.post("/progress/time", {"courseId": str(learner.course["id"]), "timeSpent": 60}, user=learner.student).status == 200
    )
    assert told(learner)["currentStreak"] == 3


@pytest.mark.parametrize(
    ("last_day", "now", "ends"),
    [
        pytest.param("2026-03-28", "2026-03-29T12:00Z", "2026-03-29T23:00:00+00:00", id="a day of 23 hours"),
        pytest.param("2026-10-24", "2026-10-25T12:00Z", "2026-10-26T00:00:00+00:00", id="a day of 25 hours"),
    ],
)
def test_a_streak_ends_with_the_day_however_long_it_is(make: Factory, last_day: str, now: str, ends: str) -> None:
    user = make.user(time_zone="Europe/London", current_streak=4, last_learned_on=date.fromisoformat(last_day))

    moment = ENDS_AT.replace("now()", f"'{now}'::timestamptz")
    assert make.value(f"select to_json({moment}) #>> '{{}}' from users u where id = :id", id=user["id"]) == ends


def test_the_weekly_goal_counts_minutes_since_monday(learner: Learner) -> None:
    body = {"courseId": str(learner.course["id"]), "timeSpent": 1800}
    learner.client.post("/progress/time", body, user=learner.student)
    without = told(learner)["weeklyGoal"]
    learner.make.execute("update users set weekly_learning_goal = 60")

    data = told(learner)

    week = learner.get("/progress/time/summary").data
    assert without == {"goalMinutes": None, "minutes": week["thisWeek"] // 60, "percentage": None}
    assert data["weeklyGoal"] == {"goalMinutes": 60, "minutes": week["thisWeek"] // 60, "percentage": week["weeklyGoalPercentage"]}


def test_reports_of_the_same_moment_are_one_day_and_one_freeze(learner: Learner, make: Factory, database_url: str) -> None:
    learned(learner, days_ago=2, streak=13, freezes=1)
    sections = []
    for _ in range(6):
        course = make.course(learner.teacher)
        sections.append((course["id"], make.outline(course, modules=1, lessons=1, sections=1)[0]["id"]))
        make.enrollment(learner.student, course)

    def report(course: UUID, section: UUID) -> Callable[[Database], object]:
        update = Update(section_id=section, completed=True)
        return lambda own: own.transact(lambda work: record(work, learner.student["id"], course_id=course, updates=[update]))

    at_the_same_time(database_url, [report(course, section) for course, section in sections])

    row = make.rows(
        "select current_streak, streak_freezes, cardinality(streak_frozen_on) as frozen from users where id = :id", id=learner.student["id"]
    )[0]
    assert row == {"current_streak": 14, "streak_freezes": 1, "frozen": 1}
