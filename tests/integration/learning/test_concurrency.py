"""Many reports at once: afterwards every counter equals the rows, and everything was completed exactly once."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from academy.learning.service.recording import Recorded, Update, record
from academy.platform.db import Database, UnitOfWork
from tests.factories import Factory
from tests.integration.learning.threads import at_the_same_time, held_open, wait_for_a_lock, with_own

THREADS = 50


def completing(
    user: dict[str, Any], course: dict[str, Any], sections: list[dict[str, Any]], *, at_once: bool = True
) -> Callable[[Database], Any]:
    def job(db: Database) -> list[Recorded | None]:
        def report(section: dict[str, Any]) -> Recorded | None:
            update = Update(section_id=section["id"], completed=True, seconds=7)
            run = db.at_once if at_once else db.transact
            return run(lambda work: record(work, user["id"], course_id=course["id"], updates=[update]))[0]

        return [report(section) for section in sections]

    return job


def assert_counters_equal_the_rows(make: Factory, enrollment: UUID) -> None:
    row = make.rows("select * from enrollments where id = :id", id=enrollment)[0]
    truth = make.rows(
        "select count(completed_at) as done, sum(time_spent) as seconds from section_progress where enrollment_id = :id", id=enrollment
    )[0]
    assert (row["completed_sections"], row["time_spent"]) == (truth["done"], truth["seconds"])
    wrong = make.rows(
        "select * from lesson_progress l join lateral (select count(completed_at) as done, sum(time_spent) as seconds from section_progress s"
        " where s.enrollment_id = l.enrollment_id and s.lesson_id = l.lesson_id) t on true"
        " where (l.completed_sections, l.time_spent) is distinct from (t.done, t.seconds::bigint) and l.enrollment_id = :id",
        id=enrollment,
    )
    assert wrong == []


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "in a transaction"])
@pytest.mark.parametrize("seed", range(3))
def test_fifty_threads_on_the_same_and_different_sections_lose_and_double_nothing(
    make: Factory, database_url: str, seed: int, at_once: bool
) -> None:
    # Given a course of 30 sections, and fifty clients of one learner that complete overlapping ones in their own order
    teacher, student = make.user("instructor"), make.user()
    course = make.course(teacher)
    sections = make.outline(course, modules=3, lessons=5, sections=2)
    enrollment = make.enrollment(student, course)
    chance = random.Random(seed)
    plans = [chance.sample(sections, 4) for _ in range(THREADS)]
    plans[0] = plans[0] + [s for s in sections if all(s not in plan for plan in plans)]

    # When all report at once
    at_the_same_time(database_url, [completing(student, course, plan, at_once=at_once) for plan in plans])

    # Then
    assert_counters_equal_the_rows(make, enrollment["id"])
    row = make.rows("select * from enrollments where id = :id", id=enrollment["id"])[0]
    assert (row["completed_sections"], row["status"]) == (30, "completed")
    assert make.value("select count(*) from lesson_progress where completed_at is not null") == 15
    kinds = [r["kind"] for r in make.rows("select kind from outbox")]
    assert (kinds.count("section.completed"), kinds.count("lesson.completed"), kinds.count("course.completed")) == (30, 15, 1)


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "in a transaction"])
def test_the_last_two_sections_at_the_same_moment_complete_the_course(make: Factory, database_url: str, at_once: bool) -> None:
    # Given many learners, each with two sections to go
    teacher = make.user("instructor")
    course = make.course(teacher)
    sections = make.outline(course, modules=1, lessons=1, sections=2)
    for _ in range(15):
        student = make.user()
        enrollment = make.enrollment(student, course)

        # When both arrive at once
        at_the_same_time(database_url, [completing(student, course, [section], at_once=at_once) for section in sections])

        # Then the second one saw it, whichever it was
        assert make.value("select status from enrollments where id = :id", id=enrollment["id"]) == "completed"
        assert (
            make.value("select count(*) from lesson_progress where enrollment_id = :id and completed_at is not null", id=enrollment["id"])
            == 1
        )
    assert make.value("select count(*) from outbox where kind = 'course.completed'") == 15


def test_a_report_that_waited_for_the_other_knows_what_it_did_itself(make: Factory, database_url: str) -> None:
    """The trap by hand: the second report's snapshot is older than the first one's commit."""
    teacher, student = make.user("instructor"), make.user()
    course = make.course(teacher)
    sections = make.outline(course, modules=1, lessons=1, sections=2)
    enrollment = make.enrollment(student, course)

    def waiting(job: Callable[[Database], Any]) -> Any:
        def first(work: UnitOfWork) -> None:
            record(work, student["id"], course_id=course["id"], updates=[Update(section_id=sections[0]["id"], completed=True)])

        with held_open(database_url, first) as release, ThreadPoolExecutor(1) as pool:
            late = pool.submit(with_own(database_url, job))
            wait_for_a_lock(database_url, late)
            release()
            return late.result(timeout=30)

    # When the second completes the same section, then the other one, each having waited
    [same] = waiting(completing(student, course, [sections[0]]))
    assert same.sections[str(sections[0]["id"])]["newlyCompleted"] is False
    make.execute("delete from section_progress")
    make.execute("delete from lesson_progress")
    make.execute("update enrollments set completed_sections = 0, time_spent = 0")
    [other] = waiting(completing(student, course, [sections[1]]))

    assert '"courseCompleted":true' in other.answer
    assert_counters_equal_the_rows(make, enrollment["id"])
