"""What learning does when something happened elsewhere."""

from academy.catalog.events import CourseContentChanged
from academy.learning.service.counting import recount
from academy.platform.db import UnitOfWork
from academy.platform.events import Envelope

HANDLES = frozenset({CourseContentChanged.kind})


def handle(work: UnitOfWork, envelope: Envelope) -> None:
    """A course's content changed: its learners' counters follow. Other kinds, and changes that move no counter, pass by."""
    if envelope.kind not in HANDLES:
        return
    change = CourseContentChanged.model_validate(envelope.payload)
    if change.structural:
        recount(work, change.course_id)
