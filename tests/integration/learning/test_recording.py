"""A report of progress: what it answers, what it writes, and what it must not believe."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from academy.learning.service.recording import Update, record
from academy.platform.db import ConnectionLost, Database, DatabaseFailure, UnitOfWork
from tests.api import Client
from tests.factories import Factory
from tests.integration.learning.conftest import Learner
from tests.integration.learning.threads import held_open, wait_for_a_lock, with_own


def test_a_completed_section_answers_with_everything_the_page_needs(learner: Learner) -> None:
    # Given a learner at the beginning; When they complete the first section
    reply = learner.report(learner.sections[0], score=80)

    # Then
    assert reply.status == 200
    assert learner.make.value("select score from section_progress") == 80
    data = reply.data
    assert data["sectionCompleted"] is True
    assert (data["lessonCompleted"], data["courseCompleted"]) == (False, False)
    assert data["completionPercentage"] == 12.5
    assert (data["timeSpent"], data["totalTimeSpent"]) == (60, 60)
    assert data["estimatedTimeRemaining"] == 7 * 5 * 60
    assert (data["newAchievements"], data["xpEarned"]) == ([], 0)
    assert data["nextRecommendation"]["sectionId"] == str(learner.sections[1]["id"])
    assert data["nextRecommendation"]["reason"] == "next_section"
    assert data["currentStreak"] == 1


def test_the_last_section_of_a_lesson_completes_the_lesson(learner: Learner) -> None:
    learner.report(learner.sections[0])
    data = learner.report(learner.sections[1]).data

    assert data["lessonCompleted"] is True
    assert data["nextRecommendation"]["reason"] == "next_lesson"
    assert learner.make.value("select count(*) from lesson_progress where completed_at is not null") == 1


def test_the_last_section_of_a_course_completes_the_course_once(learner: Learner, published: list[Any]) -> None:
    replies = [learner.report(section) for section in learner.sections]
    again = learner.report(learner.sections[-1])

    assert [reply.data["courseCompleted"] for reply in replies] == [False] * 7 + [True]
    assert replies[-1].data["completionPercentage"] == 100
    assert replies[-1].data["nextRecommendation"] is None
    assert again.data["courseCompleted"] is True
    row = learner.row()
    assert (row["status"], row["completed_sections"]) == ("completed", 8)
    kinds = [r["kind"] for r in learner.make.rows("select kind from outbox")]
    assert (kinds.count("section.completed"), kinds.count("lesson.completed"), kinds.count("course.completed")) == (8, 4, 1)
    assert [envelope.kind for envelope in published].count("course.completed") == 1


def test_a_repeat_changes_nothing_and_answers_with_the_first_completion(learner: Learner) -> None:
    first = learner.report(learner.sections[0])
    second = learner.report(learner.sections[0], timeSpent=0)

    assert second.status == 200
    assert second.data["completedAt"] == first.data["completedAt"]
    assert learner.row()["completed_sections"] == 1
    assert learner.make.value("select count(*) from outbox where kind = 'section.completed'") == 1


def test_nothing_takes_a_completion_back(learner: Learner) -> None:
    learner.report(learner.sections[0])
    data = learner.report(learner.sections[0], completed=False).data

    assert data["sectionCompleted"] is True
    assert learner.row()["completed_sections"] == 1


def test_time_alone_completes_nothing(learner: Learner) -> None:
    data = learner.report(learner.sections[0], completed=False, timeSpent=45).data

    assert (data["sectionCompleted"], data["timeSpent"], data["completedAt"]) == (False, 45, None)
    assert data["nextRecommendation"]["sectionId"] == str(learner.sections[1]["id"])


def test_a_section_that_was_skipped_is_recommended_after_the_last(learner: Learner) -> None:
    data = learner.report(learner.sections[-1]).data

    assert data["nextRecommendation"]["sectionId"] == str(learner.sections[0]["id"])
    assert data["nextRecommendation"]["reason"] == "skipped_earlier"


def test_a_sections_repeated_time_counts_as_much_as_passed_since(learner: Learner) -> None:
    learner.report(learner.sections[0], completed=False, timeSpent=600)
    data = learner.report(learner.sections[0], completed=False, timeSpent=600).data

    assert 600 <= data["timeSpent"] <= 631


def test_all_time_in_a_course_is_bounded_by_the_time_since_enrolment(make: Factory, client: Client) -> None:
    learner = Learner(make, client, enrolled_at=datetime.now(UTC) - timedelta(minutes=10))
    for section in learner.sections:
        data = learner.report(section, timeSpent=86_400).data

    assert data["totalTimeSpent"] <= 10 * 60 + 300 + 5
    assert learner.row()["time_spent"] == make.value("select sum(time_spent) from section_progress")
    assert learner.row()["time_spent"] == make.value("select sum(time_spent) from lesson_progress")


@pytest.mark.parametrize(
    ("field", "value"),
    [("timeSpent", -1), ("timeSpent", 86_401), ("timeSpent", 1.5), ("timeSpent", "60"), ("completed", "yes"), ("score", 101), ("score", -1),
     ("sectionId", "x"), ("xpEarned", 100), ("completedAt", "2020-01-01T00:00:00Z"), ("userId", "0198c0de-0000-7000-8000-000000000000")],
)  # fmt: skip
def test_what_is_malformed_is_refused_by_name(learner: Learner, field: str, value: Any) -> None:
    reply = learner.report(learner.sections[0], **{field: value})

    assert (reply.status, reply.code) == (400, "VALIDATION_FAILED")
    assert reply.json["details"][0]["field"] == f"body.{field}"
    assert learner.make.value("select count(*) from section_progress") == 0


def test_without_enrolment_a_section_is_not_found(learner: Learner, make: Factory) -> None:
    learner.student = make.user()
    reply = learner.report(learner.sections[0])

    assert (reply.status, reply.code, reply.json["error"]) == (404, "SECTION_NOT_FOUND", "There is no such section.")


def test_an_ended_enrolment_records_nothing(make: Factory, client: Client) -> None:
    learner = Learner(make, client, status="ended", ended_at=datetime.now(UTC))

    assert learner.report(learner.sections[0]).status == 404


def test_another_courses_section_or_lesson_is_not_found(learner: Learner, make: Factory) -> None:
    course = make.course(learner.teacher)
    other = make.outline(course)

    assert learner.report(other[0]).code == "SECTION_NOT_FOUND"
    make.enrollment(learner.student, course)
    assert learner.report(other[0]).code == "SECTION_NOT_FOUND", "though it is another course of mine"
    assert learner.report(learner.sections[0], lessonId=str(learner.sections[-1]["lesson_id"])).code == "SECTION_NOT_FOUND"
    assert make.value("select count(*) from section_progress") == 0


def test_a_removed_section_can_not_be_completed_and_is_not_missed(learner: Learner, make: Factory) -> None:
    make.execute("update sections set deleted_at = now() where id = :id", id=learner.sections[-1]["id"])

    assert learner.report(learner.sections[-1]).status == 404
    replies = [learner.report(section) for section in learner.sections[:-1]]
    assert replies[-1].data["courseCompleted"] is True


def test_what_was_completed_before_it_was_removed_does_not_stand_in_for_what_is_left(learner: Learner, make: Factory) -> None:
    # Given one completed section that is then removed, its event not yet consumed
    learner.report(learner.sections[0])
    make.execute("update sections set deleted_at = now() where id = :id", id=learner.sections[0]["id"])

    # When all but one of the others are completed, the counter says seven of seven
    for section in learner.sections[1:-1]:
        data = learner.report(section).data

    # Then the course is not complete: one living section is missing
    assert data["courseCompleted"] is False
    assert learner.report(learner.sections[-1]).data["courseCompleted"] is True


def test_the_other_names_do_the_same(learner: Learner) -> None:
    first, second = learner.sections[:2]
    one = learner.client.post(f"/progress/lessons/{first['lesson_id']}/sections/{first['id']}/complete", user=learner.student)
    assert (one.status, one.data["sectionCompleted"], one.data["lessonCompleted"]) == (200, True, False)

    whole = learner.client.post(f"/progress/lessons/{first['lesson_id']}/complete", {"timeSpent": 30}, user=learner.student)
    assert (whole.data["lessonCompleted"], whole.data["timeSpent"]) == (True, 30)
    again = learner.client.post("/lessons/complete", {"lessonId": str(second["lesson_id"])}, user=learner.student)
    assert again.data["completedAt"] == whole.data["completedAt"]
    assert learner.row()["completed_sections"] == 2


@pytest.mark.parametrize(
    ("path", "thing"),
    [("/progress/lessons/{lesson}/complete", "lesson"), ("/progress/lessons/{lesson}/sections/{section}/complete", "section")],
)
def test_the_other_names_ask_for_an_enrolment_too(learner: Learner, make: Factory, path: str, thing: str) -> None:
    section = learner.sections[0]
    reply = learner.client.post(path.format(lesson=section["lesson_id"], section=section["id"]), user=make.user())

    assert (reply.status, reply.code, reply.json["error"]) == (404, f"{thing.upper()}_NOT_FOUND", f"There is no such {thing}.")
    assert make.value("select count(*) from section_progress") == 0


def test_a_lesson_of_another_course_is_not_completed_by_naming_mine(learner: Learner, make: Factory) -> None:
    course = make.course(learner.teacher)
    other = make.outline(course)
    body = {"courseId": str(learner.course["id"]), "lessonId": str(other[0]["lesson_id"])}

    assert learner.client.post("/lessons/complete", body, user=learner.student).code == "LESSON_NOT_FOUND"
    make.enrollment(learner.student, course)
    assert learner.client.post("/lessons/complete", body, user=learner.student).code == "LESSON_NOT_FOUND", "nor mine by naming another"


def test_an_idempotency_key_gives_the_first_answer_again(learner: Learner) -> None:
    section = learner.sections[0]
    body = {"courseId": str(learner.course["id"]), "lessonId": str(section["lesson_id"]), "sectionId": str(section["id"]), "timeSpent": 20}
    first = learner.client.post("/progress/section", body, user=learner.student, headers={"Idempotency-Key": "k-1"})
    second = learner.client.post("/progress/section", body, user=learner.student, headers={"Idempotency-Key": "k-1"})

    assert second.data == first.data
    assert second.headers["Idempotency-Replayed"] == "true"


def test_a_report_is_one_statement_beyond_admission(learner: Learner, db: Any) -> None:
    learner.report(learner.sections[0])
    before = db.trips
    learner.report(learner.sections[2])

    assert db.trips - before == 2


@pytest.mark.parametrize(
    ("days_ago", "streak", "expected"), [(0, 3, 3), (1, 3, 4), (2, 3, 1)]
)  # fmt: skip
def test_a_streak_grows_by_days_in_the_learners_own_time_zone(learner: Learner, days_ago: int, streak: int, expected: int) -> None:
    learner.make.execute(
        "update users set time_zone = 'Pacific/Kiritimati', current_streak = :streak, longest_streak = :streak,"
        " last_learned_on = (now() at time zone 'Pacific/Kiritimati')::date - cast(:ago as int) where id = :id",
        streak=streak,
        ago=days_ago,
        id=learner.student["id"],
    )

    assert learner.report(learner.sections[0]).data["currentStreak"] == expected
    user = learner.make.rows("select * from users where id = :id", id=learner.student["id"])[0]
    assert user["longest_streak"] == max(streak, expected)
    assert user["last_learned_at"] is not None


def test_events_have_the_shape_that_their_classes_say(learner: Learner) -> None:
    from academy.learning import events

    for section in learner.sections:
        learner.report(section, score=80)

    for row in learner.make.rows("select id, kind, version, payload from outbox where kind <> 'badge.earned'"):
        assert row["id"].version == 7
        kind = next(k for k in (events.SectionCompleted, events.LessonCompleted, events.CourseCompleted) if k.kind == row["kind"])
        assert row["version"] == kind.version
        assert kind.model_validate(row["payload"], extra="forbid").model_dump(by_alias=True).keys() == row["payload"].keys()


def kinds_of(make: Factory, ids: list[str]) -> list[str]:
    return [row["kind"] for row in make.rows("select kind from outbox where id = any(cast(:ids as uuid[])) order by kind", ids=ids)]


def beside[T](learner: Learner, database_url: str, section: dict[str, Any], report: Callable[[], T]) -> T:
    """A report that has to wait for another one of the same learner, which is committed only then."""
    update = Update(section_id=section["id"], completed=True)

    def first(work: UnitOfWork) -> None:
        record(work, learner.student["id"], course_id=learner.course["id"], updates=[update])

    with held_open(database_url, first) as release, ThreadPoolExecutor(1) as pool:
        late = pool.submit(report)
        wait_for_a_lock(database_url, late)
        release()
        return late.result(timeout=60)


def test_the_report_that_completes_by_what_it_waited_for_says_so(learner: Learner, database_url: str, published: list[Any]) -> None:
    # Given all but the last lesson; When its two sections are reported at the same moment
    for section in learner.sections[:-2]:
        learner.report(section)
    last, other = learner.sections[-1], learner.sections[-2]
    data = beside(learner, database_url, other, lambda: learner.report(last)).data

    # Then the second answer knows that nothing is left, and it is told at once
    row = learner.row()
    assert (row["status"], data["completedSections"], data["lessonCompleted"], data["courseCompleted"]) == ("completed", 8, True, True)
    assert datetime.fromisoformat(data["courseCompletedAt"]) == row["completed_at"]
    assert data["nextRecommendation"] is None
    assert data["completedAt"] == learner.get(f"/sections/{last['id']}").data["progress"]["completedAt"]
    told = [event.kind for event in published]
    assert (told.count("lesson.completed"), told.count("course.completed")) == (4, 1)


def test_what_a_report_completes_by_itself_and_by_what_it_waited_for_is_told_at_once(learner: Learner, database_url: str) -> None:
    # Given three sections to go; When a report of two waits for the one of the other
    def report(own: Database) -> list[str]:
        updates = [Update(section_id=section["id"], completed=True) for section in (learner.sections[-1], learner.sections[-3])]
        _, work = own.at_once(lambda unit: record(unit, learner.student["id"], course_id=learner.course["id"], updates=updates))
        return [event.id for event in work.outgoing]

    for section in learner.sections[:-3]:
        learner.report(section)
    ids = beside(learner, database_url, learner.sections[-2], with_own(database_url, report))

    # Then one lesson was proven by its sections, the other and the course by the second look
    assert kinds_of(learner.make, ids) == [
        "course.completed",
        "lesson.completed",
        "lesson.completed",
        "section.completed",
        "section.completed",
    ]


def test_reports_of_one_transaction_are_all_told_at_once(make: Factory, db: Database) -> None:
    student, course = make.user(), make.course(make.user("instructor"))
    sections = make.outline(course, modules=1, lessons=2, sections=1)
    make.enrollment(student, course)

    def reports(work: UnitOfWork) -> None:
        for section in sections:
            record(work, student["id"], course_id=course["id"], updates=[Update(section_id=section["id"], completed=True)])

    _, work = db.transact(reports)

    assert kinds_of(make, [event.id for event in work.outgoing]) == [
        "course.completed",
        *["lesson.completed"] * 2,
        *["section.completed"] * 2,
    ]


def test_a_whole_lesson_that_waited_for_one_of_its_sections_says_when_it_was_complete(learner: Learner, database_url: str) -> None:
    first = learner.sections[0]
    body = {"lessonId": str(first["lesson_id"]), "timeSpent": 30}
    data = beside(learner, database_url, first, lambda: learner.client.post("/lessons/complete", body, user=learner.student)).data

    (lesson,) = learner.make.rows("select completed_at from lesson_progress where completed_at is not null")
    assert (data["lessonCompleted"], data["courseCompleted"], data["courseCompletedAt"]) == (True, False, None)
    assert datetime.fromisoformat(data["completedAt"]) == lesson["completed_at"]
    assert data["nextRecommendation"]["sectionId"] == str(learner.sections[2]["id"])


def test_a_section_completed_by_its_own_address_keeps_time_and_score(learner: Learner) -> None:
    section = learner.sections[0]
    path = f"/progress/lessons/{section['lesson_id']}/sections/{section['id']}/complete"
    data = learner.client.post(path, {"timeSpent": 40, "score": 70}, user=learner.student).data

    assert (data["timeSpent"], data["totalTimeSpent"]) == (40, 40)
    assert learner.get(f"/sections/{section['id']}").data["progress"]["score"] == 70


def test_a_connection_that_breaks_costs_nothing(learner: Learner, db: Any) -> None:
    # Given a connection that the server has closed
    learner.report(learner.sections[0])
    with pytest.raises((ConnectionLost, DatabaseFailure)):
        db.connection().run("select pg_terminate_backend(pg_backend_pid())")

    # When the next report comes, then it is recorded, once
    assert learner.report(learner.sections[1]).status == 200
    assert learner.row()["completed_sections"] == 2
