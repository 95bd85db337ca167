"""What goes out: PostgreSQL builds the JSON (`rows.py`), these describe it; tests compare the two."""

from datetime import datetime
from typing import Any
from uuid import UUID

from academy.catalog.values import Category, CourseStatus, Difficulty, SectionType, Visibility
from academy.platform.http import View


class InstructorView(View):
    id: UUID
    full_name: str | None


class CourseCardView(View):
    """A course in a list. `price` in the currency's smallest unit."""

    id: UUID
    title: str
    description: str
    domain: str
    category: Category
    difficulty: Difficulty
    language: str
    thumbnail_url: str | None
    price: int
    currency: str
    instructor: InstructorView
    average_rating: float
    total_ratings: int
    total_enrollments: int
    module_count: int
    lesson_count: int
    section_count: int
    estimated_minutes: int
    tags: list[str]
    published_at: datetime | None
    status: CourseStatus


class AuthoredCourseView(CourseCardView):
    """A course as its author and the reviewers see it. `version` is what `If-Match` compares."""

    visibility: Visibility
    objectives: list[str]
    objective_levels: list[str]
    thumbnail_key: str | None
    submitted_at: datetime | None
    reviewed_at: datetime | None
    rejection_reason: str | None
    provenance: dict[str, Any] | None
    created_at: datetime
    updated_at: datetime
    version: int


class PrerequisiteView(View):
    """A course to complete first."""

    id: UUID
    title: str
    status: CourseStatus


class ModuleView(View):
    id: UUID
    course_id: UUID
    title: str
    description: str
    position: int
    order: int
    created_at: datetime
    updated_at: datetime
    version: int


class LessonView(View):
    """`estimatedTime` in minutes."""

    id: UUID
    course_id: UUID
    module_id: UUID
    title: str
    description: str
    order: int
    position: int
    estimated_time: int
    video_url: str | None
    materials_key: str | None
    subtitle_key: str | None
    objectives: list[str]
    is_preview: bool
    created_at: datetime
    updated_at: datetime
    version: int


class SectionView(View):
    """`citations` are the passages of the source text that a generated section rests on."""

    id: UUID
    course_id: UUID
    lesson_id: UUID
    title: str
    type: SectionType
    content: str
    data: dict[str, Any]
    order: int
    position: int
    estimated_minutes: int
    citations: list[Any] | None
    created_at: datetime
    updated_at: datetime
    version: int


class OutlineSectionView(View):
    id: UUID
    title: str
    type: SectionType
    order: int
    estimated_minutes: int


class OutlineLessonView(View):
    id: UUID
    title: str
    order: int
    estimated_time: int
    sections: list[OutlineSectionView]


class OutlineModuleView(View):
    """A module with all that is in it, without content."""

    id: UUID
    title: str
    order: int
    lessons: list[OutlineLessonView]


class RatingView(View):
    """A learner's opinion; `user.fullName` is null for someone who has left."""

    rating: int
    review: str | None
    user: InstructorView
    created_at: datetime
    updated_at: datetime
