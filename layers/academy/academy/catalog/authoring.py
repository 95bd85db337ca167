"""What all authoring has in common: lock the course as its author, ask whether it may be changed, tell the rest of the academy."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from academy.catalog import repository
from academy.catalog.events import CourseContentChanged
from academy.catalog.values import CourseStatus, Visibility
from academy.platform.db import DatabaseFailure, Row, Statement
from academy.platform.errors import AcademyError, Conflict, Forbidden, NotFound, PreconditionFailed, ValidationFailed
from academy.platform.http import Json, Request, Schema

EDIT = "course:edit"
EDIT_ANY = "course:edit_any"


@dataclass(frozen=True, slots=True)
class Written:
    """A row as it is now: its JSON, and its version for the ETag."""

    json: Json
    version: int


@dataclass(frozen=True, slots=True)
class Created(Written):
    """A row that is new, with the id by which its address goes."""

    id: UUID


@dataclass(frozen=True, slots=True)
class LockedCourse:
    """A course whose row this transaction holds."""

    id: UUID
    instructor_id: UUID
    title: str
    status: CourseStatus
    visibility: Visibility
    version: int
    content_version: int
    total_enrollments: int

    @classmethod
    def of(cls, row: Row) -> "LockedCourse":
        return cls(
            row.id,
            row.instructor_id,
            row.title,
            CourseStatus(row.status),
            Visibility(row.visibility),
            row.version,
            row.content_version,
            row.total_enrollments,
        )

    @property
    def has_readers(self) -> bool:
        """Learners may be in it."""
        return self.status in {CourseStatus.PUBLISHED, CourseStatus.ARCHIVED}

    @property
    def is_listed(self) -> bool:
        return self.status is CourseStatus.PUBLISHED and self.visibility is Visibility.PUBLIC


def lock_course(
    request: Request, course_id: UUID, *, statement: Statement = repository.LOCK_COURSE, any_course: str = EDIT_ANY
) -> LockedCourse:
    """As its author, or with the permission for any course. Raises NotFound, PreconditionFailed."""
    row = request.work.first(statement, course_id=course_id, caller=request.caller.id, any=request.caller.can(any_course))
    if row is None:
        raise NotFound("course")
    if request.if_match is not None and request.if_match != row.version:
        raise PreconditionFailed
    return LockedCourse.of(row)


def lock_own_course(request: Request, course_id: UUID) -> LockedCourse:
    """As its author; a private course also as the learner who had it written, who edits no others. Raises Forbidden, NotFound, PreconditionFailed."""
    may_edit = request.caller.can(EDIT)
    try:
        course = lock_course(request, course_id)
    except NotFound:
        if may_edit:
            raise
        raise Forbidden from None
    if not may_edit and (course.visibility is not Visibility.PRIVATE or course.instructor_id != request.caller.id):
        raise Forbidden
    return course


def lock_for_editing(request: Request, course_id: UUID, *, statement: Statement = repository.LOCK_COURSE) -> LockedCourse:
    """Raises NotFound, PreconditionFailed, Conflict."""
    course = lock_course(request, course_id, statement=statement)
    require_editable(request, course)
    return course


def require_editable(request: Request, course: LockedCourse) -> None:
    """What an admin is reading does not change under their eyes. Raises Conflict."""
    if course.status is CourseStatus.IN_REVIEW and not request.caller.can(EDIT_ANY):
        raise Conflict("COURSE_IN_REVIEW", "This course is being reviewed. Withdraw it from review to change it.")


def content_changed(request: Request, course: LockedCourse, *, structural: bool) -> None:
    """Tell those who count progress, if there can be any."""
    if course.has_readers:
        event = CourseContentChanged(course_id=course.id, content_version=course.content_version + 1, structural=structural)
        request.work.emit(event)


def changes_of(body: Schema, *, clearable: frozenset[str] = frozenset()) -> dict[str, Any]:
    """What the caller set, JSON-ready; null counts only for what may be empty."""
    given = body.model_dump(mode="json", exclude_unset=True)
    return {name: value for name, value in given.items() if value is not None or name in clearable}


def write(request: Request, statement: Statement, **parameters: Any) -> Row | None:
    """Run a statement that takes values from outside. Raises ValidationFailed for a field of study that does not exist."""
    try:
        return request.work.first(statement, **{name: json.dumps(v) if isinstance(v, dict) else v for name, v in parameters.items()})
    except DatabaseFailure as failure:
        if failure.constraint == "fk_courses_domain_domains":
            raise ValidationFailed.of("body.domain", "There is no such field of study.", "enum") from failure
        raise


def written(row: Row | None, error: AcademyError | None = None) -> Written:
    if row is None:
        raise error or NotFound("course")
    return Written(Json(row.json), row.version)


def created(row: Row | None, id: UUID, error: AcademyError | None = None) -> Created:
    new = written(row, error)
    return Created(new.json, new.version, id)
