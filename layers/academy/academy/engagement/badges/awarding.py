"""Awarding: whoever's count has reached a badge's target has it from then on, once, and it is told of once.

What is counted was committed before anybody asks here, or is written under the learner's lock (`facts.note`): of two that come at the same moment the
later one sees both. So no badge waits for one event more than it needs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from academy.certificates.events import CertificateIssued
from academy.engagement.badges import facts, repository
from academy.engagement.badges.catalogue import BADGES, Badge
from academy.engagement.badges.counters import Counter
from academy.engagement.badges.shown import shown
from academy.engagement.events import PlaceWon
from academy.engagement.facts import PostCreated, QuizPassed
from academy.learning.events import CourseCompleted, CourseRated, LessonCompleted, SectionCompleted, StudyMilestone
from academy.platform.db import Bound, Row, UnitOfWork
from academy.platform.events import Envelope

_LEARNING = (
    Counter.STREAK,
    Counter.EARLY_MORNINGS,
    Counter.LATE_NIGHTS,
    Counter.WEEKEND_DAYS,
    Counter.COMEBACKS,
    Counter.WEEKLY_GOALS,
)
MOVES: dict[str, tuple[Counter, ...]] = {
    SectionCompleted.kind: _LEARNING,
    StudyMilestone.kind: (Counter.STREAK, Counter.WEEKLY_GOALS),
    LessonCompleted.kind: (Counter.LESSONS, Counter.XP),
    CourseCompleted.kind: (Counter.COURSES, Counter.DOMAINS, Counter.XP),
    CourseRated.kind: (Counter.RATINGS,),
    CertificateIssued.kind: (Counter.CERTIFICATES,),
    QuizPassed.kind: (Counter.QUIZZES, Counter.HIGH_QUIZZES, Counter.PERFECT_QUIZZES, Counter.XP),
    PostCreated.kind: (Counter.POSTS, Counter.XP),
    PlaceWon.kind: (Counter.PLACES,),
}
"""Which counters an event can have moved: no other is looked at."""
HANDLES = frozenset({*MOVES, *facts.NOTED})


@dataclass(frozen=True, slots=True)
class Earned:
    """A badge that is new. `earned_at` is RFC 3339."""

    user_id: UUID
    badge: Badge
    earned_at: str

    def as_news(self) -> dict[str, Any]:
        return {**shown(self.badge), "earnedAt": self.earned_at}


def hear(work: UnitOfWork, envelope: Envelope) -> list[Earned]:
    """An event in this transaction: what is to be kept of it, then the badges that it earned. Kinds that no badge looks at pass by."""
    facts.note(work, envelope)
    if envelope.kind not in MOVES:
        return []
    return award(work, [UUID(envelope.payload["userId"])], [envelope.kind])


def award(work: UnitOfWork, user_ids: Sequence[UUID], kinds: Iterable[str]) -> list[Earned]:
    """What these learners have newly earned after events of these kinds. One statement, at any time and as often as one likes."""
    return _award(work, bound(user_ids, kinds))


def award_of(work: UnitOfWork, user_ids: Sequence[UUID | str], badges: Sequence[Badge]) -> list[Earned]:
    """The same of certain badges."""
    return _award(work, _bound(user_ids, badges))


def bound(user_ids: Sequence[UUID], kinds: Iterable[str]) -> list[Bound]:
    """`award` as a statement to be sent together with others, whose rows `earned` takes. None where no badge looks at these kinds."""
    counters = {counter for kind in kinds for counter in MOVES.get(kind, ())}
    return _bound(user_ids, [badge for badge in BADGES.values() if badge.counter in counters])


def earned(work: UnitOfWork, rows: Iterable[Row]) -> list[Earned]:
    """What the statement told, with its events to be published."""
    told = list(rows)
    work.emitted(row.event for row in told)
    return [Earned(UUID(row.user_id), BADGES[row.badge], row.earned_at) for row in told]


def _bound(user_ids: Sequence[UUID | str], badges: Sequence[Badge]) -> list[Bound]:
    if not badges or not user_ids:
        return []
    return [repository.award(tuple(badge.slug for badge in badges)).bind(ids=list(user_ids))]


def _award(work: UnitOfWork, statements: Sequence[Bound]) -> list[Earned]:
    return [each for rows in work.together(*statements) for each in earned(work, rows)]
