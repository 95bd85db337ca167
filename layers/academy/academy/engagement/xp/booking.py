"""Booking: an award or its reversal becomes a row of the ledger, and every sum follows. In one transaction, the learner's row locked first."""

import json
from collections.abc import Sequence
from uuid import UUID

from academy.engagement.facts import Award, Taking
from academy.engagement.xp import repository
from academy.platform.config import config
from academy.platform.db import Bound, UnitOfWork


def book(work: UnitOfWork, user_id: UUID, awards: Sequence[Award]) -> int:
    """The points that these awards gave now: each counts once, however often and in whatever order it is told of."""
    _, [booked] = work.together(*bound(user_id, awards))
    return int(booked.points)


def bound(user_id: UUID, awards: Sequence[Award]) -> tuple[Bound, Bound]:
    """The same as two statements to be sent together with others; the second's row has `points`."""
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
    return (
        repository.LOCK.bind(user_id=user_id),
        repository.BOOK.bind(user_id=user_id, awards=json.dumps(told, default=str), zone=settings.academy_time_zone, pace=settings.xp_pace),
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
