"""Booking: an award or its reversal becomes a row of the ledger, and every sum follows. In one transaction, the learner's row locked first."""

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from academy.engagement.facts import GIVES, Award, Taking
from academy.engagement.xp import repository
from academy.platform.config import config
from academy.platform.db import UnitOfWork


def book(work: UnitOfWork, user_id: UUID, awards: Sequence[Award]) -> int:
    """The points that these awards gave now: each counts once, however often and in whatever order it is told of. Two statements."""
    if work.value(repository.LOCK, user_id=user_id) is None:
        return 0
    return _book(work, user_id, awards)


def book_told(work: UnitOfWork, user_id: UUID, event_ids: Sequence[str]) -> tuple[int, list[str]]:
    """The same of this learner's events in the outbox, before they come by the queue; and of which kinds they are."""
    rows = work.rows(repository.LOCK_AND_READ, user_id=user_id, event_ids=list(event_ids))
    awards = [GIVES[row.kind](json.loads(row.payload), datetime.fromisoformat(row.occurred_at)) for row in rows if row.kind in GIVES]
    return _book(work, user_id, awards), [row.kind for row in rows]


def _book(work: UnitOfWork, user_id: UUID, awards: Sequence[Award]) -> int:
    told = [
        {
            "n": n,
            "kind": award.kind.value,
            "id": award.source,
            "subject": award.subject,
            "course_id": award.course_id,
            "enrollment_id": award.enrollment_id,
            "earned_at": award.earned_at,
        }
        for n, award in enumerate(awards)
    ]
    settings = config()
    return int(
        work.value(
            repository.BOOK, user_id=user_id, awards=json.dumps(told, default=str), zone=settings.academy_time_zone, pace=settings.xp_pace
        )
    )


def take_back(work: UnitOfWork, taking: Taking) -> int:
    """The points that were taken back now, as a negative number. What was not given yet never will be."""
    if work.value(repository.LOCK, user_id=taking.user_id) is None:
        return 0
    return int(
        work.value(
            repository.TAKE_BACK,
            user_id=taking.user_id,
            kind=taking.kind.value,
            source=str(taking.source),
            zone=config().academy_time_zone,
        )
    )
