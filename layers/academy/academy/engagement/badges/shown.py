"""A badge as it is shown."""

from typing import Any

from academy.engagement.badges.catalogue import BADGES, Badge
from academy.identity.values import Language
from academy.platform.config import config


def shown(badge: Badge, language: Language = Language.ENGLISH) -> dict[str, Any]:
    return {
        "badge": badge.slug,
        "name": badge.name.in_(language),
        "description": badge.description.in_(language),
        "iconUrl": icon_url(badge, language),
    }


def all_shown(language: Language = Language.ENGLISH) -> list[dict[str, Any]]:
    return [shown(badge, language) for badge in BADGES.values()]


def icon_url(badge: Badge, language: Language = Language.ENGLISH) -> str:
    """The icon says the badge's name to who can't see it, so it is another one in another language."""
    query = "" if language is Language.ENGLISH else f"?language={language.value}"
    return f"{config().public_url}/api/v1/badges/{badge.slug}/icon.svg{query}"
