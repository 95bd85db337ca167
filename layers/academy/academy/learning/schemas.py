"""What learning takes in. Times spent are in seconds."""

from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from academy.learning.values import EnrollmentStatus
from academy.platform.http import ListQuery, Moment, Query, Schema, example

A_DAY = 86_400

Seconds = Annotated[int, Field(ge=0, le=A_DAY, description="Seconds; more than a day at once is refused.")]
Score = Annotated[float, Field(ge=0, le=100, description="Percent, as the page that showed the section counted it.")]


class CoursePageQuery(Query):
    """`includeProgress` adds the caller's progress to the course page."""

    include_progress: bool = False


class LearnerQuery(Query):
    """`userId` asks for somebody else's: the course's owner or an admin may."""

    user_id: UUID | None = None


class EnrollmentsQuery(ListQuery):
    status: EnrollmentStatus | None = None


class StudentsQuery(ListQuery):
    status: EnrollmentStatus | None = None


class NewRating(Schema):
    model_config = example(rating=5, review="Exactly the right pace.")

    rating: Annotated[int, Field(ge=1, le=5)]
    review: Annotated[str | None, Field(max_length=2000)] = None


class SectionReport(Schema):
    """What a learner did in a section. `completed: false` reports time only; nothing takes a completion back."""

    model_config = example(
        courseId="01900000-0000-7000-8000-000000000001",
        lessonId="01900000-0000-7000-8000-000000000001",
        sectionId="01900000-0000-7000-8000-000000000001",
        completed=True,
        timeSpent=120,
    )

    course_id: UUID
    lesson_id: UUID
    section_id: UUID
    completed: bool = True
    time_spent: Seconds = 0
    score: Score | None = None


class CompletionReport(Schema):
    """How long it took."""

    time_spent: Seconds = 0
    score: Score | None = None


class LessonReport(Schema):
    """A whole lesson is done: every section of it that lives."""

    model_config = example(lessonId="01900000-0000-7000-8000-000000000001", timeSpent=600)

    course_id: UUID | None = None
    lesson_id: UUID
    time_spent: Seconds = 0


class UpdateType(StrEnum):
    SECTION_COMPLETED = "section_completed"
    INTERACTION = "interaction"
    TIME_UPDATE = "time_update"


class OfflineUpdate(Schema):
    """One thing that happened while offline. `clientId` is the client's name for it: told twice, it counts once."""

    type: UpdateType
    client_id: Annotated[str, Field(min_length=1, max_length=200)]
    timestamp: Moment
    lesson_id: UUID | None = None
    section_id: UUID | None = None
    time_spent: Seconds = 0
    score: Score | None = None
    data: Annotated[dict[str, Any], Field(max_length=50)] = {}  # noqa: RUF012 - pydantic copies it

    @model_validator(mode="after")
    def _names_its_section(self) -> Self:
        if self.type is not UpdateType.INTERACTION and self.section_id is None:
            raise ValueError(f"{self.type} needs a sectionId")
        return self


class OfflineBatch(Schema):
    updates: Annotated[list[OfflineUpdate], Field(min_length=1, max_length=500)]


class StudyTime(Schema):
    """A stretch of study that has just ended (or ended at `endedAt`). Give `startedAt`, `timeSpent`, or both."""

    model_config = example(timeSpent=900)

    course_id: UUID | None = None
    lesson_id: UUID | None = None
    time_spent: Annotated[int, Field(ge=1, le=A_DAY)] | None = None
    started_at: Moment | None = None
    ended_at: Moment | None = None

    @model_validator(mode="after")
    def _says_how_long(self) -> Self:
        if self.time_spent is None and self.started_at is None:
            raise ValueError("timeSpent or startedAt is needed")
        return self


class TimeSummaryQuery(Query):
    """How many days back, today included."""

    days: Annotated[int, Field(ge=1, le=366)] = 30
