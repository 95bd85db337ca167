"""A job as its owner follows it: what they hear, and when, and how it is stopped and tried again."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest

from academy.generation import repository, service
from academy.generation.models import GenerationStep, JobEvent
from academy.generation.service import needed_micros
from academy.platform.auth.caller import Caller
from academy.platform.config import config
from academy.platform.db import UnitOfWork
from academy.platform.http import Request
from tests.api import Reply
from tests.integration.generation.conftest import Studio
from tests.integration.generation.test_course import parse
from tests.integration.learning.threads import held_open, wait_for_a_lock

PATH = "/courses/generate"


def listen(studio: Studio, job_id: str, heard: str) -> Reply:
    return studio.client.get(f"{PATH}/{job_id}/events", user=studio.teacher, headers={"Last-Event-ID": heard})


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
    # Given a listener who has heard of the start, and a job that says something when they have waited twice
    job_id = studio.job()
    data = {"stage": "planning"}
    clock = Patience(lambda: None, lambda: studio.make.row(JobEvent, job_id=UUID(job_id), seq=2, kind="progress", data=data))
    monkeypatch.setattr(service, "time", clock)

    reply = listen(studio, job_id, "1")

    # Then they hear of that alone, without waiting any longer
    assert clock.waited == [service.POLL_SECONDS] * 2
    assert parse(reply.text) == [("2", "progress", data)]
    assert "nothing new" not in reply.text

    # And what has happened already is not waited for
    assert parse(listen(studio, job_id, "").text) == [("1", "progress", {"stage": "waiting"}), ("2", "progress", data)]
    assert len(clock.waited) == 2


def test_a_listener_is_let_go_after_a_while_and_comes_back(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Patience()
    monkeypatch.setattr(service, "time", clock)

    reply = listen(studio, studio.job(), "1")

    assert (reply.status, reply.text) == (200, "retry: 1000\n\n: nothing new yet\n\n")
    assert reply.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert len(clock.waited) == service.POLLS


def test_who_has_heard_the_end_is_not_kept_waiting(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = studio.job(status="cancelled")
    clock = Patience()
    monkeypatch.setattr(service, "time", clock)

    assert [listen(studio, job_id, heard).status for heard in ("1", "9" * 9)] == [204, 204]
    assert parse(listen(studio, job_id, "0").text)
    assert clock.waited == []


def test_a_last_event_id_that_is_none_of_ours_is_refused(studio: Studio) -> None:
    job_id = studio.job()
    for header in ("abc", "-1", "1; drop table users", "９", "²", "9" * 10):
        reply = listen(studio, job_id, header)
        assert (reply.status, reply.code, reply.json["details"][0]["field"]) == (400, "VALIDATION_FAILED", "header.Last-Event-ID"), header


def test_anothers_job_is_no_job(studio: Studio) -> None:
    job_id, admin = studio.job(), studio.make.user("admin")
    for method, suffix in (("GET", ""), ("GET", "/status"), ("GET", "/events"), ("DELETE", ""), ("POST", "/retry")):
        foreign = studio.client.call(method, f"{PATH}/{job_id}{suffix}", user=admin)
        absent = studio.client.call(method, f"{PATH}/{uuid4()}{suffix}", user=studio.teacher)
        assert (foreign.status, foreign.code) == (absent.status, absent.code) == (404, "GENERATION_JOB_NOT_FOUND"), (method, suffix)


def test_what_is_finished_can_not_be_cancelled_or_tried_again(studio: Studio) -> None:
    failed = studio.job(status="failed", error={"code": "INTERNAL"})
    completed = studio.job(status="completed", course_id=studio.make.course(studio.teacher)["id"])

    for job_id, status in ((failed, "failed"), (completed, "completed")):
        cancelled = studio.client.delete(f"{PATH}/{job_id}", user=studio.teacher)
        assert (cancelled.status, cancelled.code) == (409, "GENERATION_FINISHED")
        assert status in cancelled.json["error"]
    assert (studio.retry(completed).status, studio.retry(completed).code) == (409, "GENERATION_NOT_RETRYABLE")
    assert studio.retry(failed).status == 202
    assert studio.retry(failed).code == "GENERATION_NOT_RETRYABLE", "it runs already"


def test_each_attempt_has_an_execution_of_its_own_that_ends_with_it(studio: Studio) -> None:
    job_id = studio.job(status="cancelled")
    for attempt in (2, 3):
        again = studio.retry(job_id)
        cancelled, twice = (studio.client.delete(f"{PATH}/{job_id}", user=studio.teacher) for _ in range(2))
        assert (again.data["status"], again.data["attempt"], cancelled.data["status"]) == ("queued", attempt, "cancelled")
        assert cancelled.data == twice.data == studio.see(job_id)
        assert again.data["eventsUrl"] == cancelled.data["eventsUrl"] == f"{config().public_url}/api/v1{PATH}/{job_id}/events"

    given = {"jobId": job_id}
    assert studio.executions() == {f"{job_id}-2": ("ABORTED", given), f"{job_id}-3": ("ABORTED", given)}
    assert studio.log() == [
        ("generation.retry", "generation_job", job_id, {"attempt": 2}),
        ("generation.cancel", "generation_job", job_id, None),
        ("generation.retry", "generation_job", job_id, {"attempt": 3}),
        ("generation.cancel", "generation_job", job_id, None),
    ]


def test_what_was_made_too_long_ago_is_not_gone_on_with(studio: Studio) -> None:
    for days, status in ((repository.DAYS_TO_RETRY - 1, 202), (repository.DAYS_TO_RETRY + 1, 409)):
        job_id = studio.job(status="cancelled")
        studio.make.execute(
            "update generation_jobs set created_at = now() - make_interval(days => :days) where id = :id", days=days, id=job_id
        )
        reply = studio.retry(job_id)
        assert reply.status == status
    assert reply.code == "GENERATION_EXPIRED"


def test_a_retry_asks_the_budget_for_what_is_left_to_write(studio: Studio) -> None:
    # Given a cancelled job on a long text with one lesson of three, and what it has cost
    job_id = studio.job(status="cancelled", brief={"sourceCharacters": 50_000})
    studio.make.row(GenerationStep, job_id=UUID(job_id), name="lesson-1", state="done")
    studio.charge(job_id, 12_345)
    needed = 12_345 + needed_micros(2, 50_000)

    # Then two lessons have to be affordable, with their source
    for room, status in ((needed - 1, 402), (needed, 202)):
        studio.limit("user", room)
        assert studio.retry(job_id).status == status


def test_what_is_tried_again_twice_at_once_is_tried_again_once(studio: Studio, database_url: str) -> None:
    # Given a cancelled job, and a retry that is under way when another one comes
    job_id = studio.job(status="cancelled")
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
