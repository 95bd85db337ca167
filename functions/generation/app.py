"""Courses written on request: ask for one, watch it come, stop it, go on with it."""

from uuid import UUID

from academy.generation import schemas, service
from academy.platform.http import Answer, Api, Request, accepted, created, ok, requires
from academy.platform.http.access import Rows

api = Api("generation", tag="AI course generation")
handler = api.handler

ASK = requires("course:generate_private", limit="generation")
OWN = requires("course:generate_private", rows=Rows.SELF)


@api.post("/courses/generate", access=ASK, status=202, answers=schemas.GenerationJobView, errors=[402, 404, 422])
def generate_course(request: Request, body: schemas.GenerateCourse) -> Answer:
    """Have a course written; a student's is private.

    The answer comes at once and the course takes a few minutes. 402 when your own budget does not suffice, 429 when the academy's does not.
    """
    job = service.start(request, body)
    return accepted(job, "Your course is being written.")


@api.post("/courses/generate-stream", access=ASK, answers=None, media_type="text/event-stream", errors=[402, 404, 422], idempotent=False)
def generate_course_streaming(request: Request, body: schemas.GenerateCourse) -> Answer:
    """Start and stream in one call: the first event, and `Location` for those that follow."""
    job = service.start(request, body)
    return service.first_event(job)


@api.post("/courses/generate/sources", access=OWN, status=201, answers=schemas.SourceUploadView)
def upload_generation_source(request: Request, body: schemas.NewSource) -> Answer:
    """Where to upload a source text (UTF-8) that is too long for the request."""
    upload = service.source_upload(request, body.size)
    view = schemas.SourceUploadView(source_key=upload.key, url=upload.url, fields=upload.fields, expires_in=upload.expires_in)
    return created(view, "/courses/generate")


@api.get("/courses/generate/{id}", access=OWN, answers=schemas.GenerationJobView)
def get_generation(request: Request, id: UUID) -> Answer:
    """How far it is, what it has cost, and what went wrong if something did."""
    return ok(service.view(request, id))


@api.get("/courses/generate/{id}/status", access=OWN, answers=schemas.GenerationJobView)
def get_generation_status(request: Request, id: UUID) -> Answer:
    """The same by its older name."""
    return ok(service.view(request, id))


@api.get("/courses/generate/{id}/events", access=OWN, media_type="text/event-stream", errors=[204])
def stream_generation_events(request: Request, id: UUID) -> Answer:
    """`progress`, `complete` and `error` events since `Last-Event-ID`; 204 when all has been told."""
    return service.events(request, id)


@api.delete("/courses/generate/{id}", access=OWN, answers=schemas.GenerationJobView, errors=[409])
def cancel_generation(request: Request, id: UUID) -> Answer:
    """Stop it; what was made is kept for a retry."""
    return ok(service.cancel(request, id), "The generation is cancelled.")


@api.post(
    "/courses/generate/{id}/retry",
    access=requires("course:generate_private", rows=Rows.SELF, limit="generation"),
    status=202,
    answers=schemas.GenerationJobView,
    errors=[402, 409],
)
def retry_generation(request: Request, id: UUID) -> Answer:
    """Go on from the step that failed; nothing that was made is made or paid for again."""
    return accepted(service.retry(request, id), "The generation goes on.")
