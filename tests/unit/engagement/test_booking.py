"""What an award is to the statement that books it."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from academy.engagement.facts import Award
from academy.engagement.xp import booking, repository
from academy.engagement.xp.values import XpKind
from academy.platform.db import Bound
from academy.platform.ids import uuid7

LEARNER = uuid7()
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Work:
    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def together(self, *statements: Bound) -> list[list[SimpleNamespace]]:
        for statement, (text, values) in zip((repository.LOCK, repository.BOOK), statements, strict=True):
            assert text == statement.text
            self.asked.append(dict(zip(statement.names, values, strict=True)))
        return [[], [SimpleNamespace(points=50)]]


def test_each_award_is_told_with_all_that_decides_about_it() -> None:
    work: Any = Work()
    awards = [
        Award(LEARNER, XpKind.QUIZ_PASS, uuid7(), MOMENT, uuid7(), subject=uuid7()),
        Award(LEARNER, XpKind.FORUM_POST, uuid7(), MOMENT, uuid7()),
    ]

    assert booking.book(work, LEARNER, awards) == 50

    locked, asked = work.asked
    assert locked == {"user_id": LEARNER}
    assert asked["user_id"] == LEARNER
    assert json.loads(asked["awards"]) == [
        {
            "n": n,
            "kind": award.kind.value,
            "id": str(award.source),
            "subject": str(award.subject) if award.subject else None,
            "course_id": str(award.course_id) if award.course_id else None,
            "enrollment_id": str(award.enrollment_id) if award.enrollment_id else None,
            "earned_at": "2026-01-02 03:04:05+00:00",
        }
        for n, award in enumerate(awards)
    ]
