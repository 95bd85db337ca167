"""A course written in the started academy: the deployed functions, Step Functions, the bucket, the vendors' stand-ins."""

import time
from typing import Any

import httpx
import pytest

from infra.local.settings import PASSWORD
from tests.e2e.conftest import LiveAcademy
from tests.unit.generation.factories import SOURCE

pytestmark = pytest.mark.e2e

LONGEST = 120
"""Seconds: the tasks' first starts import the vendors' SDKs, all at once."""


@pytest.fixture
def teacher(web: httpx.Client) -> httpx.Client:
    reply = web.post("/api/v1/auth/signin", json={"email": "instructor1@academy.test", "password": PASSWORD})
    assert reply.status_code == 200, reply.text
    web.headers["authorization"] = f"Bearer {reply.json()['data']['accessToken']}"
    return web


def ask(web: httpx.Client, topic: str, **more: Any) -> str:
    reply = web.post("/api/v1/courses/generate", json={"topic": topic, "difficulty": "beginner", "lessonCount": 3, **more})
    assert reply.status_code == 202, reply.text
    return str(reply.json()["data"]["jobId"])


def end_of(web: httpx.Client, job_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        job: dict[str, Any] = web.get(f"/api/v1/courses/generate/{job_id}").json()["data"]
        if job["status"] in ("completed", "failed", "cancelled"):
            return job
        time.sleep(0.3)
    raise AssertionError(job)


def listen(web: httpx.Client, url: str) -> list[tuple[int, str]]:
    """As an EventSource does: again from the last id until there is nothing more to say."""
    heard: list[tuple[int, str]] = []
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        reply = web.get(url, headers={"Last-Event-ID": str(heard[-1][0])} if heard else {})
        if reply.status_code == 204:
            return heard
        assert reply.headers["content-type"].startswith("text/event-stream")
        for part in reply.text.split("\n\n"):
            fields = dict(line.split(": ", 1) for line in part.splitlines() if ": " in line and not line.startswith(":"))
            if "id" in fields:
                heard.append((int(fields["id"]), fields["event"]))
    raise AssertionError(heard)


def test_a_course_is_written_from_a_source_while_somebody_listens(teacher: httpx.Client) -> None:
    """Given a source text, when an instructor asks for a course, then they hear of each step and get a draft with a picture."""
    job_id = ask(teacher, "Sourdough", sourceText=SOURCE)
    heard = listen(teacher, f"/api/v1/courses/generate/{job_id}/events")
    assert [seq for seq, _ in heard] == list(range(1, len(heard) + 1))
    assert heard[-1][1] == "complete"
    job = end_of(teacher, job_id)
    assert (job["status"], job["progress"], job["lessons"]["done"]) == ("completed", 100, 3)
    course = teacher.get(f"/api/v1/courses/{job['courseId']}").json()["data"]
    assert (course["title"], course["status"]) == ("Sourdough", "draft")
    picture = httpx.get(course["thumbnailUrl"])
    assert picture.content.startswith(b"\x89PNG")


def test_a_failed_lesson_is_written_by_a_retry(teacher: httpx.Client) -> None:
    """Given a model that twice answers one lesson out of shape, when the job is tried again, then only that lesson is written."""
    job_id = ask(teacher, f"Rye {time.time_ns()} fault:schema_breach*2@lesson-2")
    failed = end_of(teacher, job_id)
    assert (failed["status"], failed["error"]["code"], failed["lessons"]["done"]) == ("failed", "LESSONS_FAILED", 2)
    assert teacher.post(f"/api/v1/courses/generate/{job_id}/retry").status_code == 202
    done = end_of(teacher, job_id)
    assert (done["status"], done["attempt"], done["lessons"]["done"]) == ("completed", 2, 3)


def test_errors_keep_their_names_so_that_a_passing_one_is_waited_out(teacher: httpx.Client) -> None:
    """Given a vendor that is overloaded once, then Step Functions asks again by the error's name."""
    assert end_of(teacher, ask(teacher, f"Oats {time.time_ns()} fault:overloaded*1@outline"))["status"] == "completed"


def test_cancelling_stops_the_execution(academy: LiveAcademy, teacher: httpx.Client) -> None:
    job_id = ask(teacher, "Slow bread fault:timeout@outline")
    cancelled = teacher.delete(f"/api/v1/courses/generate/{job_id}")
    assert (cancelled.status_code, cancelled.json()["data"]["status"]) == (200, "cancelled")
    arn = academy.stack.outputs["CourseGenerationArn"].replace(":stateMachine:", ":execution:")
    execution = academy.aws("stepfunctions").describe_execution(executionArn=f"{arn}:{job_id}")
    assert execution["status"] == "ABORTED"
    assert end_of(teacher, job_id)["courseId"] is None
