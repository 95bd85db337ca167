"""What engagement tells the rest of the academy."""

from typing import ClassVar
from uuid import UUID

from academy.platform.events import DomainEvent


class BadgeEarned(DomainEvent):
    """Once for a user and badge."""

    kind: ClassVar[str] = "badge.earned"

    user_id: UUID
    badge: str


class PlaceWon(DomainEvent):
    """A period was closed with this learner among the first three of a leaderboard. `period` is an ISO week (2026-W46) or a month (2026-11)."""

    kind: ClassVar[str] = "leaderboard.place_won"

    user_id: UUID
    span: str
    period: str
    domain: str | None
    course_id: UUID | None
    rank: int
    points: int


class StreakEnding(DomainEvent):
    """A streak of some days ends at midnight in the learner's own time zone if nothing is learned before. Once a user and local day."""

    kind: ClassVar[str] = "streak.ending"

    user_id: UUID
    days: int
    local_day: str
