"""Getting into a course, out of it, and saying what one thinks of it."""

import json
from uuid import UUID

from academy.learning.events import CourseRated, EnrollmentCreated, EnrollmentEnded
from academy.learning.repository import enrollments
from academy.learning.schemas import EnrollmentsQuery, NewRating, StudentsQuery
from academy.learning.values import EnrollmentSource
from academy.platform.config import config
from academy.platform.errors import Conflict, NotFound, PaymentRequired, RuleBroken
from academy.platform.http import Answer, Json, Page, Request, page_of
from academy.platform.http.spreadsheet import csv_cell, csv_file, csv_text, wants_csv
from academy.platform.ids import uuid7

EXPORT_LIMIT = 20_000
"""Rows of a CSV: a function's answer holds 6 MB."""

CSV_HEADER = (
    "Name",
    "Username",
    "Status",
    "Enrolled at",
    "Completed at",
    "Completed sections",
    "Total sections",
    "Progress (%)",
    "Time spent (s)",
    "Last accessed at",
)


def enroll(request: Request, course_id: UUID) -> Json:
    """Into a free course, at once.

    Raises NotFound, RuleBroken (OWN_COURSE, PREREQUISITES_NOT_MET), Conflict (ALREADY_ENROLLED), PaymentRequired.
    """
    caller = request.caller
    enrollment_id = uuid7()
    row = request.work.first(enrollments.ENROLL, id=enrollment_id, caller=caller.id, course_id=course_id)
    if row is None:
        raise NotFound("course")
    refuse(row.says, row.missing)
    if row.says == "payment":
        price = {
            "courseId": str(course_id),
            "title": row.title,
            "amount": row.price,
            "currency": row.currency,
            "orderPath": "/payments/order",
        }
        raise PaymentRequired(extra={"payment": price, "amount": row.price, "currency": row.currency, "courseId": str(course_id)})
    if row.json is None:
        raise _already_enrolled()
    request.audit("course.enroll", "course", course_id, after={"enrollmentId": str(enrollment_id), "source": EnrollmentSource.FREE})
    request.work.emit(EnrollmentCreated(enrollment_id=enrollment_id, user_id=caller.id, course_id=course_id, source=EnrollmentSource.FREE))
    return Json(row.json)


def refuse(says: str, missing: str) -> None:
    """What keeps out who wants to enrol, whether they pay or not, by the verdict of `enrollments.JUDGED`.

    Raises RuleBroken (OWN_COURSE, PREREQUISITES_NOT_MET), Conflict (ALREADY_ENROLLED).
    """
    if says == "own":
        raise RuleBroken("OWN_COURSE", "This is your own course. You can read all of it without enrolling.")
    if says == "enrolled":
        raise _already_enrolled()
    if says == "prerequisites":
        courses = json.loads(missing)
        titles = ", ".join(f"“{course['title']}”" for course in courses)
        raise RuleBroken("PREREQUISITES_NOT_MET", f"Please complete {titles} first.", details=courses)


def _already_enrolled() -> Conflict:
    return Conflict("ALREADY_ENROLLED", "You are in this course already.")


def unenroll(request: Request, course_id: UUID) -> None:
    """End the present enrolment. What was done in it stays explained; a new enrolment begins anew."""
    row = request.work.first(enrollments.UNENROLL, caller=request.caller.id, course_id=course_id)
    if row is None:
        raise NotFound("enrollment", "You are not enrolled in this course.")
    request.audit("course.unenroll", "course", course_id, before={"enrollmentId": row.id, "completed": row.completed})
    request.work.emit(EnrollmentEnded(enrollment_id=UUID(row.id), user_id=request.caller.id, course_id=course_id))


def my_courses(request: Request, query: EnrollmentsQuery) -> Page:
    after = query.after(str, str) or [None, None]
    rows = request.work.rows(
        enrollments.LIST_MINE,
        caller=request.caller.id,
        status=query.status,
        after_at=after[0],
        after_id=after[1],
        limit=query.limit,
        offset=query.offset,
        counted=query.counted,
        media=config().media_url,
    )
    return Page.of(rows, query)


def students(request: Request, course_id: UUID, query: StudentsQuery) -> Answer:
    """A course's learners, for its owner or who may see any course's: a page, or everything as CSV if that is what is accepted."""
    if wants_csv(request):
        return csv_file(students_csv(request, course_id, query), f"students-{course_id}")
    after = query.after(str, str) or [None, None]
    rows = request.work.rows(
        enrollments.LIST_STUDENTS,
        caller=request.caller.id,
        any=request.caller.can("course:students_any"),
        course_id=course_id,
        status=query.status,
        after_at=after[0],
        after_id=after[1],
        limit=query.limit,
        offset=query.offset,
        counted=query.counted,
    )
    if not rows:
        raise NotFound("course")
    return page_of(Page.of(rows, query))


def students_csv(request: Request, course_id: UUID, query: StudentsQuery) -> str:
    """All of them as CSV (RFC 4180). Raises RuleBroken (EXPORT_TOO_LARGE)."""
    rows = request.work.rows(
        enrollments.EXPORT_STUDENTS,
        caller=request.caller.id,
        any=request.caller.can("course:students_any"),
        course_id=course_id,
        status=query.status,
        limit=EXPORT_LIMIT + 1,
    )
    if not rows:
        raise NotFound("course")
    if len(rows) > EXPORT_LIMIT:
        raise RuleBroken("EXPORT_TOO_LARGE", f"The course has more than {EXPORT_LIMIT} learners. Please ask for one status at a time.")
    return csv_text(
        CSV_HEADER,
        [
            (
                csv_cell(row.full_name),
                csv_cell(row.username),
                row.status,
                row.enrolled_at,
                row.completed_at or "",
                row.completed_sections,
                row.section_count,
                row.percentage,
                row.time_spent,
                row.last_accessed_at or "",
            )
            for row in rows
            if row.present
        ],
    )


def rate(request: Request, course_id: UUID, rating: NewRating) -> Json:
    """One opinion a learner; a later one replaces it. The course's sums follow in the same statement."""
    caller = request.caller
    if request.work.first(enrollments.LOCK_CURRENT, caller=caller.id, course_id=course_id) is None:
        raise NotFound("enrollment", "Only learners who are in a course can rate it.")
    row = request.work.first(enrollments.RATE, caller=caller.id, course_id=course_id, rating=rating.rating, review=rating.review or None)
    if row is None:
        raise AssertionError("the enrolment holds the course")
    request.audit(
        "course.rate",
        "course",
        course_id,
        before={"rating": row.before} if row.before is not None else None,
        after={"rating": rating.rating},
    )
    request.work.emit(CourseRated(user_id=caller.id, course_id=course_id, rating=rating.rating))
    return Json(row.json)
