"""What learning does when something happened elsewhere."""

from academy.catalog.events import CourseContentChanged
from academy.learning.events import RecountDue
from academy.learning.service.counting import recount
from academy.platform.db import UnitOfWork
from academy.platform.events import Envelope

HANDLES = frozenset({CourseContentChanged.kind, RecountDue.kind})


def handle(work: UnitOfWork, envelope: Envelope) -> None:
    """A course's content changed: its learners' counters follow. Other kinds, and changes that move no counter, pass by."""
    if envelope.kind == RecountDue.kind:
        due = RecountDue.model_validate(envelope.payload)
        recount(work, due.course_id, after=due.after)
    if envelope.kind == CourseContentChanged.kind:
        change = CourseContentChanged.model_validate(envelope.payload)
        if change.structural:
            recount(work, change.course_id)
