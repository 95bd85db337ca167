"""What the catalog tells the rest of the academy."""

from typing import ClassVar
from uuid import UUID

from academy.platform.events import DomainEvent


class CoursePublished(DomainEvent):
    """An admin approved the course: learners can find it and enrol."""

    kind: ClassVar[str] = "course.published"

    course_id: UUID
    instructor_id: UUID
    title: str


class CourseRejected(DomainEvent):
    """An admin sent the course back, with the reason."""

    kind: ClassVar[str] = "course.rejected"

    course_id: UUID
    instructor_id: UUID
    title: str
    reason: str


class CourseUpdated(DomainEvent):
    """A course that learners have or can find has another title, price or other property. `fields` are the API's names."""

    kind: ClassVar[str] = "course.updated"

    course_id: UUID
    fields: list[str]


class CourseArchived(DomainEvent):
    """No new enrolments; those who are in stay in."""

    kind: ClassVar[str] = "course.archived"

    course_id: UUID
    instructor_id: UUID
    title: str


class CourseContentChanged(DomainEvent):
    """Modules, lessons or sections of a course with learners were added, changed, moved or removed: progress has to be counted anew.

    `structural` is false if only a text or title changed, which no counter depends on.
    """

    kind: ClassVar[str] = "course.content_changed"

    course_id: UUID
    content_version: int
    structural: bool
