"""Learning: enrolment, progress, time, and what a learner sees of themselves."""

from uuid import UUID

from academy.learning import schemas, views
from academy.learning.service import recording
from academy.platform.http import Answer, Api, Request, ok, requires
from academy.platform.http.access import Rows

api = Api("learning", tag="Learning")
handler = api.handler

PROGRESS = requires("progress:record", rows=Rows.ENROLLED, limit="progress")


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
