"""What admins decide: the rules of XP, and what becomes of points that came too fast."""

import json
from uuid import UUID

from academy.engagement.badges import awarding
from academy.engagement.xp import repository
from academy.engagement.xp.schemas import XpHoldsQuery, XpRuleChanges
from academy.engagement.xp.values import HoldStatus
from academy.learning.events import CourseCompleted, LessonCompleted
from academy.platform.config import config
from academy.platform.db import Row
from academy.platform.errors import Conflict, NotFound
from academy.platform.http import Json, Page, Request


def rules(request: Request) -> Json:
    return Json(request.work.value(repository.RULES))


def change_rules(request: Request, changes: XpRuleChanges) -> Json:
    """From now on: what was booked stays booked by the rule of its time. Raises Conflict for a rule that has changed since it was seen."""
    told = json.dumps([rule.model_dump() for rule in changes.rules])
    before = {row.kind: row for row in request.work.rows(repository.CHANGE_RULES, rules=told, caller=request.caller.id)}
    stale = [kind for kind, row in before.items() if not row.seen]
    if stale:
        raise Conflict("XP_RULE_CHANGED", f"Changed since you saw it: {', '.join(stale)}. Please look again.")
    for rule in changes.rules:
        was = before[rule.kind]
        if was.changed:
            request.audit(
                "xp.change_rule",
                "xp_rule",
                f"{rule.kind.value} {rule.version + 1}",
                before={"points": was.points, "dailyCap": was.daily_cap},
                after={"points": rule.points, "dailyCap": rule.daily_cap},
            )
    return rules(request)


def holds(request: Request, query: XpHoldsQuery) -> Page:
    after = query.after(str) or [None]
    rows = request.work.rows(
        repository.LIST_HOLDS,
        status=query.status.value,
        user_id=query.user_id,
        after_id=after[0],
        limit=query.limit,
        offset=query.offset,
        counted=query.counted,
    )
    return Page.of(rows, query)


def release(request: Request, hold_id: UUID) -> Json:
    """The points are booked now, past the day's cap, and what they lead to follows. Raises NotFound, Conflict."""
    hold = _lock(request, hold_id)
    decided = _decided(request.work.value(repository.RELEASE, id=hold_id, caller=request.caller.id, zone=config().academy_time_zone))
    awarding.award(request.work, [UUID(hold.user_id)], [LessonCompleted.kind, CourseCompleted.kind])
    _note(request, "xp.release", hold_id, hold, HoldStatus.RELEASED)
    return decided


def dismiss(request: Request, hold_id: UUID) -> Json:
    """No points, for good. Raises NotFound, Conflict."""
    hold = _lock(request, hold_id)
    decided = _decided(request.work.value(repository.DISMISS, id=hold_id, caller=request.caller.id))
    _note(request, "xp.dismiss", hold_id, hold, HoldStatus.DISMISSED)
    return decided


def _lock(request: Request, hold_id: UUID) -> Row:
    """The learner's row, as all booking does; whether it is still held, the next statement sees. Raises NotFound."""
    hold = request.work.first(repository.LOCK_HOLD, id=hold_id)
    if hold is None:
        raise NotFound("hold")
    return hold


def _decided(told: str | None) -> Json:
    if told is None:
        raise Conflict("XP_HOLD_DECIDED", "Somebody has decided on these points already.")
    return Json(told)


def _note(request: Request, action: str, hold_id: UUID, hold: Row, status: HoldStatus) -> None:
    told = {"userId": hold.user_id, "kind": hold.kind, "source": hold.source, "points": hold.points}
    request.audit(action, "xp_hold", hold_id, before={"status": HoldStatus.HELD.value}, after={"status": status.value, **told})
