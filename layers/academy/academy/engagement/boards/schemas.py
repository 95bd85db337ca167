"""What comes in and goes out about leaderboards."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from academy.engagement.boards.values import Span
from academy.platform.http import ListQuery, Query, View

PERIOD = "^[0-9]{4}-(W(0[1-9]|[1-4][0-9]|5[0-3])|0[1-9]|1[0-2])$"
"""For the document; periods.first_day refuses the rest in better words."""
_At = Annotated[str, Field(max_length=20, json_schema_extra={"pattern": PERIOD})] | None
_Domain = Annotated[str | None, Field(min_length=1, max_length=100)]


class LeaderboardQuery(ListQuery):
    """`period`: weekly, monthly or all. `at` is a past one (`2026-W46`, `2026-11`), else the present one. `domain` or `courseId`, not both, narrow it down."""

    period: Span = Span.WEEKLY
    at: _At = None
    domain: _Domain = None
    course_id: UUID | None = None


class StandingQuery(Query):
    """The same, for one's own place."""

    period: Span = Span.WEEKLY
    at: _At = None
    domain: _Domain = None
    course_id: UUID | None = None


class BoardUserView(View):
    """Somebody on a board. Of one who goes by a pseudonym `id`, `username` and `avatarUrl` are null."""

    id: UUID | None
    name: str
    full_name: str
    username: str | None
    avatar_url: str | None


class PlaceView(View):
    """Who has as many points shares the rank; the next rank is left out for each of them (1, 1, 3)."""

    rank: int
    user: BoardUserView
    points: int


class BoardView(View):
    """Which board it is. `at` is null for all time; `closed` says that its points stay."""

    period: Span
    at: str | None
    from_: Annotated[date | None, Field(alias="from")]
    to: date | None
    domain: str | None
    course_id: UUID | None
    closed: bool
    users: int


class NeighboursView(View):
    """Up to three on each side, in the board's order."""

    above: list[PlaceView]
    below: list[PlaceView]


class LastPlaceView(View):
    rank: int
    points: int


class StandingView(View):
    """My place. `rank` is null without points; of somebody who is not shown (`listed` false) it is the rank that they would have.
    `toNextRank` is how many points bring a better one, null for the first; `last` is who is last on the board."""

    leaderboard: BoardView
    rank: int | None
    points: int
    listed: bool
    to_next_rank: int | None
    neighbours: NeighboursView
    last: LastPlaceView | None
