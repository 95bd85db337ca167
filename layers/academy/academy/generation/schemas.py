"""What comes in and goes out of course generation."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from academy.catalog.values import Difficulty
from academy.generation.briefs import FEWEST_LESSONS, MOST_LESSONS, CourseBrief
from academy.generation.values import JobStatus, Stage
from academy.platform.http import Schema, View, example

LONGEST_SOURCE = 200_000

Topic = Annotated[str, StringConstraints(min_length=3, max_length=200)]
Objective = Annotated[str, StringConstraints(min_length=10, max_length=200)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=50)]
Requirements = Annotated[str, StringConstraints(max_length=5000)]


class GenerateCourse(Schema):
    """`topic` (or `title`) and `difficulty` suffice. `sourceText`, or the key of an uploaded text, is what the course then rests on."""

    model_config = example(
        topic="Photosynthesis",
        difficulty="beginner",
        duration=60,
        lessonCount=3,
        sourceText="Photosynthesis turns light into chemical energy. It happens in the chloroplasts.",
    )

    topic: Topic | None = None
    title: Topic | None = None
    description: Annotated[str, StringConstraints(min_length=10, max_length=5000)] | None = None
    difficulty: Difficulty
    duration: Annotated[int, Field(ge=30, le=480, description="the learner's time in minutes")] = 120
    objectives: Annotated[tuple[Objective, ...], Field(max_length=10)] = ()
    requirements: Requirements | Annotated[list[Requirements], Field(max_length=20)] | None = None
    tags: Annotated[tuple[Tag, ...], Field(max_length=20)] = ()
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)] = "en"
    lesson_count: Annotated[int, Field(ge=FEWEST_LESSONS, le=MOST_LESSONS)] | None = None
    domain: Annotated[str, StringConstraints(min_length=1, max_length=60)] | None = None
    source_text: Annotated[str, StringConstraints(max_length=LONGEST_SOURCE)] | None = None
    source_key: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None

    @model_validator(mode="after")
    def _names_its_subject_and_one_source_at_most(self) -> Self:
        if self.topic is None and self.title is None:
            raise ValueError("topic is required")
        if self.source_text and self.source_key:
            raise ValueError("give sourceText or sourceKey, not both")
        return self

    def brief(self) -> CourseBrief:
        requirements = self.requirements or ""
        return CourseBrief(
            topic=self.topic or self.title or "",
            difficulty=self.difficulty,
            duration=self.duration,
            language=self.language,
            description=self.description or "",
            objectives=self.objectives,
            requirements=requirements if isinstance(requirements, str) else "\n".join(requirements),
            tags=self.tags,
            lesson_count=self.lesson_count,
        )


class NewSource(Schema):
    """A text to be uploaded, in bytes."""

    size: Annotated[int, Field(ge=1, le=LONGEST_SOURCE * 4)]


class SourceUploadView(View):
    """Send `fields` and the file to `url` as multipart/form-data, then give `sourceKey` to the generation."""

    source_key: str
    url: str
    fields: dict[str, str]
    expires_in: int


class GenerationUsage(View):
    """`costMicros` are millionths of a US dollar."""

    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cost_micros: int


class GenerationLessons(View):
    total: int
    done: int
    failed: int


class GenerationJobView(View):
    """`progress` is counted from finished steps: plan, picture, each lesson, assembly."""

    job_id: UUID
    topic: str
    status: JobStatus
    stage: Stage
    progress: int
    attempt: int
    course_id: UUID | None
    lessons: GenerationLessons
    usage: GenerationUsage
    error: dict[str, Any] | None
    estimated_completion: datetime | None
    events_url: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
