"""Learning: enrolment, progress, time, and what a learner sees of themselves."""

from uuid import UUID

from academy.learning import schemas, views
from academy.learning.service import enrolling, recording
from academy.platform.http import Answer, Api, Request, created, member, no_content, ok, page_of, requires
from academy.platform.http.access import Rows

api = Api("learning", tag="Learning")
handler = api.handler

ENROLL = requires("course:enroll", rows=Rows.SELF)
PROGRESS = requires("progress:record", rows=Rows.ENROLLED, limit="progress")


@api.post("/courses/{id}/enroll", access=ENROLL, status=201, answers=views.EnrollmentView, errors=[402, 409, 422])
def enroll_in_course(request: Request, id: UUID) -> Answer:
    """Enrol in a free course; 402 says what a priced one costs."""
    return created(enrolling.enroll(request, id), f"/courses/{id}/progress")


@api.delete("/courses/{id}/enroll", access=ENROLL, status=204)
def unenroll_from_course(request: Request, id: UUID) -> Answer:
    """Leave a course."""
    enrolling.unenroll(request, id)
    return no_content()


@api.get("/enrollments", access=member(), answers=views.MyCourseView, paged=True)
def list_enrollments(request: Request, query: schemas.EnrollmentsQuery) -> Answer:
    """My courses, with how far I am."""
    return page_of(enrolling.my_courses(request, query))


@api.get(
    "/courses/{id}/students", access=requires("course:students", rows=Rows.OWNER_OR_ADMIN), answers=views.StudentView, paged=True, errors=[422]
)
def list_students(request: Request, id: UUID, query: schemas.StudentsQuery) -> Answer:
    """A course's learners with their progress; with `Accept: text/csv` all of them as CSV."""
    return enrolling.students(request, id, query)


@api.put("/courses/{id}/rating", access=requires("course:enroll", rows=Rows.ENROLLED), answers=views.MyRatingView)
def rate_course(request: Request, id: UUID, body: schemas.NewRating) -> Answer:
    """Say what I think of a course."""
    return ok(enrolling.rate(request, id, body))


@api.post("/progress/section", access=PROGRESS, answers=views.RecordedView, at_once=True, errors=[404])
def record_section_progress(request: Request, body: schemas.SectionReport) -> Answer:
    """Tell what was done in a section."""
    return ok(recording.record_section(request, body))


@api.post("/progress/lessons/{id}/sections/{section_id}/complete", access=PROGRESS, answers=views.RecordedView, at_once=True)
def complete_section(request: Request, id: UUID, section_id: UUID, body: schemas.CompletionReport | None) -> Answer:
    """Complete a section."""
    return ok(recording.complete_section(request, id, section_id, body or schemas.CompletionReport()))


@api.post("/progress/lessons/{id}/complete", access=PROGRESS, answers=views.RecordedView, at_once=True)
def complete_lesson(request: Request, id: UUID, body: schemas.CompletionReport | None) -> Answer:
    """Complete every section of a lesson."""
    report = body or schemas.CompletionReport()
    return ok(recording.complete_lesson(request, schemas.LessonReport(lesson_id=id, time_spent=report.time_spent)))


@api.post("/lessons/complete", access=PROGRESS, answers=views.RecordedView, at_once=True, errors=[404])
def complete_lesson_by_body(request: Request, body: schemas.LessonReport) -> Answer:
    """Complete every section of a lesson, named in the body."""
    return ok(recording.complete_lesson(request, body))
