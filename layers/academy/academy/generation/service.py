"""Asking for a course, and following, cancelling and resuming its making."""

import json
import time
from uuid import UUID

from academy.generation import costs, ledger, repository, workflow
from academy.generation.briefs import CourseBrief
from academy.generation.schemas import LONGEST_SOURCE, GenerateCourse
from academy.generation.settings import IMAGE_MODEL, LESSON_OUTPUT_TOKENS, LESSON_TOKENS, LESSONS_AT_ONCE, TEXT_MODEL
from academy.platform import storage
from academy.platform.config import config
from academy.platform.db import DatabaseFailure
from academy.platform.errors import Conflict, NotFound, RuleBroken, ValidationFailed
from academy.platform.http import Answer, Json, Request
from academy.platform.ids import uuid7
from academy.platform.storage import Upload

PROMPT_CHARACTERS = 6_000
"""Instructions, request and outline of a usual job."""

POLLS = 5
POLL_SECONDS = 0.8
RECONNECT_MILLISECONDS = 1_000


def _base() -> str:
    return f"{config().public_url}/api/v1"


def start(request: Request, body: GenerateCourse) -> Json:
    """A job of the caller's; a student's course will be private. Raises UserBudgetExceeded, PlatformBudgetExceeded, ValidationFailed, RuleBroken."""
    caller = request.caller
    job_id = uuid7()
    brief = body.brief()
    source = _source_of(body, caller.id)
    source_key = None
    if source:
        source_key = f"generation/{job_id}/source.txt"
        storage.put(source_key, source.encode(), content_type="text/plain; charset=utf-8")
    needed = needed_micros(brief.lessons, len(source))
    ledger.hold(request.work)
    ledger.require_room(request.work, user_id=caller.id, micros=needed)
    visibility = "public" if caller.can("course:generate") else "private"
    try:
        row = request.work.first(
            repository.CREATE,
            id=job_id,
            caller=caller.id,
            topic=brief.topic,
            visibility=visibility,
            domain=body.domain,
            brief=json.dumps(as_json(brief, source_characters=len(source), estimated_micros=needed)),
            source_key=source_key,
            lesson_count=brief.lessons,
            base=_base(),
        )
    except DatabaseFailure as failure:
        if failure.constraint == "fk_generation_jobs_domain_domains":
            raise ValidationFailed.of("body.domain", "There is no such domain.") from failure
        raise
    if row is None:
        raise AssertionError("the caller is there")
    request.audit("generation.start", "generation_job", job_id, after={"lessons": brief.lessons, "visibility": visibility})
    request.work.after_commit.append(lambda: workflow.start_or_leave_to_sweep(job_id, 1))
    return Json(row.json)


def needed_micros(lessons: int, source_characters: int) -> int:
    """The likely cost of what is to be made, and on top what the calls side by side must be able to put down as their worst case."""
    lessons = max(1, lessons)
    likely = costs.estimated_job_micros(
        TEXT_MODEL,
        IMAGE_MODEL,
        lesson_count=lessons,
        at_once=LESSONS_AT_ONCE,
        prompt_characters=PROMPT_CHARACTERS + source_characters,
        lesson_tokens=LESSON_OUTPUT_TOKENS,
    )
    price = costs.price_of(TEXT_MODEL)
    worst_call = (
        LESSON_TOKENS * price.output // costs.TOKENS_PER_PRICE + (PROMPT_CHARACTERS + source_characters) * price.cache_write // 3_000_000
    )
    return likely + worst_call * min(lessons, LESSONS_AT_ONCE)


def view(request: Request, job_id: UUID) -> Json:
    row = request.work.first(repository.GET, id=job_id, caller=request.caller.id, base=_base())
    if row is None:
        raise NotFound("generation_job")
    return Json(row.json)


def cancel(request: Request, job_id: UUID) -> Json:
    """Cancelling again changes nothing. Raises Conflict if it had ended by itself."""
    row = request.work.first(repository.CANCEL, id=job_id, caller=request.caller.id, base=_base())
    if row is None:
        seen = view(request, job_id)
        status = json.loads(seen)["status"]
        if status != "cancelled":
            raise Conflict("GENERATION_FINISHED", f"This has already {status}.")
        return seen
    request.audit("generation.cancel", "generation_job", job_id)
    request.work.after_commit.append(lambda: workflow.stop(job_id, row.attempt))
    return Json(row.json)


def retry(request: Request, job_id: UUID) -> Json:
    """Go on from what was made. Raises Conflict for a job that runs, is complete or too old, and the budgets' errors."""
    caller = request.caller
    state = request.work.first(repository.FOR_RETRY, id=job_id, caller=caller.id)
    if state is None:
        raise NotFound("generation_job")
    if state.status not in ("failed", "cancelled"):
        raise Conflict("GENERATION_NOT_RETRYABLE", "Only what failed or was cancelled can be tried again.")
    if state.expired:
        raise Conflict("GENERATION_EXPIRED", "What was made so far is not kept any more. Please start a new one.")
    needed = needed_micros(state.lesson_count - state.lessons_done, state.source_characters)
    ledger.require_room(request.work, user_id=caller.id, micros=needed)
    row = request.work.first(repository.RETRY, id=job_id, caller=caller.id, base=_base())
    if row is None:
        raise Conflict("GENERATION_NOT_RETRYABLE", "This was tried again already.")
    request.audit("generation.retry", "generation_job", job_id, after={"attempt": row.attempt})
    request.work.after_commit.append(lambda: workflow.start_or_leave_to_sweep(job_id, row.attempt))
    return Json(row.json)


def events(request: Request, job_id: UUID) -> Answer:
    """What has happened since `Last-Event-ID`; if nothing has, a few seconds of waiting for it. 204 tells an EventSource to stop asking."""
    after = _last_event_id(request)
    finished, happened = _since(request, job_id, after)
    for _ in range(POLLS):
        if happened or finished:
            break
        time.sleep(POLL_SECONDS)
        finished, happened = _since(request, job_id, after)
    return Answer(204) if finished and not happened else stream(happened)


def _since(request: Request, job_id: UUID, after: int) -> tuple[bool, list[tuple[int, str, str]]]:
    row = request.work.first(repository.EVENTS, id=job_id, caller=request.caller.id, after=after)
    if row is None:
        raise NotFound("generation_job")
    return row.finished, [(event["seq"], event["kind"], event["data"]) for event in json.loads(row.events)]


def stream(happened: list[tuple[int, str, str]]) -> Answer:
    """A finite answer in the event-stream format (HTML Living Standard, "Server-sent events"); the client reconnects after `retry` ms."""
    parts = [f"retry: {RECONNECT_MILLISECONDS}\n\n"]
    parts += [f"id: {seq}\nevent: {kind}\ndata: {data}\n\n" for seq, kind, data in happened]
    if not happened:
        parts.append(": nothing new yet\n\n")
    return Answer(body="".join(parts), content_type="text/event-stream; charset=utf-8")


def first_event(job: Json) -> Answer:
    """The stream that begins with the start itself; the rest is at the job's events URL."""
    seen = json.loads(job)
    data = {key: seen[key] for key in ("jobId", "status", "stage", "progress", "eventsUrl", "estimatedCompletion")}
    answer = stream([(1, "progress", json.dumps(data))])
    answer.headers["Location"] = f"/api/v1/courses/generate/{seen['jobId']}/events"
    return answer


def source_upload(request: Request, size: int) -> Upload:
    """A form for one text of the caller's own."""
    key = f"{_sources_of(request.caller.id)}{uuid7()}.txt"
    return storage.upload_link(key, content_type="text/plain", max_bytes=size)


def as_json(brief: CourseBrief, *, source_characters: int, estimated_micros: int) -> dict[str, object]:
    """As the job's row keeps it; `tasks` reads it back."""
    return {
        "topic": brief.topic,
        "difficulty": brief.difficulty.value,
        "duration": brief.duration,
        "language": brief.language,
        "description": brief.description,
        "objectives": list(brief.objectives),
        "requirements": brief.requirements,
        "tags": list(brief.tags),
        "lessonCount": brief.lessons,
        "sourceCharacters": source_characters,
        "estimatedMicros": estimated_micros,
    }


def _sources_of(user_id: UUID) -> str:
    return f"sources/{user_id}/"


def _source_of(body: GenerateCourse, user_id: UUID) -> str:
    """The source text, or nothing. An uploaded one is read now: what is wrong with it is said to the person who is still there."""
    if body.source_key is None:
        return body.source_text or ""
    if not body.source_key.startswith(_sources_of(user_id)) or ".." in body.source_key:
        raise NotFound("source")
    from botocore.exceptions import ClientError

    try:
        text = storage.get(body.source_key).decode().strip()
    except ClientError as error:
        # 403 is how S3 speaks of what isn't there to those who may not list.
        if error.response["ResponseMetadata"]["HTTPStatusCode"] not in (403, 404):
            raise
        raise NotFound("source") from error
    except UnicodeDecodeError as error:
        raise RuleBroken("SOURCE_NOT_READABLE", "The uploaded source is not plain text in UTF-8.") from error
    if not text or "\x00" in text or len(text) > LONGEST_SOURCE:
        raise RuleBroken("SOURCE_NOT_READABLE", f"The uploaded source has to be text of 1 to {LONGEST_SOURCE} characters.")
    return text


def _last_event_id(request: Request) -> int:
    """Raises ValidationFailed for what is no number of ours."""
    given = request.headers.get("last-event-id", "").strip()
    if not given:
        return 0
    if not (given.isascii() and given.isdigit() and len(given) <= 9):
        raise ValidationFailed.of("header.Last-Event-ID", "This is not an id of this stream.")
    return int(given)
