"""Study time: what a learner's page reports as it is open, and what came of it."""

from academy.learning.repository import time
from academy.learning.schemas import StudyTime
from academy.learning.views import TimeRecordedView
from academy.platform.errors import NotFound, RuleBroken
from academy.platform.http import Json, Request

REFUSALS = {
    "future": ("TIME_IN_FUTURE", "This stretch of study ends in the future."),
    "backwards": ("TIME_BACKWARDS", "This stretch of study ends before it begins."),
    "too_much": ("MORE_TIME_THAN_PASSED", "More time was reported than has passed."),
}


def record_time(request: Request, report: StudyTime) -> TimeRecordedView:
    """Count what no earlier report covered. Raises NotFound (course, lesson), RuleBroken for a stretch that can't have been; nothing is written then."""
    caller = request.caller
    _, [row] = request.work.together(
        time.LOCK_LEARNER.bind(caller=caller.id),
        time.RECORD_TIME.bind(
            caller=caller.id,
            course_id=report.course_id,
            lesson_id=report.lesson_id,
            seconds=report.time_spent,
            started_at=report.started_at.isoformat() if report.started_at else None,
            ended_at=report.ended_at.isoformat() if report.ended_at else None,
        ),
    )
    if row.says.endswith("_missing"):
        raise NotFound(row.says.removesuffix("_missing"))
    if row.says in REFUSALS:
        code, message = REFUSALS[row.says]
        raise RuleBroken(code, message)
    request.work.emitted(row.events)
    return TimeRecordedView(counted=row.counted, reported=row.reported, today=row.today, total=row.total)


def summary(request: Request, days: int) -> Json:
    return Json(request.work.value(time.SUMMARY, caller=request.caller.id, days=days))
