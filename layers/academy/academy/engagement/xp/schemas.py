"""What comes in and goes out about XP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from academy.engagement.xp.values import HoldStatus, XpKind
from academy.platform.http import ListQuery, Schema, View, example

MOST_POINTS = 100_000
MOST_A_DAY = 10_000


def _ruled(kind: XpKind) -> XpKind:
    if kind is XpKind.REVERSAL:
        raise ValueError("a reversal takes back what was given, by no rule of its own")
    return kind


def _once_each(rules: "list[XpRuleChange]") -> "list[XpRuleChange]":
    if len({rule.kind for rule in rules}) < len(rules):
        raise ValueError("name each kind once")
    return rules


class XpQuery(ListQuery):
    """`kind` narrows it down."""

    kind: XpKind | None = None


class XpView(View):
    """A row of the ledger. `source` is what it was given for: a lesson, course, attempt or post; of a reversal, the `id` of the row that it takes back.
    `points` is negative for a reversal, and 0 beyond the day's cap. It counts on the day that it was booked."""

    id: UUID
    kind: XpKind
    source: UUID
    points: int
    reason: str
    course_id: UUID | None
    earned_at: datetime
    booked_at: datetime


class XpRuleChange(Schema):
    """`version` is the one that was seen: a rule that has changed since is not overwritten."""

    kind: Annotated[XpKind, AfterValidator(_ruled)]
    version: Annotated[int, Field(ge=1)]
    points: Annotated[int, Field(ge=0, le=MOST_POINTS)]
    daily_cap: Annotated[int, Field(ge=1, le=MOST_A_DAY)]


class XpRuleChanges(Schema):
    """Kinds that are not named stay as they are."""

    model_config = example(rules=[{"kind": "lesson_complete", "version": 1, "points": 60, "dailyCap": 200}])

    rules: Annotated[list[XpRuleChange], Field(min_length=1, max_length=len(XpKind)), AfterValidator(_once_each)]


class XpRuleVersionView(View):
    """`setBy` is null for what the academy began with."""

    version: int
    points: int
    daily_cap: int
    set_by: UUID | None
    set_at: datetime


class XpRuleView(View):
    """What a kind is worth now and how often a day; `history` is how it came about, this version first. Each row of the ledger was booked by one of them."""

    kind: XpKind
    version: int
    points: int
    daily_cap: int
    history: list[XpRuleVersionView]


class XpHoldsQuery(ListQuery):
    """Those that wait, if no other status is asked for; the longest waiting first."""

    status: HoldStatus = HoldStatus.HELD
    user_id: UUID | None = None


class XpHoldView(View):
    """Points that came faster than anybody learns. `minutes` is how long the lesson is reckoned to take, 0 for a course."""

    id: UUID
    user_id: UUID
    full_name: str | None
    kind: XpKind
    source: UUID
    points: int
    course_id: UUID | None
    course_title: str | None
    minutes: int
    earned_at: datetime
    held_at: datetime
    status: HoldStatus
    decided_by: UUID | None
    decided_at: datetime | None
