"""Progress counted anew from its rows."""

from dataclasses import dataclass
from uuid import UUID

from academy.learning.events import RecountDue
from academy.learning.repository import counting, progress
from academy.platform.db import UnitOfWork

LEARNERS_AT_ONCE = 2_000
"""A transaction holds up these learners' reports, for less than a second."""


@dataclass(frozen=True, slots=True)
class Recount:
    """How many rows were wrong, and how many enrolments turned out to be complete."""

    enrollments: int
    lessons: int
    completed: int


def recount(work: UnitOfWork, course_id: UUID, *, after: UUID | None = None) -> Recount:
    """The learners of a course, against its sections as they are now. What completes by it is told as an event.

    Of very many only the first `LEARNERS_AT_ONCE` after the enrolment `after`; an event asks for the next.
    """
    ids = [row.id for row in work.rows(counting.LOCK_ENROLLMENTS, course_id=course_id, after=after, limit=LEARNERS_AT_ONCE)]
    if len(ids) == LEARNERS_AT_ONCE:
        work.emit(RecountDue(course_id=course_id, after=UUID(ids[-1])))
    row = work.first(counting.RECOUNT, course_id=course_id, ids=ids)
    if row is None:
        raise AssertionError("the statement always returns a row")
    completed = 0
    if row.complete:
        settled = work.first(progress.SETTLE, ids=row.complete)
        if settled is None:
            raise AssertionError("the statement always returns a row")
        work.event_ids += settled.event_ids
        completed = settled.courses
    return Recount(row.enrollments, row.lessons, completed)


def repair_course(work: UnitOfWork, course_id: UUID) -> Recount:
    """The above, and the course's own counters of learners and ratings."""
    result = recount(work, course_id)
    work.execute(counting.LOCK_COURSE, course_id=course_id)
    work.execute(counting.REPAIR_COURSE, course_id=course_id)
    return result
