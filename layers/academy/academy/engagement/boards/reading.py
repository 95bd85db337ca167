"""Everybody's board, and one's own place on it."""

from typing import Any

from academy.engagement.boards import pages
from academy.engagement.boards.periods import first_day
from academy.engagement.boards.schemas import LeaderboardQuery, StandingQuery
from academy.platform.config import config
from academy.platform.db import Row
from academy.platform.errors import NotFound, ValidationFailed
from academy.platform.http import Answer, Json, Page, Request, ok, page_of

REVALIDATED = "public, no-cache"
"""Anybody may keep the page, and has to ask each time whether it is still so: the answer depends on who may ask, and who was hidden is gone at once. Its
ETag is the same for everybody (RFC 9111, 3.5 and 5.2.2.4)."""


def page(request: Request, query: LeaderboardQuery) -> Answer:
    """The same bytes for everybody who may see the board. Raises ValidationFailed, NotFound."""
    after = query.after(int, int) or [None, None]
    rows = request.work.rows(
        pages.LIST,
        **_asked(request, query),
        after_points=_in_range(after[0]),
        after_passed=_in_range(after[1]),
        offset=query.offset,
        limit=query.limit,
        counted=query.counted,
    )
    _refuse(rows[0])
    answer = page_of(Page.of(rows, query), leaderboard=rows[0].leaderboard)
    answer.headers["Cache-Control"] = REVALIDATED
    return answer


def standing(request: Request, query: StandingQuery) -> Answer:
    """The caller's place. Raises ValidationFailed, NotFound."""
    row = request.work.first(pages.STANDING, **_asked(request, query))
    if row is None:
        raise NotFound("user")
    _refuse(row)
    return ok(Json(row.json))


def _asked(request: Request, query: LeaderboardQuery | StandingQuery) -> dict[str, Any]:
    if query.domain and query.course_id:
        raise ValidationFailed.of("query.domain", "A leaderboard is of a domain or of a course: leave one of them out.", "domain")
    caller = request.caller
    return {
        "span": query.period.value,
        "first": first_day(query.period, query.at) if query.at else None,
        "domain": query.domain,
        "course_id": query.course_id,
        "caller": caller.id,
        "any": caller.can("course:edit_any") or caller.can("course:review"),
        "zone": config().academy_time_zone,
        "media": config().media_url,
    }


def _refuse(row: Row) -> None:
    if not row.course_known:
        raise NotFound("course")
    if not row.domain_known:
        raise ValidationFailed.of("query.domain", "There is no such domain.", "domain")
    if row.future:
        raise ValidationFailed.of("query.at", "This period has not begun yet.", "period")


def _in_range(number: int | None) -> int | None:
    if number is not None and not 0 <= number < 2**31:
        raise ValidationFailed.of("query.cursor", "This is not a cursor of this list.", "cursor")
    return number
