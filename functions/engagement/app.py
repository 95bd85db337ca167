"""Engagement: XP, badges, leaderboards."""

from academy.engagement.xp import ledger
from academy.engagement.xp import schemas as xp
from academy.platform.http import Answer, Api, Request, member, page_of

api = Api("engagement", tag="Engagement, community, messages")
handler = api.handler


@api.get("/xp", access=member(), answers=xp.XpView, paged=True)
def list_xp(request: Request, query: xp.XpQuery) -> Answer:
    """My ledger of XP, the latest first; `summary` beside `data` tells what it comes to: `{total, level, levelBegins, nextLevelBegins, today}`."""
    page, summary = ledger.list_own(request, query)
    return page_of(page, summary=summary)
