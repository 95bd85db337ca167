"""Progress is told by learners, bounded and decided by the server.

Time: a section's report counts at most the seconds since its last report plus a little, and all reports of an enrolment at most the time since
enrolment plus a little; more is cut off, not refused, so that no completion is lost over a wrong clock. More than a day at once is refused.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from academy.learning.repository import progress
from academy.learning.schemas import CompletionReport, LessonReport, SectionReport
from academy.platform.db import UnitOfWork
from academy.platform.errors import NotFound
from academy.platform.http import Json, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One section's news. `score` is a percentage."""

    section_id: UUID
    completed: bool
    seconds: int = 0
    score: float | None = None

    def columns(self, position: int) -> dict[str, Any]:
        score = None if self.score is None else round(self.score)
        return {"section_id": str(self.section_id), "completed": self.completed, "seconds": self.seconds, "score": score, "n": position}


@dataclass(frozen=True, slots=True)
class Recorded:
    """`answer` is the contract's JSON; `sections` tells of each section that was touched."""

    answer: Json
    sections: dict[str, dict[str, Any]]


def record_section(request: Request, report: SectionReport) -> Json:
    update = Update(section_id=report.section_id, completed=report.completed, seconds=report.time_spent, score=report.score)
    return _found(
        record(request.work, request.caller.id, course_id=report.course_id, lesson_id=report.lesson_id, updates=[update]), "section"
    ).answer


def complete_section(request: Request, lesson_id: UUID, section_id: UUID, report: CompletionReport) -> Json:
    update = Update(section_id=section_id, completed=True, seconds=report.time_spent, score=report.score)
    return _found(record(request.work, request.caller.id, lesson_id=lesson_id, updates=[update]), "section").answer


def complete_lesson(request: Request, report: LessonReport) -> Json:
    """Every living section of the lesson. A lesson without sections can't be completed and is not found."""
    recorded = record(
        request.work,
        request.caller.id,
        course_id=report.course_id,
        lesson_id=report.lesson_id,
        lesson_seconds=report.time_spent,
    )
    return _found(recorded, "lesson").answer


def _found(recorded: Recorded | None, thing: str) -> Recorded:
    if recorded is None:
        raise NotFound(thing)
    return recorded


def record(
    work: UnitOfWork,
    caller: UUID,
    *,
    course_id: UUID | None = None,
    lesson_id: UUID | None = None,
    updates: Sequence[Update] = (),
    lesson_seconds: int | None = None,
) -> Recorded | None:
    """One statement; a second one in the rare case that it could not tell by itself whether something was completed.

    `lesson_seconds` completes the whole lesson, which took so long.

    Events go out at once when a lesson or a course was completed. A section's alone waits for the outbox's sweep: publishing it would cost the
    academy's most frequent write more than the write itself. None: not enrolled, or no such living section.
    """
    row = work.first(
        progress.RECORD,
        caller=caller,
        course_id=course_id,
        lesson_id=lesson_id,
        updates=json.dumps([update.columns(position) for position, update in enumerate(updates)]),
        whole_lesson=lesson_seconds is not None,
        lesson_seconds=lesson_seconds,
    )
    if row is None:
        return None
    work.emitted(row.events)
    sections = {section["sectionId"]: section for section in json.loads(row.sections)}
    answer = _settled(work, row) if row.undecided else Json(row.json)
    return Recorded(answer, sections)


def _settled(work: UnitOfWork, row: Any) -> Json:
    """The answer with what SETTLE found to be complete. When the section was, or the whole lesson that was reported, RECORD always knows."""
    settled = work.rows(progress.SETTLE, ids=[row.enrollment_id])[0]
    work.emitted(settled.events)
    answer = json.loads(row.json)
    if answer["lessonId"] in settled.lessons:
        answer["lessonCompleted"] = True
    if settled.course_completed_at:
        answer |= {"courseCompleted": True, "courseCompletedAt": settled.course_completed_at, "nextRecommendation": None}
    return Json(json.dumps(answer, separators=(",", ":"), ensure_ascii=False))
