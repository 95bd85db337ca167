"""When content changes, progress follows; and what drifted is found and put right."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from academy.learning import jobs
from academy.learning.consumers import handle
from academy.learning.jobs import check_counters
from academy.learning.repository import enrollments
from academy.learning.service import counting
from academy.learning.service.counting import recount, repair_course
from academy.learning.service.recording import Update, record
from academy.platform.db import Database, UnitOfWork
from academy.platform.events import Envelope
from academy.platform.ids import uuid7
from tests.factories import Factory
from tests.integration.learning.conftest import LONG_AGO, Learner
from tests.integration.learning.threads import at_the_same_time, held_open, wait_for_a_lock, with_own

NO_DRIFT = {"enrollments": 0, "lessons": 0, "completions": 0, "learners": 0, "ratings": 0}


def changed(learner: Learner, db: Database, *, structural: bool = True) -> None:
    payload = {"courseId": str(learner.course["id"]), "contentVersion": 2, "structural": structural}
    envelope = Envelope(id=str(uuid7()), kind="course.content_changed", version=1, occurred_at=datetime.now(UTC), payload=payload)
    db.transact(lambda work: handle(work, envelope))


@pytest.fixture
def counted(learner: Learner) -> Learner:
    """Without drift to begin with."""
    learner.make.execute("update courses set total_enrollments = 1")
    return learner


def test_a_removed_section_is_no_longer_counted(counted: Learner, db: Database) -> None:
    counted.report(counted.sections[0])
    counted.report(counted.sections[2])
    counted.make.execute("update sections set deleted_at = now() where id = :id", id=counted.sections[0]["id"])

    changed(counted, db)

    assert counted.row()["completed_sections"] == 1
    assert counted.row()["time_spent"] == 120
    assert check_counters(db)["drift"] == NO_DRIFT


def test_removing_the_last_missing_section_completes_lesson_and_course(counted: Learner, db: Database) -> None:
    for section in counted.sections[:-1]:
        counted.report(section)
    counted.make.execute("update sections set deleted_at = now() where id = :id", id=counted.sections[-1]["id"])

    changed(counted, db)

    assert counted.row()["status"] == "completed"
    kinds = [r["kind"] for r in counted.make.rows("select kind from outbox")]
    assert (kinds.count("lesson.completed"), kinds.count("course.completed")) == (4, 1)
    changed(counted, db)
    assert counted.make.value("select count(*) from outbox where kind = 'course.completed'") == 1


def test_a_section_added_after_completion_takes_nothing_back(counted: Learner, db: Database, make: Factory) -> None:
    for section in counted.sections:
        counted.report(section)
    before = counted.row()
    lesson = make.rows("select * from lessons where id = :id", id=counted.sections[0]["lesson_id"])[0]
    make.section(lesson, 3)

    changed(counted, db)

    after = counted.row()
    assert (after["status"], after["completed_at"]) == ("completed", before["completed_at"])


def test_a_section_that_moved_is_counted_in_its_new_lesson(counted: Learner, db: Database, make: Factory) -> None:
    first, third = counted.sections[0], counted.sections[2]
    counted.report(first)
    make.execute("update sections set lesson_id = :new where id = :id", new=third["lesson_id"], id=first["id"])

    changed(counted, db)

    rows = {r["lesson_id"]: r for r in make.rows("select * from lesson_progress")}
    assert (rows[first["lesson_id"]]["completed_sections"], rows[third["lesson_id"]]["completed_sections"]) == (0, 1)
    assert check_counters(db)["drift"] == NO_DRIFT


def test_a_report_between_the_move_and_the_recount_loses_nothing(counted: Learner, db: Database, make: Factory) -> None:
    first, third = counted.sections[0], counted.sections[2]
    counted.report(first, completed=False)
    make.execute("update sections set lesson_id = :new where id = :id", new=third["lesson_id"], id=first["id"])
    make.execute("update lessons set deleted_at = now() where id = :id", id=first["lesson_id"])

    assert counted.report({**first, "lesson_id": third["lesson_id"]}).data["completedSections"] == 1
    changed(counted, db)

    assert check_counters(db)["drift"] == NO_DRIFT


def test_a_course_with_very_many_learners_is_counted_in_pieces(
    counted: Learner, db: Database, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given seven learners, each of whom completed a section that is gone now
    monkeypatch.setattr(counting, "LEARNERS_AT_ONCE", 3)
    gone = counted.sections[0]["id"]
    others = [make.user() for _ in range(6)]
    for student in others:
        make.enrollment(student, counted.course, enrolled_at=LONG_AGO)
    for student in (counted.student, *others):
        report = partial(record, caller=student["id"], course_id=counted.course["id"], updates=[Update(section_id=gone, completed=True)])
        db.transact(report)
    make.execute("update sections set deleted_at = now() where id = :id", id=gone)
    make.execute("update courses set total_enrollments = 7")
    make.execute("delete from outbox")

    # When the change arrives, then three are counted at once, and an event asks for the next
    changed(counted, db)
    left = []
    for _ in range(3):
        left.append(make.value("select count(*) from enrollments where completed_sections = 1"))
        due = make.rows("select id, kind, payload from outbox")
        make.execute("delete from outbox")
        for row in due:
            envelope = Envelope(id=str(row["id"]), kind=row["kind"], version=1, occurred_at=datetime.now(UTC), payload=row["payload"])
            db.transact(partial(handle, envelope=envelope))
    assert left == [4, 1, 0]
    assert make.value("select count(*) from outbox") == 0
    assert check_counters(db)["drift"] == NO_DRIFT


def test_what_completes_in_one_piece_and_that_there_is_a_next_are_told_at_once(
    counted: Learner, db: Database, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a learner who misses nothing but a section that is gone, and as many learners as are counted at once
    monkeypatch.setattr(counting, "LEARNERS_AT_ONCE", 1)
    for section in counted.sections[:-1]:
        counted.report(section)
    make.execute("update sections set deleted_at = now() where id = :id", id=counted.sections[-1]["id"])

    _, work = db.transact(lambda unit: recount(unit, counted.course["id"]))

    assert sorted(event.kind for event in work.outgoing) == ["course.completed", "course.recount_due", "lesson.completed"]


def test_a_change_of_text_counts_nothing(counted: Learner, db: Database, make: Factory) -> None:
    make.execute("update enrollments set completed_sections = 5")
    changed(counted, db, structural=False)

    assert counted.row()["completed_sections"] == 5


def test_drift_is_reported_and_put_right(counted: Learner, db: Database, make: Factory, published: list[Envelope]) -> None:
    # Given rows that say one thing and counters that say another
    for section in counted.sections:
        counted.report(section)
    make.execute("update enrollments set completed_sections = 3, time_spent = 1, status = 'active', completed_at = null")
    make.execute("update lesson_progress set time_spent = 0")
    make.execute("update courses set total_enrollments = 7, rating_count = 2, rating_sum = 9")
    make.execute("delete from outbox")
    published.clear()

    # When
    report = check_counters(db)

    # Then
    assert report == {"courses": 1, "drift": {"enrollments": 1, "lessons": 4, "completions": 1, "learners": 1, "ratings": 1}, "repaired": 1}
    assert check_counters(db) == {"courses": 1, "drift": NO_DRIFT, "repaired": 0}
    assert (counted.row()["completed_sections"], counted.row()["time_spent"], counted.row()["status"]) == (8, 480, "completed")
    assert [event.kind for event in published] == ["course.completed"]
    assert make.value("select count(*) from outbox where kind = 'course.completed'") == 1


def test_drift_is_found_however_many_courses_there_are(make: Factory, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "COURSES_AT_ONCE", 2)
    teacher = make.user("instructor")
    courses = [make.course(teacher, total_enrollments=n % 2) for n in range(6)]

    drift = jobs.find_drift(db)

    # Then in pieces, of which the last is empty
    assert db.trips == 4
    assert (drift.checked, drift.kinds) == (6, {**NO_DRIFT, "learners": 3})
    assert drift.courses == [str(course["id"]) for course in courses[1::2]]


def test_an_academy_without_courses_has_no_drift(db: Database) -> None:
    assert check_counters(db) == {"courses": 0, "drift": NO_DRIFT, "repaired": 0}


def test_recounts_beside_reports_leave_true_counters(make: Factory, db: Database, database_url: str) -> None:
    teacher = make.user("instructor")
    course = make.course(teacher)
    sections = make.outline(course, modules=2, lessons=3, sections=2)
    students = [make.user() for _ in range(6)]
    for student in students:
        make.enrollment(student, course)
    make.execute("update courses set total_enrollments = 6")

    def learning(student: dict[str, Any]) -> Callable[[Database], Any]:
        def job(own: Database) -> None:
            for section in sections:
                update = Update(section_id=section["id"], completed=True, seconds=3)
                own.at_once(lambda work, update=update: record(work, student["id"], course_id=course["id"], updates=[update]))  # type: ignore[misc]

        return job

    def editing(own: Database) -> None:
        for n, section in enumerate(sections[::4]):
            make.execute("update sections set deleted_at = now() where id = :id", id=section["id"])
            own.transact(lambda work: recount(work, course["id"]))
            if n % 2:
                make.execute("update sections set deleted_at = null where id = :id", id=section["id"])
                own.transact(lambda work: recount(work, course["id"]))

    at_the_same_time(database_url, [*(learning(student) for student in students), editing])

    # A report that waited for a recount was still reckoned with the sections before it: the nightly check puts that right.
    check_counters(db)
    assert check_counters(db)["drift"] == NO_DRIFT

    # Who came to a section while it was taken away misses it now that it is back: that is no completion until they report it.
    for student in students:
        learning(student)(db)
    assert check_counters(db)["drift"] == NO_DRIFT
    assert make.value("select count(*) from outbox where kind = 'course.completed'") == 6
    assert make.value("select count(*) from enrollments where status = 'completed'") == 6


def test_a_recount_waits_for_a_report_under_way(counted: Learner, db: Database, database_url: str) -> None:
    # Given a report that is not committed yet, and a section that has just been removed
    update = Update(section_id=counted.sections[0]["id"], completed=True)
    counted.make.execute("update sections set deleted_at = now() where id = :id", id=counted.sections[1]["id"])

    def reporting(work: UnitOfWork) -> None:
        record(work, counted.student["id"], course_id=counted.course["id"], updates=[update])

    # When the recount comes
    with held_open(database_url, reporting) as release, ThreadPoolExecutor(1) as pool:
        late = pool.submit(with_own(database_url, lambda own: own.transact(lambda unit: recount(unit, counted.course["id"]))))
        wait_for_a_lock(database_url, late)
        release()
        late.result(timeout=30)

    # Then it saw the report: the lesson's one living section is done
    assert counted.row()["status"] == "active"
    assert counted.make.value("select count(*) from lesson_progress where completed_at is not null") == 1
    assert check_counters(db)["drift"] == NO_DRIFT


def test_a_repair_counts_who_enrols_at_the_same_moment(counted: Learner, db: Database, database_url: str) -> None:
    # Given somebody who has enrolled, but whose enrolment is not committed yet
    course, newcomer = counted.course["id"], counted.make.user()

    def enrolling(work: UnitOfWork) -> None:
        work.first(enrollments.ENROLL, id=uuid7(), caller=newcomer["id"], course_id=course)

    # When the repair comes
    with held_open(database_url, enrolling) as release, ThreadPoolExecutor(1) as pool:
        late = pool.submit(with_own(database_url, lambda own: own.transact(lambda unit: repair_course(unit, course))))
        wait_for_a_lock(database_url, late)
        release()
        late.result(timeout=30)

    # Then both learners are counted
    assert counted.make.value("select total_enrollments from courses") == 2
    assert check_counters(db)["drift"] == NO_DRIFT
