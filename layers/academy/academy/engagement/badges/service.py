"""Badges as they are read: all there are, somebody's, and what they look like."""

import json
from typing import Any
from uuid import UUID

from academy.engagement.badges import repository
from academy.engagement.badges.catalogue import BADGES, Badge
from academy.engagement.badges.icons import CONTENT_TYPE, icon
from academy.engagement.badges.shown import shown
from academy.identity.values import Language
from academy.platform.errors import NotFound
from academy.platform.http import Answer, Request

A_DAY = "public, max-age=86400, stale-while-revalidate=604800"
"""A drawing changes with a release, if at all; the tag tells."""


def catalogue(language: Language) -> list[dict[str, Any]]:
    return [{**shown(badge, language), **_asked(badge)} for badge in BADGES.values()]


def picture(slug: str, language: Language) -> Answer:
    if slug not in BADGES:
        raise NotFound("badge")
    return Answer(body=icon(BADGES[slug], language), content_type=CONTENT_TYPE, headers={"Cache-Control": A_DAY})


def achievements_of(request: Request, user_id: UUID, language: Language) -> dict[str, Any]:
    """Whole to the person and to who may read users. Others see what was earned, unless the person keeps it to themselves: then there is nobody."""
    caller = request.caller
    row = request.work.first(repository.STANDING, id=user_id, caller=caller.id, any=caller.can("user:read"))
    if row is None:
        raise NotFound("user")
    earned = json.loads(row.earned)
    latest_first = sorted((slug for slug in earned if slug in BADGES), key=lambda slug: str(earned[slug]), reverse=True)
    answer: dict[str, Any] = {
        "userId": str(user_id),
        "earned": [{**shown(BADGES[slug], language), "tier": BADGES[slug].tier, "earnedAt": earned[slug]} for slug in latest_first],
        "totalEarned": len(latest_first),
        "points": row.xp_total,
    }
    if row.whole:
        counts = json.loads(row.counts or "{}")
        answer["possible"] = [
            {
                **shown(badge, language),
                **_asked(badge),
                "progress": {"current": min(counts[slug] or 0, badge.target), "target": badge.target},
            }
            for slug, badge in BADGES.items()
            if slug not in earned
        ]
    return answer


def _asked(badge: Badge) -> dict[str, Any]:
    return {"tier": badge.tier, "counts": badge.counter, "target": badge.target}
