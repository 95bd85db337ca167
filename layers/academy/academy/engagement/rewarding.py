"""Points and badges for a completion, told in the answer to the report that completed it.

The report is one statement that commits by itself, and the events that it wrote give the points in any case. Here they are booked right away, by the same
keys, in a transaction of their own: a crash in between loses nothing, and the event that comes later finds it done. Learning knows nothing of it.
"""

import json
from uuid import UUID

from academy.engagement.badges import awarding
from academy.engagement.facts import GIVES
from academy.engagement.xp import booking
from academy.learning.schemas import CompletionReport, LessonReport, SectionReport
from academy.learning.service import recording
from academy.platform.db import UnitOfWork, database
from academy.platform.http import Json, Request
from academy.platform.observability import logger


def record_section(request: Request, report: SectionReport) -> Json:
    return _rewarded(request, recording.record_section(request, report))


def complete_section(request: Request, lesson_id: UUID, section_id: UUID, report: CompletionReport) -> Json:
    return _rewarded(request, recording.complete_section(request, lesson_id, section_id, report))


def complete_lesson(request: Request, report: LessonReport) -> Json:
    return _rewarded(request, recording.complete_lesson(request, report))


def _rewarded(request: Request, answer: Json) -> Json:
    """No statement more where neither a lesson nor a course was completed; one round trip where one was."""
    events = list(request.work.outgoing)
    if not events:
        return answer
    caller = request.caller.id

    def reward(work: UnitOfWork) -> Json:
        awards = [GIVES[event.kind](event.payload, event.occurred_at) for event in events if event.kind in GIVES]
        kinds = [event.kind for event in events]
        _, [booked], *badges = work.together(*booking.bound(caller, awards), *awarding.bound([caller], kinds))
        news = [earned.as_news() for rows in badges for earned in awarding.earned(work, rows)]
        rewards = {"xpEarned": booked.points, "newAchievements": news}
        return Json(json.dumps(json.loads(answer) | rewards, separators=(",", ":"), ensure_ascii=False))

    if not request.work.commits_each:
        return reward(request.work)
    try:
        rewarded, work = database().at_once(reward)
    except Exception:  # noqa: BLE001 - whatever it was, the progress is committed, and its events will give the points
        logger().exception("points and badges not given at once; the events will give them")
        return answer
    request.work.outgoing += work.outgoing
    return rewarded
