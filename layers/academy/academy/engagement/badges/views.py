"""What of badges goes out, and what is asked for."""

from uuid import UUID

from academy.engagement.badges.counters import Counter
from academy.engagement.badges.values import Tier
from academy.identity.values import Language
from academy.learning.views import EarnedBadgeView
from academy.platform.http import Query, View


class BadgeQuery(Query):
    """`language`: of names and descriptions."""

    language: Language = Language.ENGLISH


class BadgeView(View):
    """`counts` has to reach `target`. `tier` is the medal's metal: how much is asked for."""

    badge: str
    name: str
    description: str
    icon_url: str
    tier: Tier
    counts: Counter
    target: int


class BadgeProgressView(View):
    current: int
    target: int


class PossibleBadgeView(BadgeView):
    progress: BadgeProgressView


class AchievedBadgeView(EarnedBadgeView):
    tier: Tier


class AchievementsView(View):
    """Badges of a learner, the latest first. `points` is their XP. `possible`, with how far they are, is for themselves and admins."""

    user_id: UUID
    earned: list[AchievedBadgeView]
    total_earned: int
    points: int
    possible: list[PossibleBadgeView] | None = None
