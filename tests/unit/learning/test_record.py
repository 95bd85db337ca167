"""What a report asks of the database, and what becomes of its answer where the statement could not tell all of it."""

import json
from types import SimpleNamespace
from typing import Any

from academy.learning.repository import progress
from academy.learning.service.recording import Update, record
from academy.platform.db import Statement
from academy.platform.ids import uuid7

CALLER, COURSE, LESSON = uuid7(), uuid7(), uuid7()
SECTION = {"sectionId": str(uuid7()), "status": "success"}


class Work:
    """Answers RECORD and SETTLE with what a test says; `asked` are their parameters."""

    def __init__(self, *, undecided: bool = False, lessons: tuple[str, ...] = (), course_completed_at: str | None = None) -> None:
        told = json.dumps({"lessonId": str(LESSON), "title": "é", "lessonCompleted": False, "courseCompleted": False})
        self.recorded = SimpleNamespace(
            events=["1"], sections=json.dumps([SECTION]), undecided=undecided, json=told, enrollment_id="an enrolment"
        )
        self.settled = SimpleNamespace(events=["2"], lessons=list(lessons), course_completed_at=course_completed_at)
        self.told: list[str] = ["0"]
        self.asked: dict[Statement, dict[str, Any]] = {}

    def emitted(self, events: list[str]) -> None:
        self.told += events

    def first(self, statement: Statement, **parameters: Any) -> SimpleNamespace:
        self.asked[statement] = parameters
        return self.recorded

    def rows(self, statement: Statement, **parameters: Any) -> list[SimpleNamespace]:
        self.asked[statement] = parameters
        return [self.settled]


def test_updates_are_asked_for_in_the_order_in_which_they_were_told() -> None:
    work: Any = Work()
    first, second = Update(section_id=uuid7(), completed=True, seconds=5, score=79.6), Update(section_id=uuid7(), completed=False)

    recorded = record(work, CALLER, course_id=COURSE, lesson_id=LESSON, updates=[first, second])

    asked = work.asked[progress.RECORD]
    assert json.loads(asked.pop("updates")) == [
        {"section_id": str(first.section_id), "completed": True, "seconds": 5, "score": 80, "n": 0},
        {"section_id": str(second.section_id), "completed": False, "seconds": 0, "score": None, "n": 1},
    ]
    assert asked == {"caller": CALLER, "course_id": COURSE, "lesson_id": LESSON, "whole_lesson": False, "lesson_seconds": None}
    assert recorded is not None
    assert (recorded.answer, recorded.sections) == (work.recorded.json, {SECTION["sectionId"]: SECTION})
    assert (work.told, progress.SETTLE in work.asked) == (["0", "1"], False)


def test_a_whole_lesson_took_so_long_even_where_that_is_no_time() -> None:
    for seconds in (30, 0):
        work: Any = Work()
        record(work, CALLER, lesson_id=LESSON, lesson_seconds=seconds)

        asked = work.asked[progress.RECORD]
        assert (asked["whole_lesson"], asked["lesson_seconds"], asked["updates"]) == (True, seconds, "[]")


def test_what_the_second_look_finds_complete_is_said() -> None:
    work: Any = Work(undecided=True, lessons=(str(LESSON),), course_completed_at="2026-01-02T03:04:05+00:00")

    recorded = record(work, CALLER, lesson_id=LESSON, lesson_seconds=0)

    assert recorded is not None
    assert work.asked[progress.SETTLE] == {"ids": ["an enrolment"]}
    assert work.told == ["0", "1", "2"]
    assert json.loads(recorded.answer) == {
        "lessonId": str(LESSON),
        "title": "é",
        "lessonCompleted": True,
        "courseCompleted": True,
        "courseCompletedAt": "2026-01-02T03:04:05+00:00",
        "nextRecommendation": None,
    }


def test_what_it_does_not_stays_as_it_was_said() -> None:
    work: Any = Work(undecided=True, lessons=(str(uuid7()),))

    recorded = record(work, CALLER, lesson_id=LESSON, lesson_seconds=0)

    assert recorded is not None
    assert json.loads(recorded.answer) == json.loads(work.recorded.json)
