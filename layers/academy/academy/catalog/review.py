"""The admins' review: what waits, approved, sent back."""

from uuid import UUID

from academy.catalog import indexing, repository
from academy.catalog.authoring import LockedCourse, Written, lock_course, written
from academy.catalog.events import CoursePublished, CourseRejected
from academy.catalog.schemas import Rejection, ReviewQuery
from academy.catalog.values import CourseStatus
from academy.platform.config import config
from academy.platform.errors import Conflict
from academy.platform.http import Page, Request

REVIEW = "course:review"


def list_queue(request: Request, query: ReviewQuery) -> Page:
    """Longest waiting first. Courses that students had written for themselves are not reviewed."""
    after = query.after(str, str) or [None, None]
    rows = request.work.rows(
        repository.REVIEW_QUEUE,
        status=query.status,
        after_at=after[0],
        after_id=after[1],
        limit=query.limit,
        offset=query.offset,
        counted=query.counted,
        media=config().media_url,
    )
    return Page.of(rows, query)


def approve_course(request: Request, course_id: UUID) -> Written:
    """in_review → published: found from now on; its instructor becomes an approved one. Raises NotFound, PreconditionFailed, Conflict."""
    course = _lock(request, course_id)
    row = request.work.first(repository.APPROVE_COURSE, course_id=course_id, reviewer=request.caller.id, media=config().media_url)
    indexing.index_course(request.work, course_id)
    request.work.emit(CoursePublished(course_id=course_id, instructor_id=course.instructor_id, title=course.title))
    request.audit("course.approve", "course", course_id, before={"status": course.status}, after={"status": CourseStatus.PUBLISHED})
    if row is not None and row.instructor_approved:
        request.audit("user.approve_instructor", "user", course.instructor_id, after={"courseId": str(course_id)})
    return written(row)


def reject_course(request: Request, course_id: UUID, body: Rejection) -> Written:
    """in_review → rejected, with the reason for its author. Raises NotFound, PreconditionFailed, Conflict."""
    course = _lock(request, course_id)
    row = request.work.first(
        repository.REJECT_COURSE, course_id=course_id, reviewer=request.caller.id, reason=body.reason, media=config().media_url
    )
    request.work.emit(CourseRejected(course_id=course_id, instructor_id=course.instructor_id, title=course.title, reason=body.reason))
    request.audit("course.reject", "course", course_id, before={"status": course.status}, after={"status": CourseStatus.REJECTED})
    return written(row)


def _lock(request: Request, course_id: UUID) -> LockedCourse:
    course = lock_course(request, course_id, any_course=REVIEW)
    if course.status is not CourseStatus.IN_REVIEW:
        raise Conflict("COURSE_NOT_IN_REVIEW", "This course is not waiting for a review.")
    return course
