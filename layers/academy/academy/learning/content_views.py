"""Lessons and sections as they are read: what their author wrote, and how far the reader is. Times spent are in seconds, estimates in minutes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from academy.catalog.views import LessonView, SectionView
from academy.learning.views import SectionProgressView
from academy.platform.http import View


class LessonStateView(View):
    """The reader's own progress in a lesson."""

    completed: bool
    completed_at: datetime | None
    completed_sections: int
    time_spent: int


class SectionStateView(View):
    """The reader's own progress in a section. `score` in percent."""

    completed: bool
    completed_at: datetime | None
    time_spent: int
    score: int | None
    last_seen_at: datetime | None


class ListedLessonView(LessonView):
    """A lesson in its course's list. Where `readable` is false, `videoUrl`, `materialsKey` and `subtitleKey` are null; `progress` is null
    for who is not enrolled."""

    module_title: str
    section_count: int
    readable: bool
    progress: LessonStateView | None


class ReadLessonView(LessonView):
    """A lesson with its sections (their content is at `/sections/{id}`). The lessons before and after are those that the reader may read."""

    course_title: str
    module_title: str
    accessibility: dict[str, Any] | None
    sections: list[SectionProgressView]
    progress: LessonStateView | None
    previous_lesson_id: UUID | None
    next_lesson_id: UUID | None


class ReadSectionView(SectionView):
    """A section with its content. `data` of a quiz holds no questions for its readers: they are asked by the quiz itself.
    The sections before and after, over lessons and modules, are those that the reader may read; `progress` is null for who is not enrolled."""

    module_id: UUID
    course_title: str
    lesson_title: str
    accessibility: dict[str, Any] | None
    progress: SectionStateView | None
    previous_section_id: UUID | None
    next_section_id: UUID | None
