"""The course page's shape."""

from datetime import datetime
from uuid import UUID

from academy.catalog.values import Difficulty, SectionType, Visibility
from academy.catalog.views import CourseCardView, RatingView
from academy.learning.views import EnrollmentView, ProgressNumbersView
from academy.platform.http import View


class PageSectionView(View):
    """A section without its content."""

    id: UUID
    title: str
    type: SectionType
    order: int
    estimated_minutes: int


class PageLessonView(View):
    """`estimatedTime` in minutes. A preview can be read before enrolment."""

    id: UUID
    title: str
    description: str
    order: int
    estimated_time: int
    objectives: list[str]
    is_preview: bool
    sections: list[PageSectionView]


class PageModuleView(View):
    id: UUID
    title: str
    description: str
    order: int
    position: int
    lessons: list[PageLessonView]


class PageQuizView(View):
    """A quiz without its questions. `timeLimit` in seconds; `questionCount` is how many one attempt draws."""

    id: UUID
    module_id: UUID
    lesson_id: UUID | None
    title: str
    description: str
    time_limit: int | None
    pass_percent: int
    max_attempts: int | None
    question_count: int


class PageAssignmentView(View):
    id: UUID
    title: str


class RelatedCourseView(View):
    id: UUID
    title: str
    difficulty: Difficulty


class PageStatisticsView(View):
    module_count: int
    lesson_count: int
    section_count: int
    quiz_count: int
    assignment_count: int
    estimated_minutes: int
    total_enrollments: int
    average_rating: float
    total_ratings: int


class PageLessonProgressView(View):
    lesson_id: UUID
    completed: bool
    completed_at: datetime | None
    completed_sections: int
    time_spent: int


class PageSectionProgressView(View):
    section_id: UUID
    lesson_id: UUID
    completed: bool
    completed_at: datetime | None
    time_spent: int
    score: int | None


class PageProgressView(ProgressNumbersView):
    """What the caller has touched; a lesson or section that is not listed has not been."""

    lessons: list[PageLessonProgressView]
    sections: list[PageSectionProgressView]


class CoursePageView(CourseCardView):
    """A course with its whole outline. `enrollment` is there for signed-in callers, `progress` where it was asked for; both may be null."""

    visibility: Visibility
    objectives: list[str]
    content_version: int
    version: int
    created_at: datetime
    updated_at: datetime
    rejection_reason: str | None
    modules: list[PageModuleView]
    quizzes: list[PageQuizView]
    assignments: list[PageAssignmentView]
    prerequisites: list[RelatedCourseView]
    required_by: list[RelatedCourseView]
    statistics: PageStatisticsView
    ratings: list[RatingView]
    enrollment: EnrollmentView | None = None
    progress: PageProgressView | None = None
