"""Modules, lessons and sections: written, moved, removed."""

import json
from typing import Any
from uuid import UUID

from academy.catalog import outline_repository as repository
from academy.catalog.authoring import (
    Created,
    LockedCourse,
    Written,
    changes_of,
    content_changed,
    created,
    lock_for_editing,
    require_editable,
    write,
    written,
)
from academy.catalog.schemas import (
    LessonChanges,
    ModuleChanges,
    ModulePlace,
    NewLesson,
    NewModule,
    NewSection,
    SectionChanges,
)
from academy.platform.errors import NotFound, PreconditionFailed, RuleBroken, ValidationFailed
from academy.platform.http import Json, Request
from academy.platform.ids import uuid7

CLEARABLE = frozenset({"video_url", "materials_key", "subtitle_key"})
RENAMED = {"estimated_time": "estimated_minutes"}
"""The API's names of columns that are called otherwise."""


def create_module(request: Request, course_id: UUID, body: NewModule) -> Created:
    """Raises NotFound, PreconditionFailed, Conflict."""
    course = lock_for_editing(request, course_id)
    return _insert(request, "module", course, parent=course_id, values=_columns(body.model_dump(mode="json")), position=body.position)


def create_lesson_in_course(request: Request, course_id: UUID, body: NewLesson) -> Created:
    """In the module that the body names, else in the last one; a course without modules gets its first. Raises NotFound, Conflict, ValidationFailed."""
    course = lock_for_editing(request, course_id)
    home = request.work.value(repository.LESSON_HOME, course_id=course_id, module_id=body.module_id, new_id=uuid7())
    if home is None:
        raise ValidationFailed.of("body.moduleId", "This course has no such module.", "not_found")
    return _create_lesson(request, course, home, body)


def create_lesson_in_module(request: Request, module_id: UUID, body: NewLesson) -> Created:
    """Raises NotFound, Conflict, ValidationFailed."""
    if body.module_id is not None and body.module_id != module_id:
        raise ValidationFailed.of("body.moduleId", "The address names another module.")
    return _create_lesson(request, _lock(request, "module", module_id), module_id, body)


def create_section(request: Request, lesson_id: UUID, body: NewSection) -> Created:
    """Raises NotFound, Conflict."""
    course = _lock(request, "lesson", lesson_id)
    return _insert(request, "section", course, parent=lesson_id, values=_columns(body.model_dump(mode="json")), position=body.order)


def update_module(request: Request, module_id: UUID, body: ModuleChanges) -> Written:
    """Raises NotFound, PreconditionFailed, Conflict."""
    course = _lock(request, "module", module_id)
    return _update(request, "module", course, id=module_id, changes=changes_of(body), position=body.position)


def update_lesson(request: Request, lesson_id: UUID, body: LessonChanges, course_id: UUID | None = None) -> Written:
    """Raises NotFound, PreconditionFailed, Conflict, ValidationFailed."""
    course = _lock(request, "lesson", lesson_id, course_id)
    _require_own_keys(course, materials_key=body.materials_key, subtitle_key=body.subtitle_key)
    return _update(request, "lesson", course, id=lesson_id, changes=changes_of(body, clearable=CLEARABLE), position=body.order)


def update_section(request: Request, section_id: UUID, body: SectionChanges) -> Written:
    """Raises NotFound, PreconditionFailed, Conflict."""
    course = _lock(request, "section", section_id)
    return _update(request, "section", course, id=section_id, changes=changes_of(body), position=body.order)


def delete(request: Request, level: str, id: UUID, course_id: UUID | None = None) -> None:
    """A module, lesson or section with all that is in it. Hidden, not removed: what learners did there stays explained.

    Raises NotFound, PreconditionFailed, Conflict.
    """
    course = _lock(request, level, id, course_id)
    if request.work.value(repository.DELETES[level], id=id, version=request.if_match) is None:
        raise _gone(request, level)
    content_changed(request, course, structural=True)
    request.audit(f"{level}.delete", level, id, before={"courseId": str(course.id)})


def restructure(request: Request, course_id: UUID, body: list[ModulePlace]) -> Written:
    """The whole order at once, or nothing. Raises NotFound, PreconditionFailed, Conflict, RuleBroken with every difference."""
    course = lock_for_editing(request, course_id)
    places = _places(body)
    seen: set[str] = set()
    repeated = [place["id"] for place in places if place["id"] in seen or seen.add(place["id"])]  # type: ignore[func-returns-value]
    if repeated:
        raise RuleBroken("STRUCTURE_MISMATCH", "Something is named twice.", details=[_problem("body", "twice", one) for one in repeated])
    row = request.work.first(repository.RESTRUCTURE, course_id=course_id, places=json.dumps(places))
    if row is None or row.version is None:
        problems = json.loads(row.problems) if row else []
        raise RuleBroken(
            "STRUCTURE_MISMATCH",
            "The structure has to name every module, lesson and section of the course once, and nothing else.",
            details=[_problem(f"{problem['kind']}s", problem["type"], problem["id"]) for problem in problems],
        )
    outline = request.work.value(repository.OUTLINE, course_id=course_id)
    content_changed(request, course, structural=True)
    request.audit("course.restructure", "course", course_id, before={"version": course.version}, after={"version": row.version})
    return Written(Json(outline), row.version)


def _places(body: list[ModulePlace]) -> list[dict[str, Any]]:
    """Kind, id, parent and position of each row named."""
    places: list[dict[str, Any]] = []
    for m, module in enumerate(body, 1):
        places.append({"kind": "module", "id": str(module.module_id), "parent": None, "position": m})
        for n, lesson in enumerate(module.lessons, 1):
            places.append({"kind": "lesson", "id": str(lesson.lesson_id), "parent": str(module.module_id), "position": n})
            places += [
                {"kind": "section", "id": str(section), "parent": str(lesson.lesson_id), "position": s}
                for s, section in enumerate(lesson.sections, 1)
            ]
    return places


_MESSAGES = {"missing": "It is in the course but not in the structure.", "unknown": "The course has no such part.", "twice": "Named twice."}


def _problem(field: str, kind: str, id: str) -> dict[str, str]:
    return {"field": field, "message": _MESSAGES[kind], "type": kind, "id": id}


def _create_lesson(request: Request, course: LockedCourse, module_id: UUID, body: NewLesson) -> Created:
    _require_own_keys(course, materials_key=body.materials_key, subtitle_key=body.subtitle_key)
    return _insert(request, "lesson", course, parent=module_id, values=_columns(body.model_dump(mode="json")), position=body.order)


def _require_own_keys(course: LockedCourse, **keys: str | None) -> None:
    """Files are read by presigned links: a key of another course would open that course's files. Raises ValidationFailed."""
    for name, key in keys.items():
        if key is not None and not key.startswith(f"materials/{course.id}/"):
            field = "body." + name.replace("_key", "Key")
            raise ValidationFailed.of(field, "This is not a file of this course.")


def _lock(request: Request, level: str, id: UUID, course_id: UUID | None = None) -> LockedCourse:
    row = request.work.first(
        repository.LOCKS[level],
        id=id,
        course_id=course_id,
        caller=request.caller.id,
        any=request.caller.can("course:edit_any"),
    )
    if row is None:
        raise NotFound(level)
    course = LockedCourse.of(row)
    require_editable(request, course)
    return course


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    return {RENAMED.get(name, name): value for name, value in values.items()}


def _insert(request: Request, level: str, course: LockedCourse, *, parent: UUID, values: dict[str, Any], position: int | None) -> Created:
    identifier = uuid7()
    row = write(
        request,
        repository.INSERTS[level],
        id=identifier,
        parent_id=parent,
        position=position,
        values={name: value for name, value in values.items() if name not in {"position", "order", "module_id"}},
        **({} if level == "module" else {"course_id": course.id}),
    )
    content_changed(request, course, structural=True)
    request.audit(f"{level}.create", level, identifier, after={"courseId": str(course.id), "title": values["title"]})
    return created(row, identifier, NotFound(repository.LEVELS[level].parent))


def _update(request: Request, level: str, course: LockedCourse, *, id: UUID, changes: dict[str, Any], position: int | None) -> Written:
    row = write(
        request,
        repository.UPDATES[level],
        id=id,
        version=request.if_match,
        position=position,
        changes={name: value for name, value in _columns(changes).items() if name not in {"position", "order"}},
    )
    content_changed(request, course, structural=False)
    request.audit(f"{level}.update", level, id, after={"courseId": str(course.id), "fields": sorted(changes)})
    return written(row, _gone(request, level))


def _gone(request: Request, level: str) -> NotFound | PreconditionFailed:
    return NotFound(level) if request.if_match is None else PreconditionFailed()
