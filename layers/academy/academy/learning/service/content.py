"""Lessons and sections for those who may read them; for everybody else they are not there."""

from uuid import UUID

from academy.learning.repository import content
from academy.platform.db import Row
from academy.platform.errors import NotFound
from academy.platform.http import Answer, Json, ListQuery, Page, Request, ok


def list_lessons(request: Request, course_id: UUID, query: ListQuery) -> Page:
    """In the course's order; every member may see the list of a published course. Raises NotFound."""
    after = query.after(int, str, int, str) or [None, None, None, None]
    rows = request.work.rows(
        content.LIST_LESSONS,
        course_id=course_id,
        after_module=after[0],
        after_module_id=after[1],
        after_position=after[2],
        after_id=after[3],
        limit=query.limit,
        offset=query.offset,
        counted=query.counted,
        **_reader(request),
    )
    if not rows:
        raise NotFound("course")
    return Page.of(rows, query)


def get_lesson(request: Request, lesson_id: UUID, course_id: UUID | None = None) -> Answer:
    """Raises NotFound, also where the lesson is another course's than `course_id`."""
    row = request.work.first(content.GET_LESSON, lesson_id=lesson_id, course_id=course_id, **_reader(request))
    return _answer(row, "lesson")


def get_section(request: Request, section_id: UUID) -> Answer:
    """Raises NotFound."""
    return _answer(request.work.first(content.GET_SECTION, section_id=section_id, **_reader(request)), "section")


def _reader(request: Request) -> dict[str, object]:
    caller = request.caller
    return {"caller": caller.id, "any": caller.can("course:edit_any") or caller.can("course:review")}


def _answer(row: Row | None, thing: str) -> Answer:
    if row is None:
        raise NotFound(thing)
    return ok(Json(row.json), version=row.version)
