"""Courses: made, changed, submitted, removed; what has to be learned before; what learners think of them."""

from typing import Any
from uuid import UUID

from academy.catalog import indexing, repository
from academy.catalog.authoring import (
    EDIT_ANY,
    Created,
    Written,
    changes_of,
    created,
    lock_course,
    lock_for_editing,
    lock_own_course,
    require_editable,
    write,
    written,
)
from academy.catalog.events import CourseArchived, CourseUpdated
from academy.catalog.schemas import CourseChanges, CourseQuery, NewCourse, Prerequisites
from academy.catalog.search import Found, find_courses
from academy.catalog.values import CourseStatus, Visibility
from academy.platform.config import config
from academy.platform.errors import Conflict, NotFound, RuleBroken
from academy.platform.http import ListQuery, Page, Request
from academy.platform.ids import uuid7

CLEARABLE = frozenset({"thumbnail_key"})


def list_courses(request: Request, query: CourseQuery) -> Found:
    """A page of cards, the search as it was corrected, and facets. Raises Unauthenticated for `mine` without a token."""
    return find_courses(request.work, query, caller=request.caller.id if query.mine else None)


def create_course(request: Request, body: NewCourse) -> Created:
    """A draft of the caller's. Raises ValidationFailed."""
    course_id = uuid7()
    values = body.model_dump()
    row = write(request, repository.CREATE_COURSE, id=course_id, caller=request.caller.id, values=values, media=config().media_url)
    request.audit("course.create", "course", course_id, after={"title": body.title})
    return created(row, course_id)


def update_course(request: Request, course_id: UUID, body: CourseChanges) -> Written:
    """Raises Forbidden, NotFound, PreconditionFailed, Conflict, ValidationFailed."""
    course = lock_own_course(request, course_id)
    require_editable(request, course)
    changes = changes_of(body, clearable=CLEARABLE)
    row = write(request, repository.UPDATE_COURSE, course_id=course_id, changes=changes, media=config().media_url)
    changed = {name: value for name, value in changes.items() if row and name in row.fields}
    if changed:
        if course.is_listed:
            indexing.index_course(request.work, course_id)
        if course.has_readers:
            names = [CourseChanges.model_fields[name].alias or name for name in changed]
            request.work.emit(CourseUpdated(course_id=course_id, fields=names))
        request.audit("course.update", "course", course_id, before={"version": course.version}, after=_auditable(changed))
    return written(row)


def delete_course(request: Request, course_id: UUID) -> None:
    """Hidden, or archived if it has learners other than its owner. Raises Forbidden, NotFound, PreconditionFailed."""
    course = lock_own_course(request, course_id)
    archive = course.has_readers and course.total_enrollments > 0 and course.visibility is Visibility.PUBLIC
    request.work.execute(repository.REMOVE_COURSE, course_id=course_id, archive=archive)
    if course.has_readers and course.status is not CourseStatus.ARCHIVED:
        request.work.emit(CourseArchived(course_id=course_id, instructor_id=course.instructor_id, title=course.title))
    request.audit("course.archive" if archive else "course.delete", "course", course_id, before={"status": course.status})


def submit_course(request: Request, course_id: UUID) -> Written:
    """draft or rejected → in_review. Raises NotFound, PreconditionFailed, Conflict, RuleBroken with everything that is missing."""
    course = lock_course(request, course_id)
    if course.status not in {CourseStatus.DRAFT, CourseStatus.REJECTED}:
        raise Conflict("COURSE_NOT_DRAFT", f"Only a draft can be submitted; this course is {course.status.replace('_', ' ')}.")
    missing = request.work.rows(repository.MISSING, course_id=course_id)
    if missing:
        raise RuleBroken(
            "COURSE_NOT_PUBLISHABLE", "This course is not ready to be reviewed yet.", details=[row.as_dict() for row in missing]
        )
    row = request.work.first(repository.SUBMIT_COURSE, course_id=course_id, media=config().media_url)
    request.audit("course.submit", "course", course_id, before={"status": course.status}, after={"status": CourseStatus.IN_REVIEW})
    return written(row)


def withdraw_course(request: Request, course_id: UUID) -> Written:
    """in_review → draft, to go on writing. Raises NotFound, PreconditionFailed, Conflict."""
    course = lock_course(request, course_id)
    if course.status is not CourseStatus.IN_REVIEW:
        raise Conflict("COURSE_NOT_IN_REVIEW", "This course is not being reviewed.")
    row = request.work.first(repository.WITHDRAW_COURSE, course_id=course_id, media=config().media_url)
    request.audit("course.withdraw", "course", course_id, before={"status": course.status}, after={"status": CourseStatus.DRAFT})
    return written(row)


def set_prerequisites(request: Request, course_id: UUID, body: Prerequisites) -> Written:
    """Replace the set. Raises NotFound, PreconditionFailed, Conflict, RuleBroken for a cycle or a course that can't be required."""
    course = lock_for_editing(request, course_id, statement=repository.LOCK_PREREQUISITES)
    ids = list(dict.fromkeys(body.course_ids))
    row = request.work.first(repository.SET_PREREQUISITES, course_id=course_id, ids=ids, owner=course.instructor_id)
    if row is None:
        raise AssertionError("the statement always returns a row")
    if row.unknown:
        positions = {str(identifier): index for index, identifier in enumerate(body.course_ids)}
        details = [
            {"field": f"body.courseIds.{positions[identifier]}", "message": "There is no such course.", "type": "not_found"}
            for identifier in row.unknown
        ]
        raise RuleBroken("PREREQUISITE_NOT_FOUND", "Not every course of these can be asked for.", details=details)
    if row.cyclic:
        raise RuleBroken("PREREQUISITE_CYCLE", "These courses ask, directly or indirectly, for this one.")
    if course.has_readers:
        request.work.emit(CourseUpdated(course_id=course_id, fields=["prerequisites"]))
    request.audit("course.set_prerequisites", "course", course_id, after={"courseIds": [str(identifier) for identifier in ids]})
    return written(row)


def list_ratings(request: Request, course_id: UUID, query: ListQuery) -> Page:
    """Latest first. Raises NotFound."""
    after = query.after(str, str) or [None, None]
    rows = request.work.rows(
        repository.RATINGS,
        course_id=course_id,
        caller=request.visitor_id,
        any=request.visitor is not None and request.visitor.can(EDIT_ANY),
        after_at=after[0],
        after_id=after[1],
        limit=query.limit,
        offset=query.offset,
        counted=query.counted,
    )
    if not rows:
        raise NotFound("course")
    return Page.of(rows, query)


def _auditable(changes: dict[str, Any]) -> dict[str, Any]:
    """Long texts are named, not repeated."""
    return {name: value if len(str(value)) <= 200 else "…" for name, value in changes.items()}
