"""Engagement: XP, badges, leaderboards."""

from uuid import UUID

from academy.engagement.badges import service as badges
from academy.engagement.badges import views as badge_views
from academy.engagement.boards import reading as boards
from academy.engagement.boards import schemas as board_schemas
from academy.engagement.xp import ledger
from academy.engagement.xp import schemas as xp
from academy.platform.http import Answer, Api, Request, Rows, member, ok, page_of, public

api = Api("engagement", tag="Engagement, community, messages")
handler = api.handler


@api.get("/xp", access=member(), answers=xp.XpView, paged=True)
def list_xp(request: Request, query: xp.XpQuery) -> Answer:
    """My ledger of XP, the latest first; `summary` beside `data` tells what it comes to: `{total, level, levelBegins, nextLevelBegins, today}`."""
    page, summary = ledger.list_own(request, query)
    return page_of(page, summary=summary)


@api.get("/achievements/{user_id}", access=member(rows=Rows.ANY), answers=badge_views.AchievementsView)
def get_achievements(request: Request, user_id: UUID, query: badge_views.BadgeQuery) -> Answer:
    """Somebody's badges: one's own with how far one is with the others; of others what they have earned, if they show it."""
    return ok(badges.achievements_of(request, user_id, query.language))


@api.get("/badges", access=public(limit=None), answers=list[badge_views.BadgeView], public_cache=True)
def list_badges(request: Request, query: badge_views.BadgeQuery) -> Answer:
    """All badges there are, and what they ask for."""
    return ok(badges.catalogue(query.language))


@api.get("/badges/{badge}/icon.svg", access=public(limit=None), media_type="image/svg+xml", etag=True, public_cache=True)
def get_badge_icon(request: Request, badge: str, query: badge_views.BadgeQuery) -> Answer:
    """What a badge looks like."""
    return badges.picture(badge, query.language)


@api.get("/leaderboard", access=member(rows=Rows.ANY), answers=board_schemas.PlaceView, paged=True, errors=[404])
def get_leaderboard(request: Request, query: board_schemas.LeaderboardQuery) -> Answer:
    """Who has the most points of a week, a month or all time, in all, in a domain or in a course; `leaderboard` beside `data` tells which board it is."""
    return boards.page(request, query)


@api.get("/leaderboard/me", access=member(), answers=board_schemas.StandingView, errors=[404])
def get_my_standing(request: Request, query: board_schemas.StandingQuery) -> Answer:
    """My rank and points there, who stands next to me, and how much brings a better rank."""
    return boards.standing(request, query)
