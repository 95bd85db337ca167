"""What generation tells the rest of the academy."""

from typing import ClassVar
from uuid import UUID

from academy.platform.events import DomainEvent


class GenerationCompleted(DomainEvent):
    """A course is written and stands as a draft (a student's private one: ready to be learned)."""

    kind: ClassVar[str] = "generation.completed"

    job_id: UUID
    user_id: UUID
    course_id: UUID
    title: str


class GenerationFailed(DomainEvent):
    """A job stopped for a reason that a person can read. What was made is kept."""

    kind: ClassVar[str] = "generation.failed"

    job_id: UUID
    user_id: UUID
    title: str
    code: str
    reason: str
