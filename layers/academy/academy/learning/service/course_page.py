"""A course as everybody may see it; drafts for their owner and reviewers; a private one for its owner alone."""

from uuid import UUID

from academy.learning.repository import course_page
from academy.platform.config import config
from academy.platform.errors import NotFound
from academy.platform.http import Answer, Json, Request, ok


def get(request: Request, course_id: UUID, *, with_progress: bool) -> Answer:
    """The whole outline in one statement, with the caller's enrolment where there is a caller."""
    visitor = request.visitor
    row = request.work.first(
        course_page.GET,
        course_id=course_id,
        caller=request.visitor_id,
        any=visitor is not None and (visitor.can("course:edit_any") or visitor.can("course:review")),
        with_progress=with_progress,
        media=config().media_url,
    )
    if row is None:
        raise NotFound("course")
    return ok(Json(row.json), version=row.version)
