"""Offline sync: up to 500 updates in one transaction, each counted once by its `clientId`."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic.alias_generators import to_camel

from academy.learning.repository import batches
from academy.learning.schemas import OfflineBatch, OfflineUpdate, UpdateType
from academy.learning.service.recording import Recorded, Update, record
from academy.learning.views import UpdateStatus
from academy.platform.errors import NotFound
from academy.platform.http import Json, Request


@dataclass(frozen=True, slots=True)
class _Claimed:
    """An update as it was noted. `valid`: there is such a section; `fresh`: it was not told before, so its time and score count."""

    update: OfflineUpdate
    valid: bool
    fresh: bool

    @property
    def completes(self) -> bool:
        return self.valid and self.update.type is UpdateType.SECTION_COMPLETED


def record_batch(request: Request, course_id: UUID, batch: OfflineBatch) -> Json:
    """Two statements whatever the size. Raises NotFound when the caller is not in the course; a bad update is an `error` of its own."""
    rows = request.work.rows(batches.CLAIM, caller=request.caller.id, course_id=course_id, updates=json.dumps(_told(batch)))
    if not rows:
        raise NotFound("course")
    claimed = [_Claimed(update, row.valid, row.fresh) for update, row in zip(batch.updates, rows, strict=True)]
    recorded = _record(request, course_id, claimed)
    sections = recorded.sections if recorded else {}
    completing: set[str] = set()
    results = []
    for each in claimed:
        update, section = each.update, sections.get(str(each.update.section_id))
        results.append(
            {
                "clientId": update.client_id,
                "type": update.type.value,
                "status": _status(each, section, completing).value,
                "duplicate": each.valid and not each.fresh,
                "sectionId": str(update.section_id) if update.section_id else None,
                "completedAt": section["completedAt"] if section and each.completes else None,
                "error": None if each.valid else {"code": "SECTION_NOT_FOUND", "message": "There is no such section in this course."},
            }
        )
    counts = Counter(result["status"] for result in results)
    answer = {
        "courseId": str(course_id),
        "results": results,
        "counts": {to_camel(status.value): counts[status.value] for status in UpdateStatus},
        "progress": json.loads(recorded.answer) if recorded else None,
    }
    return Json(json.dumps(answer, separators=(",", ":"), ensure_ascii=False))


def _told(batch: OfflineBatch) -> list[dict[str, Any]]:
    return [
        {
            "n": n,
            "client_id": update.client_id,
            "kind": update.type.value,
            "at": update.timestamp.isoformat(),
            "lesson_id": str(update.lesson_id) if update.lesson_id else None,
            "section_id": str(update.section_id) if update.section_id else None,
            "data": update.model_dump(mode="json", by_alias=True, include={"lesson_id", "section_id", "time_spent", "score", "data"}),
        }
        for n, update in enumerate(batch.updates)
    ]


def _record(request: Request, course_id: UUID, claimed: list[_Claimed]) -> Recorded | None:
    """A completion may be told again without harm, and then says when it first was; time counts only when it is fresh."""
    updates = [
        Update(
            section_id=each.update.section_id,
            completed=each.completes,
            seconds=each.update.time_spent if each.fresh else 0,
            score=each.update.score if each.fresh else None,
        )
        for each in claimed
        if each.update.section_id and (each.completes or (each.fresh and each.update.type is UpdateType.TIME_UPDATE))
    ]
    return record(request.work, request.caller.id, course_id=course_id, updates=updates) if updates else None


def _status(claimed: _Claimed, section: dict[str, Any] | None, completing: set[str]) -> UpdateStatus:
    if not claimed.valid:
        return UpdateStatus.ERROR
    if claimed.update.type is UpdateType.INTERACTION:
        return UpdateStatus.RECORDED
    if claimed.update.type is UpdateType.TIME_UPDATE:
        return UpdateStatus.UPDATED
    if section is None or not section["newlyCompleted"] or section["sectionId"] in completing:
        return UpdateStatus.ALREADY_COMPLETED
    completing.add(section["sectionId"])
    return UpdateStatus.SUCCESS
