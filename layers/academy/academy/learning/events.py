"""What learning tells the rest of the academy."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from academy.platform.events import DomainEvent


class RecountDue(DomainEvent):
    """A course with very many learners is counted anew in pieces: the next are those whose enrolments come after this one."""

    kind: ClassVar[str] = "course.recount_due"

    course_id: UUID
    after: UUID


class EnrollmentCreated(DomainEvent):
    """A learner is in a course. `source` says why (EnrollmentSource)."""

    kind: ClassVar[str] = "enrollment.created"

    enrollment_id: UUID
    user_id: UUID
    course_id: UUID
    source: str


class EnrollmentEnded(DomainEvent):
    """A learner left a course, or was let out of it."""

    kind: ClassVar[str] = "enrollment.ended"

    enrollment_id: UUID
    user_id: UUID
    course_id: UUID


class CourseRated(DomainEvent):
    """A learner said what they think of a course, for the first time or anew. `rating` is 1..5."""

    kind: ClassVar[str] = "course.rated"

    user_id: UUID
    course_id: UUID
    rating: int


class StudyMilestone(DomainEvent):
    """Study time alone made the learner's day count for their streak (`day`), or reached their weekly goal (`weekly_goal`)."""

    kind: ClassVar[str] = "study.milestone"

    user_id: UUID
    milestone: str


class SectionCompleted(DomainEvent):
    """Once for a section in an enrolment. Written by the statement that records progress; goes out with the outbox's next sweep."""

    kind: ClassVar[str] = "section.completed"

    enrollment_id: UUID
    user_id: UUID
    course_id: UUID
    lesson_id: UUID
    section_id: UUID
    score: int | None
    completed_at: datetime


class LessonCompleted(DomainEvent):
    """Once for a lesson in an enrolment: its last living section was completed."""

    kind: ClassVar[str] = "lesson.completed"

    enrollment_id: UUID
    user_id: UUID
    course_id: UUID
    lesson_id: UUID
    completed_at: datetime


class CourseCompleted(DomainEvent):
    """Once for an enrolment: its course's last living section was completed."""

    kind: ClassVar[str] = "course.completed"

    enrollment_id: UUID
    user_id: UUID
    course_id: UUID
    completed_at: datetime
