"""Study time: what overlaps counts once, what can't have been is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from academy.learning.schemas import StudyTime
from academy.learning.service.studying import REFUSALS, record_time
from academy.platform.auth.caller import Caller
from academy.platform.db import Database, UnitOfWork
from academy.platform.http import Request
from tests.api import Client
from tests.factories import Factory
from tests.integration.learning.conftest import Learner
from tests.integration.learning.threads import at_the_same_time


def send(learner: Learner, **body: Any) -> Any:
    return learner.client.post("/progress/time", {"courseId": str(learner.course["id"]), **body}, user=learner.student)


def ago(**values: float) -> str:
    return (datetime.now(UTC) - timedelta(**values)).isoformat()


def asking(learner: Learner, work: UnitOfWork) -> Request:
    caller = Caller(learner.student["id"], learner.student["sub"], "student", frozenset(), True, "s")
    return Request(id="r", work=work, headers={}, cookies={}, source_ip="", visitor=caller)


def test_a_heartbeat_counts_its_seconds(learner: Learner) -> None:
    data = send(learner, timeSpent=60).data

    assert data == {"counted": 60, "reported": 60, "today": 60, "total": 60}


def test_heartbeats_that_overlap_count_once(learner: Learner) -> None:
    send(learner, timeSpent=60)
    data = send(learner, timeSpent=60).data

    assert data["counted"] <= 2
    assert 60 <= data["total"] <= 62
    assert learner.make.value("select count(*) from study_sessions") == 1


def test_stretches_told_late_and_out_of_order_count_their_union(learner: Learner) -> None:
    send(learner, startedAt=ago(minutes=10), endedAt=ago(minutes=5))
    send(learner, startedAt=ago(minutes=20), endedAt=ago(minutes=15))
    data = send(learner, startedAt=ago(minutes=18), endedAt=ago(minutes=2)).data

    # 18..2 less 18..15 and 10..5
    assert abs(data["counted"] - 8 * 60) <= 3
    assert abs(data["total"] - 18 * 60) <= 3


def test_two_courses_at_once_are_one_time(learner: Learner, make: Factory) -> None:
    other = make.course(learner.teacher)
    make.enrollment(learner.student, other, enrolled_at=datetime(2026, 1, 1, tzinfo=UTC))
    send(learner, startedAt=ago(minutes=10), endedAt=ago(minutes=5))

    assert send(learner, courseId=str(other["id"]), startedAt=ago(minutes=10), endedAt=ago(minutes=5)).data["counted"] <= 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"startedAt": ago(minutes=10), "timeSpent": 3600}, "MORE_TIME_THAN_PASSED"),
        ({"startedAt": ago(days=3)}, "MORE_TIME_THAN_PASSED"),
        ({"startedAt": ago(minutes=1), "endedAt": ago(minutes=-30)}, "TIME_IN_FUTURE"),
        ({"startedAt": ago(minutes=1), "endedAt": ago(minutes=5)}, "TIME_BACKWARDS"),
    ],
)
def test_more_time_than_has_passed_is_refused(learner: Learner, body: dict[str, Any], code: str) -> None:
    reply = send(learner, **body)

    assert (reply.status, reply.code) == (422, code)
    assert (code, reply.json["error"]) in REFUSALS.values()
    assert learner.make.value("select count(*) from study_sessions") == 0


def test_time_from_before_the_enrolment_is_refused(make: Factory, client: Client) -> None:
    learner = Learner(make, client, enrolled_at=datetime.now(UTC))

    assert send(learner, timeSpent=60).status == 200
    assert send(learner, timeSpent=3600).code == "MORE_TIME_THAN_PASSED"


@pytest.mark.parametrize(
    "body", [{}, {"timeSpent": 0}, {"timeSpent": -5}, {"timeSpent": 90_000}, {"startedAt": "2026-01-01T00:00:00"}, {"seconds": 5}]
)
def test_malformed_time_is_refused(learner: Learner, body: dict[str, Any]) -> None:
    assert send(learner, **body).status == 400


def test_time_in_what_is_not_mine_is_not_found(learner: Learner, make: Factory) -> None:
    other = make.outline(make.course(learner.teacher))

    assert send(learner, courseId=str(other[0]["course_id"]), timeSpent=5).code == "COURSE_NOT_FOUND"
    assert send(learner, lessonId=str(other[0]["lesson_id"]), timeSpent=5).code == "LESSON_NOT_FOUND"


def test_the_summary_tells_days_and_courses(learner: Learner, make: Factory) -> None:
    make.execute("update users set weekly_learning_goal = 10 where id = :id", id=learner.student["id"])
    send(learner, timeSpent=120)

    data = learner.get("/progress/time/summary?days=7").data

    assert (data["today"], data["period"], data["total"], data["sessions"]) == (120, 120, 120, 1)
    assert (data["weeklyGoal"], data["weeklyGoalPercentage"]) == (600, 20)
    assert len(data["byDay"]) == 7
    assert data["byDay"][-1]["seconds"] == 120
    assert data["byCourse"] == [{"courseId": str(learner.course["id"]), "courseTitle": "Variables and loops", "seconds": 120}]
    assert learner.get("/progress/time/summary?days=0").status == 400


def test_simultaneous_heartbeats_count_once(learner: Learner, make: Factory, database_url: str) -> None:
    report = StudyTime(course_id=learner.course["id"], time_spent=600)

    at_the_same_time(database_url, [lambda own: own.transact(lambda work: record_time(asking(learner, work), report))] * 20)

    assert 600 <= make.value("select sum(seconds) from study_sessions") <= 605


def test_that_a_day_counts_is_told_at_once_whatever_comes_after_it(learner: Learner, db: Database) -> None:
    def call(work: UnitOfWork) -> None:
        for seconds in (60, 120):
            record_time(asking(learner, work), StudyTime(course_id=learner.course["id"], time_spent=seconds))

    _, work = db.transact(call)

    told = learner.make.rows("select id, payload from outbox where kind = 'study.milestone'")
    assert [(str(event["id"]), event["payload"]["milestone"]) for event in told] == [(event.id, "day") for event in work.outgoing]
    assert len(told) == 1


def test_badges_are_empty_but_honest(learner: Learner) -> None:
    data = learner.get("/progress/achievements").data

    assert (data["earned"], data["totalEarned"], data["points"]) == ([], 0, 0)
    assert {badge["progress"]["current"] for badge in data["possible"]} == {0}


def test_the_dashboard_tells_velocity_and_forecast(learner: Learner) -> None:
    for section in learner.sections[:4]:
        learner.report(section)

    data = learner.get("/progress/analytics/dashboard").data

    assert data["velocity"]["sectionsLast7Days"] == 4
    assert data["velocity"]["trend"] == "up"
    assert data["velocity"]["sectionsPerWeek"] == 1
    [course] = data["courses"]
    assert (course["completionPercentage"], course["sectionsPerWeek"]) == (50, 1)
    today = data["activity"][-1]
    assert today["sectionsCompleted"] == 4
    assert course["estimatedCompletionDate"] == str(datetime.fromisoformat(today["date"]).date() + timedelta(days=28))


def test_the_path_says_what_to_do_next_and_why(learner: Learner, make: Factory) -> None:
    from academy.catalog.models import CoursePrerequisite

    # Given one course begun, one not, a completed one that unlocks another, one locked
    learner.report(learner.sections[0])
    fresh = make.course(learner.teacher)
    make.outline(fresh)
    make.enrollment(learner.student, fresh)
    done, unlocked, locked = (make.course(learner.teacher, domain="arts", title=t) for t in ("Basics", "Advanced", "Locked"))
    make.enrollment(learner.student, done, status="completed", completed_at=datetime.now(UTC))
    make.row(CoursePrerequisite, course_id=unlocked["id"], required_id=done["id"])
    make.row(CoursePrerequisite, course_id=locked["id"], required_id=unlocked["id"])
    popular = make.course(learner.teacher, total_enrollments=50)

    # When
    steps = learner.get("/progress/analytics/learning-path").data["steps"]

    # Then
    assert [(s["type"], s["courseId"], s["reason"]) for s in steps] == [
        ("section", str(learner.course["id"]), "continue"),
        ("section", str(fresh["id"]), "not_started"),
        ("course", str(unlocked["id"]), "unlocked"),
        ("course", str(popular["id"]), "your_field"),
    ]
    assert "“Basics”" in steps[2]["explanation"]
    assert steps[0]["sectionId"] == str(learner.sections[1]["id"])
