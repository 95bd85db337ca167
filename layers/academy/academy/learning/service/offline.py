"""Offline sync: up to 500 updates in one transaction, each counted once by its `clientId`."""

import json
from collections import Counter
from typing import Any
from uuid import UUID

from pydantic.alias_generators import to_camel

from academy.learning.repository import batches
from academy.learning.schemas import OfflineBatch, OfflineUpdate, UpdateType
from academy.learning.service.recording import Recorded, Update, record
from academy.learning.views import UpdateStatus
from academy.platform.errors import NotFound
from academy.platform.http import Json, Request


def record_batch(request: Request, course_id: UUID, batch: OfflineBatch) -> Json:
    """Two statements whatever the size. Raises NotFound when the caller is not in the course; a bad update is an `error` of its own."""
    rows = request.work.rows(batches.CLAIM, caller=request.caller.id, course_id=course_id, updates=json.dumps(_told(batch)))
    if not rows:
        raise NotFound("course")
    valid = [bool(row.valid) for row in rows]
    fresh = [bool(row.fresh) for row in rows]
    recorded = _record(request, course_id, batch, valid, fresh)
    sections = recorded.sections if recorded else {}
    completing: set[str] = set()
    results = []
    for update, is_valid, is_fresh in zip(batch.updates, valid, fresh, strict=True):
        section = sections.get(str(update.section_id))
        status = _status(update, is_valid, section, completing)
        results.append(
            {
                "clientId": update.client_id,
                "type": update.type.value,
                "status": status.value,
                "duplicate": is_valid and not is_fresh,
                "sectionId": str(update.section_id) if update.section_id else None,
                "completedAt": section["completedAt"] if section and is_valid and update.type is UpdateType.SECTION_COMPLETED else None,
                "error": None if is_valid else {"code": "SECTION_NOT_FOUND", "message": "There is no such section in this course."},
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


def _record(request: Request, course_id: UUID, batch: OfflineBatch, valid: list[bool], fresh: list[bool]) -> Recorded | None:
    """A completion may be told again without harm, and then says when it first was; time counts only when it is fresh."""
    updates = [
        Update(
            section_id=update.section_id,
            completed=update.type is UpdateType.SECTION_COMPLETED,
            seconds=update.time_spent if is_fresh else 0,
            score=update.score if is_fresh else None,
        )
        for update, is_valid, is_fresh in zip(batch.updates, valid, fresh, strict=True)
        if is_valid
        and update.section_id
        and (update.type is UpdateType.SECTION_COMPLETED or (is_fresh and update.type is UpdateType.TIME_UPDATE))
    ]
    return record(request.work, request.caller.id, course_id=course_id, updates=updates) if updates else None


def _status(update: OfflineUpdate, valid: bool, section: dict[str, Any] | None, completing: set[str]) -> UpdateStatus:
    if not valid:
        return UpdateStatus.ERROR
    if update.type is UpdateType.INTERACTION:
        return UpdateStatus.RECORDED
    if update.type is UpdateType.TIME_UPDATE:
        return UpdateStatus.UPDATED
    if section is None or not section["newlyCompleted"] or section["sectionId"] in completing:
        return UpdateStatus.ALREADY_COMPLETED
    completing.add(section["sectionId"])
    return UpdateStatus.SUCCESS
