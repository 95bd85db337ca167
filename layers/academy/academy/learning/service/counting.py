"""Progress counted anew from its rows."""

from uuid import UUID

from academy.learning.events import RecountDue
from academy.learning.repository import counting, progress
from academy.platform.db import UnitOfWork

LEARNERS_AT_ONCE = 2_000
"""A transaction holds up these learners' reports, for less than a second."""


def recount(work: UnitOfWork, course_id: UUID, *, after: UUID | None = None) -> None:
    """The learners of a course, against its sections as they are now. What completes by it is told as an event.

    Of very many only the first `LEARNERS_AT_ONCE` after the enrolment `after`; an event asks for the next.
    """
    ids = [row.id for row in work.rows(counting.LOCK_ENROLLMENTS, course_id=course_id, after=after, limit=LEARNERS_AT_ONCE)]
    if len(ids) == LEARNERS_AT_ONCE:
        work.emit(RecountDue(course_id=course_id, after=UUID(ids[-1])))
    complete = work.value(counting.RECOUNT, course_id=course_id, ids=ids)
    if complete:
        work.emitted(work.rows(progress.SETTLE, ids=complete)[0].events)


def repair_course(work: UnitOfWork, course_id: UUID) -> None:
    """The above, and the course's own counters of learners and ratings."""
    recount(work, course_id)
    work.execute(counting.LOCK_COURSE, course_id=course_id)
    work.execute(counting.REPAIR_COURSE, course_id=course_id)
