"""What a completion is told of its points and badges, in one trip to the database."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from academy.engagement import rewarding
from academy.engagement.xp import repository
from academy.learning.events import LessonCompleted, SectionCompleted
from academy.learning.schemas import CompletionReport
from academy.learning.service import recording
from academy.platform.db import Bound
from academy.platform.events import Envelope
from academy.platform.http import Json
from academy.platform.ids import uuid7

LEARNER, COURSE, LESSON, ENROLLMENT = (uuid7() for _ in range(4))
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TOLD = Json('{"lessonCompleted":true,"xpEarned":0,"newAchievements":[]}')


def happened(kind: str, **payload: Any) -> Envelope:
    common = {
        "completedAt": MOMENT.isoformat(),
        "userId": str(LEARNER),
        "courseId": str(COURSE),
        "lessonId": str(LESSON),
        "enrollmentId": str(ENROLLMENT),
    }
    return Envelope(id=str(uuid7()), kind=kind, version=1, occurred_at=MOMENT, payload={**common, **payload})


class Work:
    """A transaction that is open already, whose badge is earned."""

    commits_each = False

    def __init__(self, *outgoing: Envelope) -> None:
        self.outgoing = list(outgoing)
        self.trips: list[tuple[Bound, ...]] = []

    def together(self, *statements: Bound) -> list[list[SimpleNamespace]]:
        self.trips.append(statements)
        earned = happened("badge.earned", badge="first_steps").model_dump_json(by_alias=True)
        badge = SimpleNamespace(user_id=str(LEARNER), badge="seven_day_streak", earned_at="2026-01-02T03:04:05+00:00", event=earned)
        return [[], [SimpleNamespace(points=50)], [badge]]

    def emitted(self, events: Any) -> None:
        self.outgoing += map(Envelope.model_validate_json, events)


def complete(work: Work, patch: pytest.MonkeyPatch) -> Json:
    patch.setattr(recording, "complete_section", lambda *_: TOLD)
    request: Any = SimpleNamespace(work=work, caller=SimpleNamespace(id=LEARNER))
    return rewarding.complete_section(request, LESSON, uuid7(), CompletionReport())


def test_what_happened_is_booked_as_of_then_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    work = Work(happened(SectionCompleted.kind, sectionId=str(uuid7())), happened(LessonCompleted.kind))

    answer = json.loads(complete(work, monkeypatch))

    assert (answer["xpEarned"], answer["lessonCompleted"]) == (50, True)
    assert [(badge["badge"], badge["earnedAt"]) for badge in answer["newAchievements"]] == [
        ("seven_day_streak", "2026-01-02T03:04:05+00:00")
    ]
    [(lock, book, award)] = work.trips
    assert (lock.values, award.values) == ((LEARNER,), ([LEARNER],))
    [asked] = json.loads(dict(zip(repository.BOOK.names, book.values, strict=True))["awards"])
    assert (asked["id"], asked["course_id"], asked["earned_at"]) == (str(LESSON), str(COURSE), str(MOMENT))
    assert [event.kind for event in work.outgoing] == ["section.completed", "lesson.completed", "badge.earned"]


def test_where_nothing_was_completed_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    work = Work()

    assert (complete(work, monkeypatch), work.trips) == (TOLD, [])
