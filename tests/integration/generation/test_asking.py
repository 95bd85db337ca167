"""What asking for a course leaves behind, and what its owner hears while it is written."""

import base64
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from academy.generation import service
from academy.generation.schemas import LONGEST_SOURCE
from academy.generation.service import needed_micros
from academy.platform import aws
from academy.platform.auth.caller import Caller
from academy.platform.config import config
from academy.platform.db import UnitOfWork
from academy.platform.http import Request
from tests.integration.generation.conftest import ASKED, Studio
from tests.integration.generation.test_course import parse
from tests.integration.learning.threads import held_open, wait_for_a_lock
from tests.unit.generation.factories import SOURCE

PATH = "/courses/generate"


def executions(studio: Studio) -> dict[str, tuple[str, Any]]:
    """{its name: its status and input}."""
    states = aws.client("stepfunctions")
    listed = states.list_executions(stateMachineArn=config().course_generation_arn)["executions"]
    seen = [states.describe_execution(executionArn=execution["executionArn"]) for execution in listed]
    return {execution["name"]: (execution["status"], json.loads(execution["input"])) for execution in seen}


def log(studio: Studio) -> list[tuple[str, str, str, Any]]:
    rows = studio.make.rows(
        "select action, target_type, target_id, after from audit_log where actor_id = :id order by id", id=studio.teacher["id"]
    )
    return [(row["action"], row["target_type"], row["target_id"], row["after"]) for row in rows]


def limit(studio: Studio, micros: int) -> None:
    studio.make.execute("update generation_budgets set limit_micros = :micros where scope = 'user'", micros=micros)


def spent(studio: Studio) -> int:
    return int(studio.make.value("select coalesce(sum(cost_micros), 0)::bigint from generation_charges"))


def test_what_was_asked_for_is_kept_whole_and_begins_once(studio: Studio) -> None:
    # Given a request that says all that can be said
    asked = {
        "topic": "खमीर",
        "difficulty": "advanced",
        "duration": 300,
        "language": "hi",
        "description": "Wild yeast, and what it does to flour.",
        "objectives": ["Keep a starter alive for a year"],
        "requirements": ["An oven", "Patience"],
        "tags": ["bread", "yeast"],
        "lessonCount": 4,
        "domain": "science",
        "sourceText": SOURCE,
    }
    job_id = studio.ask(**asked)

    # Then the job knows it for its tasks
    (job,) = studio.make.rows("select brief, domain, visibility, source_key, lesson_count from generation_jobs")
    assert job == {
        "domain": "science",
        "visibility": "public",
        "source_key": f"generation/{job_id}/source.txt",
        "lesson_count": 4,
        "brief": {
            **{
                name: asked[name]
                for name in ("topic", "difficulty", "duration", "language", "description", "objectives", "tags", "lessonCount")
            },
            "requirements": "An oven\nPatience",
            "sourceCharacters": len(SOURCE),
            "estimatedMicros": needed_micros(4, len(SOURCE)),
        },
    }
    # And the source is kept as the text that it is
    kept = aws.client("s3").get_object(Bucket=config().bucket, Key=job["source_key"])
    assert (kept["Body"].read().decode(), kept["ContentType"]) == (SOURCE, "text/plain; charset=utf-8")
    # And it has begun, and the log has it
    assert executions(studio) == {job_id: ("RUNNING", {"jobId": job_id})}
    assert log(studio) == [("generation.start", "generation_job", job_id, {"lessons": 4, "visibility": "public"})]


def test_without_a_source_none_is_kept(studio: Studio) -> None:
    studio.ask()

    assert studio.make.rows("select source_key, domain from generation_jobs") == [{"source_key": None, "domain": studio.teacher["domain"]}]
    assert "Contents" not in aws.client("s3").list_objects_v2(Bucket=config().bucket)


def test_a_field_of_study_that_does_not_exist_is_named(studio: Studio) -> None:
    reply = studio.client.post(PATH, {**ASKED, "domain": "alchemy"}, user=studio.teacher)

    assert reply.json["details"][0]["field"] == "body.domain"


def test_the_budget_is_asked_for_what_is_needed_to_the_last_micro(studio: Studio) -> None:
    needed = needed_micros(3, len(SOURCE))
    limit(studio, needed - 1)
    assert studio.client.post(PATH, {**ASKED, "sourceText": SOURCE}, user=studio.teacher).status == 402
    limit(studio, needed)
    assert studio.client.post(PATH, {**ASKED, "sourceText": SOURCE}, user=studio.teacher).status == 202


def test_a_retry_asks_the_budget_for_what_is_left_to_write(studio: Studio) -> None:
    # Given a job on a long text that was cancelled when one lesson of three was written
    job_id = studio.ask(sourceText=SOURCE)
    studio.invoke({"task": "plan", "jobId": job_id})
    studio.invoke({"task": "lesson", "jobId": job_id, "position": 0})
    studio.client.delete(f"{PATH}/{job_id}", user=studio.teacher)

    # Then two lessons have to be affordable, with their source
    needed = spent(studio) + needed_micros(2, len(SOURCE))
    limit(studio, needed - 1)
    assert studio.retry(job_id).status == 402
    limit(studio, needed)
    assert studio.retry(job_id).status == 202


def test_each_attempt_has_an_execution_of_its_own_that_ends_with_it(studio: Studio) -> None:
    job_id = studio.ask()
    for attempt in (1, 2):
        cancelled = studio.client.delete(f"{PATH}/{job_id}", user=studio.teacher)
        again = studio.retry(job_id)
        assert (cancelled.data["status"], cancelled.data["jobId"], again.data["attempt"]) == ("cancelled", job_id, attempt + 1)
        assert cancelled.data["eventsUrl"] == again.data["eventsUrl"] == f"{config().public_url}/api/v1{PATH}/{job_id}/events"

    given = {"jobId": job_id}
    assert executions(studio) == {job_id: ("ABORTED", given), f"{job_id}-2": ("ABORTED", given), f"{job_id}-3": ("RUNNING", given)}
    assert log(studio)[1:] == [
        ("generation.cancel", "generation_job", job_id, None),
        ("generation.retry", "generation_job", job_id, {"attempt": 2}),
        ("generation.cancel", "generation_job", job_id, None),
        ("generation.retry", "generation_job", job_id, {"attempt": 3}),
    ]


def test_what_is_tried_again_twice_at_once_is_tried_again_once(studio: Studio, database_url: str) -> None:
    # Given a cancelled job, and a retry that is under way when another one comes
    job_id = studio.ask()
    studio.client.delete(f"{PATH}/{job_id}", user=studio.teacher)
    caller = Caller(studio.teacher["id"], studio.teacher["sub"], "instructor", frozenset(), True, "session")

    def retry(work: UnitOfWork) -> None:
        service.retry(Request(id="first", work=work, headers={}, cookies={}, source_ip="", visitor=caller), UUID(job_id))

    # When the first is done
    with ThreadPoolExecutor(1) as pool, held_open(database_url, retry) as commit:
        second = pool.submit(studio.retry, job_id)
        wait_for_a_lock(database_url)
        commit()
        refused = second.result(timeout=30)

    # Then the other has nothing to do
    assert (refused.status, refused.code) == (409, "GENERATION_NOT_RETRYABLE")
    assert studio.see(job_id)["attempt"] == 2


class Patience:
    """Stands in for the time module: notes how long somebody waits, and does then what the test wants to happen meanwhile."""

    def __init__(self, *happens: Callable[[], object]) -> None:
        self.waited: list[float] = []
        self._happens = list(happens)

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        if self._happens:
            self._happens.pop(0)()


def test_a_listener_waits_for_what_happens_and_hears_it_at_once(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a listener who has heard of the start
    job_id = studio.ask()
    clock = Patience(lambda: None, lambda: studio.invoke({"task": "plan", "jobId": job_id}))
    monkeypatch.setattr(service, "time", clock)
    listening = {"user": studio.teacher, "headers": {"Last-Event-ID": "1"}}

    # When the plan is made while they wait
    reply = studio.client.get(f"{PATH}/{job_id}/events", **listening)

    # Then they hear of it without waiting any longer
    assert clock.waited == [service.POLL_SECONDS] * 2
    assert [(seq, kind, data["stage"]) for seq, kind, data in parse(reply.text)] == [
        ("2", "progress", "planning"),
        ("3", "progress", "writing"),
    ]
    assert "nothing new" not in reply.text

    # And what has happened already is not waited for
    assert parse(studio.client.get(f"{PATH}/{job_id}/events", **listening).text)
    assert len(clock.waited) == 2


def test_a_listener_is_let_go_after_a_while_and_comes_back(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = studio.ask()
    clock = Patience()
    monkeypatch.setattr(service, "time", clock)

    reply = studio.client.get(f"{PATH}/{job_id}/events", user=studio.teacher, headers={"Last-Event-ID": "1"})

    assert (reply.status, reply.text) == (200, "retry: 1000\n\n: nothing new yet\n\n")
    assert reply.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert len(clock.waited) == service.POLLS


def test_who_has_heard_the_end_is_not_kept_waiting(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = studio.ask()
    studio.client.delete(f"{PATH}/{job_id}", user=studio.teacher)
    clock = Patience()
    monkeypatch.setattr(service, "time", clock)

    for heard in ("2", "9" * 9):
        assert studio.client.get(f"{PATH}/{job_id}/events", user=studio.teacher, headers={"Last-Event-ID": heard}).status == 204
    assert studio.client.get(f"{PATH}/{job_id}/events", user=studio.teacher, headers={"Last-Event-ID": "9" * 10}).status == 400
    assert clock.waited == []


def test_the_first_event_says_where_the_others_are(studio: Studio) -> None:
    reply = studio.client.post("/courses/generate-stream", ASKED, user=studio.teacher)

    ((seq, kind, data),) = parse(reply.text)
    job = studio.see(data["jobId"])
    assert (seq, kind) == ("1", "progress")
    assert data == {name: job[name] for name in ("jobId", "status", "stage", "progress", "eventsUrl", "estimatedCompletion")}


def test_a_form_takes_one_text_of_the_size_that_was_said(studio: Studio) -> None:
    form = studio.client.post(f"{PATH}/sources", {"size": 500}, user=studio.teacher).data

    assert re.fullmatch(rf"sources/{studio.teacher['id']}/[0-9a-f-]{{36}}\.txt", form["sourceKey"])
    assert (form["fields"]["key"], form["fields"]["Content-Type"]) == (form["sourceKey"], "text/plain")
    policy = json.loads(base64.b64decode(form["fields"]["policy"]))
    assert ["content-length-range", 1, 500] in policy["conditions"]


def test_an_uploaded_text_is_taken_as_a_source_up_to_the_last_character(studio: Studio) -> None:
    key = f"sources/{studio.teacher['id']}/one.txt"
    for text in ("x", "é" * LONGEST_SOURCE):
        aws.client("s3").put_object(Bucket=config().bucket, Key=key, Body=f"\n  {text} \n".encode())
        studio.ask(sourceKey=key)

    kept = [row["source_key"] for row in studio.make.rows("select source_key from generation_jobs order by id")]
    sizes = [len(aws.client("s3").get_object(Bucket=config().bucket, Key=one)["Body"].read().decode()) for one in kept]
    assert sizes == [1, LONGEST_SOURCE]


def test_a_source_that_is_not_there_or_not_the_callers_is_missing(studio: Studio) -> None:
    own = f"sources/{studio.teacher['id']}"
    aws.client("s3").put_object(Bucket=config().bucket, Key=f"{own}/../other/one.txt", Body=SOURCE.encode())
    for key in (f"{own}/never-uploaded.txt", f"{own}/../other/one.txt", f"generation/{own}/one.txt"):
        reply = studio.client.post(PATH, {**ASKED, "sourceKey": key}, user=studio.teacher)
        assert (reply.status, reply.code) == (404, "SOURCE_NOT_FOUND"), key
