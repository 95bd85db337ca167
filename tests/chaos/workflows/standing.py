"""What a finished job left behind: the course, the bill, the files; and whether that is as after an undisturbed run."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from academy.platform import aws
from academy.platform.config import config
from tests.integration.generation.conftest import Studio

_CONTENT = """
select coalesce(json_agg(json_build_array(m.position, m.title, l.position, l.title, s.position, s.title, s.content, s.citations)
    order by m.position, l.position, s.position), '[]')::text
from courses c join modules m on m.course_id = c.id join lessons l on l.module_id = m.id join sections s on s.lesson_id = l.id
where c.id = cast(:id as uuid)
"""
_QUESTIONS = """
select coalesce(json_agg(json_build_array(m.position, q.position, q.question, q.options, q.correct_answer) order by m.position, q.position), '[]')::text
from courses c join modules m on m.course_id = c.id join quizzes z on z.module_id = m.id join questions q on q.quiz_id = z.id
where c.id = cast(:id as uuid)
"""


@dataclass(frozen=True)
class Standing:
    """`content` is everything that is in the course, in order, without ids; `steps` the job's steps and their states."""

    status: str
    progress: int
    content: str
    questions: str
    steps: dict[str, str]
    told: Counter[str]
    outbox: Counter[str]


def standing(studio: Studio, job_id: str) -> Standing:
    """Raises AssertionError for more than one course, a file that is not there, or one that stands for two things."""
    job = studio.see(job_id)
    courses = studio.make.rows("select id::text as id from courses where provenance->>'jobId' = :id", id=job_id)
    assert len(courses) == (1 if job["status"] == "completed" else 0), courses
    course_id = courses[0]["id"] if courses else None
    assert job["courseId"] == course_id
    steps = studio.make.rows("select name, state, object_key from generation_steps where job_id = cast(:id as uuid)", id=job_id)
    _every_file_stands_for_one_thing(studio, job_id, [row["object_key"] for row in steps if row["object_key"]])
    outbox = studio.make.rows("select kind from outbox where payload->>'jobId' = :id", id=job_id)
    return Standing(
        status=job["status"],
        progress=job["progress"],
        content=studio.make.value(_CONTENT, id=course_id),
        questions=studio.make.value(_QUESTIONS, id=course_id),
        steps={row["name"]: row["state"] for row in steps},
        told=Counter(event["kind"] for event in studio.events(job_id) if event["kind"] != "progress"),
        outbox=Counter(row["kind"] for row in outbox),
    )


def _every_file_stands_for_one_thing(studio: Studio, job_id: str, referred: list[str]) -> None:
    found = [key for prefix in (f"generation/{job_id}/", f"media/thumbnails/{job_id}-") for key in _keys(prefix)]
    assert len(set(referred)) == len(referred), referred
    assert set(referred) <= set(found), "a file is missing"
    shown = studio.make.rows("select thumbnail_key from courses where thumbnail_key = any(:keys)", keys=found)
    assert len(shown) <= 1, shown
    assert {row["thumbnail_key"] for row in shown} <= set(referred)


def _keys(prefix: str) -> list[str]:
    answer: dict[str, Any] = aws.client("s3").list_objects_v2(Bucket=config().bucket, Prefix=prefix)
    return [item["Key"] for item in answer.get("Contents", [])]


def bill_is_right(studio: Studio, job_id: str) -> None:
    """What is on the bill was paid, once. What was paid is on it or, where nobody lived to write it down, still promised in full."""
    rows = studio.make.rows(
        "select step, settled, cost_micros, vendor_request_id from generation_charges where job_id = cast(:id as uuid)", id=job_id
    )
    settled = [row for row in rows if row["settled"]]
    requests = [row["vendor_request_id"] for row in settled if row["vendor_request_id"]]
    assert len(set(requests)) == len(requests), "a call is on the bill twice"
    paid, billed = studio.paid(job_id), studio.billed()
    calls = len([call for call in studio.vendors.calls() if call["usage"]])
    assert len(settled) <= calls <= len(rows), (len(settled), calls, len(rows))
    for kind in ("input", "output", "cached"):
        assert paid[kind] <= billed[kind], (paid, billed)
    if len(settled) == calls:
        assert {**paid, "open": 0} == billed
    assert studio.see(job_id)["usage"]["costMicros"] == sum(row["cost_micros"] for row in settled)
