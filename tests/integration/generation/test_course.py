"""From a request to a course, and what people see on the way."""

import json
from typing import Any
from uuid import uuid4

import pytest

from academy.platform.events import Envelope
from tests.integration.generation.conftest import ASKED, Studio
from tests.unit.generation.factories import SOURCE


def test_a_course_is_written_and_stands_as_a_draft(studio: Studio, published: list[Envelope]) -> None:
    # Given a request with a source text
    job_id = studio.ask(sourceText=SOURCE, tags=["bread"], objectives=["Bake a loaf without a recipe"])
    # When the state machine has run
    assert studio.work(job_id) == "SUCCEEDED"
    # Then the job is complete
    job = studio.see(job_id)
    assert (job["status"], job["stage"], job["progress"], job["error"]) == ("completed", "done", 100, None)
    assert job["lessons"] == {"total": 3, "done": 3, "failed": 0}
    # And the course is there with everything in it
    (course,) = studio.make.rows("select * from courses")
    assert str(course["id"]) == job["courseId"]
    assert (course["status"], course["visibility"], course["instructor_id"]) == ("draft", "public", studio.teacher["id"])
    assert course["objectives"][0] == "Bake a loaf without a recipe"
    assert course["tags"][0] == "bread"
    counts = studio.make.rows(
        "select (select count(*) from modules) m, (select count(*) from lessons) l, (select count(*) from sections) s, (select count(*) from quizzes) q"
    )[0]
    assert (counts["m"], counts["l"], counts["s"]) == (course["module_count"], 3, course["section_count"])
    assert counts["q"] == counts["m"]
    # And every section cites passages in which its quotes really stand
    for section in studio.make.rows("select citations, accessibility, content, estimated_minutes from sections"):
        assert section["citations"]
        for citation in section["citations"]:
            assert citation["quote"] in SOURCE[citation["start"] : citation["end"]]
        assert section["accessibility"]["readingMinutes"] <= section["estimated_minutes"]
        assert len(section["content"]) >= 100
    for question in studio.make.rows("select options, correct_answer, explanation from questions"):
        assert question["correct_answer"] in question["options"]
        assert question["explanation"]
    # And it says who wrote it, from what, for how much
    provenance = course["provenance"]
    assert provenance["models"] == ["claude-sonnet-5-5", "gpt-image-2.5-flare"]
    assert provenance["costMicros"] == job["usage"]["costMicros"] > 0
    assert provenance["passagesCited"]
    # And the academy is told, once
    (event,) = [envelope for envelope in published if envelope.kind == "generation.completed"]
    assert event.payload == {"jobId": job_id, "userId": str(studio.teacher["id"]), "courseId": job["courseId"], "title": course["title"]}


def test_the_money_is_what_the_vendors_bill(studio: Studio) -> None:
    job_id = studio.ask()
    studio.work(job_id)
    assert studio.paid(job_id) == studio.billed()
    usage = studio.see(job_id)["usage"]
    assert usage["outputTokens"] == studio.billed()["output"]


def test_a_students_course_is_private_and_ready_to_learn(studio: Studio) -> None:
    studio.teacher = studio.make.user("student")
    job_id = studio.ask()
    assert studio.work(job_id) == "SUCCEEDED"
    (course,) = studio.make.rows("select status, visibility, published_at from courses")
    assert (course["status"], course["visibility"]) == ("published", "private")
    assert course["published_at"]
    assert studio.make.rows("select * from course_search") == []


def test_progress_is_counted_from_finished_steps_and_never_falls(studio: Studio) -> None:
    studio.vendors.order("schema_breach", target="lesson-2", times=2)
    job_id = studio.ask(lessonCount=4)
    studio.work(job_id)
    studio.retry(job_id)
    studio.work(job_id)
    told = studio.events(job_id)
    progress = [event["data"]["progress"] for event in told]
    assert progress == sorted(progress)
    assert progress[-1] == 100
    assert set(progress) <= {100 * done // 7 for done in range(8)}
    assert [event["seq"] for event in told] == list(range(1, len(told) + 1))
    assert [event["kind"] for event in told if event["kind"] != "progress"] == ["error", "complete"]


def parse(stream: str) -> list[tuple[str, str, dict[str, Any]]]:
    events = []
    for part in stream.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in part.splitlines() if ": " in line and not line.startswith(":"))
        if "data" in fields:
            events.append((fields["id"], fields["event"], json.loads(fields["data"])))
    return events


def test_the_event_stream_goes_on_where_it_was_left(studio: Studio) -> None:
    job_id = studio.ask()
    path = f"/courses/generate/{job_id}/events"
    first = studio.client.get(path, user=studio.teacher)
    assert first.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert first.text.startswith("retry: ")
    ((last, kind, data),) = parse(first.text)
    assert (kind, data["status"]) == ("progress", "queued")
    studio.work(job_id)
    rest = parse(studio.client.get(path, user=studio.teacher, headers={"Last-Event-ID": last}).text)
    assert [int(seq) for seq, _, _ in rest] == list(range(2, len(rest) + 2))
    assert rest[-1][1] == "complete"
    done = studio.client.get(path, user=studio.teacher, headers={"Last-Event-ID": rest[-1][0]})
    assert (done.status, done.text) == (204, "")


@pytest.mark.parametrize(
    "spoiled",
    [
        {"topic": "ab"},
        {"topic": None},
        {"topic": "x" * 201},
        {"difficulty": "expert"},
        {"duration": 29},
        {"duration": 481},
        {"duration": "120"},
        {"lessonCount": 2},
        {"lessonCount": 13},
        {"lessonCount": 3.5},
        {"objectives": ["too short"]},
        {"objectives": ["long enough objective"] * 11},
        {"tags": ["x" * 51]},
        {"description": "short"},
        {"language": "English please"},
        {"sourceText": "x" * 200_001},
        {"sourceText": "NUL \x00"},
        {"sourceText": "given", "sourceKey": "sources/x"},
        {"domain": "alchemy"},
        {"status": "completed"},
        {"userId": str(uuid4())},
        {"visibility": "public"},
    ],
)
def test_a_request_out_of_shape_is_refused_and_nothing_begins(studio: Studio, spoiled: dict[str, Any]) -> None:
    reply = studio.client.post("/courses/generate", {**ASKED, **spoiled}, user=studio.teacher)
    assert (reply.status, reply.code) == (400, "VALIDATION_FAILED")
    assert reply.json["details"][0]["field"].startswith("body")
    assert studio.make.rows("select * from generation_jobs") == []


def test_title_is_taken_for_topic_and_little_suffices(studio: Studio) -> None:
    reply = studio.client.post("/courses/generate", {"title": "Rye bread", "difficulty": "advanced"}, user=studio.teacher)
    assert (reply.status, reply.data["topic"]) == (202, "Rye bread")
    assert reply.data["lessons"]["total"] == 6
    assert reply.data["eventsUrl"].endswith(f"/api/v1/courses/generate/{reply.data['jobId']}/events")
    assert reply.data["estimatedCompletion"]


def test_an_idempotency_key_starts_one_job(studio: Studio) -> None:
    replies = [studio.client.post("/courses/generate", ASKED, user=studio.teacher, headers={"Idempotency-Key": "once"}) for _ in range(2)]
    assert replies[0].data == replies[1].data
    assert studio.make.value("select count(*) from generation_jobs") == 1


def test_the_sixth_job_in_a_quarter_of_an_hour_waits(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    from academy.platform import config

    monkeypatch.setenv("RATE_LIMITS", "production")
    config.config.cache_clear()
    replies = [studio.client.post("/courses/generate", ASKED, user=studio.teacher) for _ in range(6)]
    assert [reply.status for reply in replies] == [202] * 5 + [429]
    assert "Retry-After" in replies[-1].headers
