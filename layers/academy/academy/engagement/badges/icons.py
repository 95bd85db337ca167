"""The icons of badges, drawn here: a medal on a ribbon, its metal the badge's tier, a glyph of a few strokes on it.

SVG without style sheets, scripts, fonts or anything from elsewhere: the strictest content policy shows it as it is. Every colour stands out by 3:1 and
more from what it lies on, also the medal's rim from a white and from a dark page (WCAG 2.2, 1.4.11; tested).
"""

from functools import cache
from html import escape

from academy.engagement.badges.catalogue import BADGES, Badge
from academy.engagement.badges.values import Tier
from academy.identity.values import Language

CONTENT_TYPE = "image/svg+xml"

DISC = "#16213d"
GLYPH = "#ffffff"
METAL = {Tier.BRONZE: "#b06a2c", Tier.SILVER: "#7f8a99", Tier.GOLD: "#b58a00"}
ACCENT = {Tier.BRONZE: "#f2b27a", Tier.SILVER: "#cfd8e3", Tier.GOLD: "#ffd84d"}
"""What is filled in a glyph."""

_SPARK = '<path class="fill" d="M{x} {y}l1.2 2.8 2.8 1.2-2.8 1.2-1.2 2.8-1.2-2.8-2.8-1.2 2.8-1.2z"/>'


def _spark(x: float, y: float) -> str:
    return _SPARK.format(x=x, y=y)


_FLAME = "M25 3c1 8 12 13 12 26a13 13 0 0 1-26 0c0-7 4-10 5-16 4 2 6 5 6 9 3-5 4-12 3-19z"
_CAP = "M24 9 45 19 24 29 3 19z"

# In a square of 48: strokes of GLYPH, `class="fill"` in the tier's accent.
_GLYPHS = {
    "first_step": '<path d="M4 42h11v-9h11v-9h11v-9h7"/><path class="fill" d="M30 14V3l9 4-9 4z"/><path d="M30 17V3"/>',
    "fifty_lessons": '<path d="M4 11l4 4 7-8M4 25l4 4 7-8M4 39l4 4 7-8M22 11h22M22 25h22M22 39h14"/>' + _spark(42, 34),
    "first_course": '<path class="fill" d="M24 13c-5-4-12-5-20-4v28c8-1 15 0 20 4z"/>'
    '<path d="M24 13c-5-4-12-5-20-4v28c8-1 15 0 20 4 5-4 12-5 20-4V9c-8-1-15 0-20 4zM24 13v28"/>',
    "course_completer": '<path class="fill" d="M10 21h30v10H10z"/><path d="M6 33h30v10H6zM10 21h30v10H10zM7 9h28v10H7zM13 9v10M17 21v10M13 33v10"/>',
    "scholar": f'<path class="fill" d="{_CAP}"/><path d="{_CAP}M11 24v11c5 6 21 6 26 0V24M45 19v14"/>',
    "explorer": '<circle cx="24" cy="24" r="20"/><path class="fill" d="M34 14l-6 14-14 6 6-14z"/><path d="M34 14l-6 14-14 6 6-14z"/>',
    "certified": '<path d="M33 38H6V6h36v20M13 15h22M13 23h12"/><path d="M33 36l-3 9 6-3 6 3-3-9"/><circle class="fill" cx="36" cy="32" r="7"/>'
    '<circle cx="36" cy="32" r="7"/>',
    "seven_day_streak": f'<path class="fill" d="{_FLAME}"/><path d="{_FLAME}"/>',
    "streak_master": '<path d="M5 9h38v34H5zM5 18h38M15 4v9M33 4v9"/>'
    '<path class="fill" d="M24.5 20c.5 4 6 6.5 6 12.5a6.5 6.5 0 0 1-13 0c0-3.5 2-5 2.5-8 2 1 3 2.5 3 4.5 1.5-2.5 2-5.5 1.5-9z"/>',
    "hundred_days": '<path class="fill" d="M18 15l-7 12.5 6-2.5 4 4 4-3zM18 3l9 4-9 4z"/><path d="M3 43L18 15l9 15 5-7 13 20z"/><path d="M18 15V3l9 4-9 4"/>',
    "early_bird": '<path class="fill" d="M12 36a12 12 0 0 1 24 0z"/><path d="M3 36h42M12 36a12 12 0 0 1 24 0M24 8v9M6 17l6 6M42 17l-6 6M12 43h24"/>',
    "night_owl": '<path class="fill" d="M28 5a20 20 0 1 0 15 29A17 17 0 0 1 28 5z"/><path d="M28 5a20 20 0 1 0 15 29A17 17 0 0 1 28 5z"/>'
    + _spark(38, 7)
    + _spark(43, 17),
    "weekend_learner": '<path class="fill" d="M25 25h7v11h-7zM34 25h7v11h-7z"/><path d="M5 9h38v34H5zM5 18h38M15 4v9M33 4v9M11 26h8M11 34h8"/>',
    "comeback": '<path d="M14 15h17a12.5 12.5 0 0 1 0 25H10"/><path class="fill" d="M17 5L5 15l12 10z"/><path d="M17 5L5 15l12 10z"/>',
    "goal_getter": '<circle cx="22" cy="26" r="19"/><circle cx="22" cy="26" r="11"/><circle class="fill" cx="22" cy="26" r="4"/>'
    '<path d="M22 26L43 5M35 5v8h8"/>',
    "goal_keeper": '<path class="fill" d="M24 4l18 6v13c0 11-7 17-18 21C13 40 6 34 6 23V10z"/><path d="M24 4l18 6v13c0 11-7 17-18 21C13 40 6 34 6 23V10z"/>'
    '<path class="dark" d="M15 24l7 7 12-14"/>',
    "perfect_score": '<path class="fill" d="M24 3l6.5 13.5 15 2-11 10.5 2.7 15L24 37l-13.2 7 2.7-15-11-10.5 15-2z"/>'
    '<path d="M24 3l6.5 13.5 15 2-11 10.5 2.7 15L24 37l-13.2 7 2.7-15-11-10.5 15-2z"/>',
    "perfectionist": '<path class="fill" d="M12 6h24l9 13H3z"/><path d="M12 6h24l9 13-21 25L3 19zM3 19h42M24 44l-8-25 8-13 8 13z"/>',
    "high_scorer": '<path class="fill" d="M34 16h9v28h-9z"/><path d="M5 32h9v12H5zM19.5 24h9v20h-9zM34 16h9v28h-9z"/><path d="M5 19L16 9l6 5L35 4M27 4h8v8"/>',
    "quiz_solver": '<path class="fill" d="M24 3a15 15 0 0 1 9 27c-2 2-2 3-2 5H17c0-2 0-3-2-5a15 15 0 0 1 9-27z"/>'
    '<path d="M24 3a15 15 0 0 1 9 27c-2 2-2 3-2 5H17c0-2 0-3-2-5a15 15 0 0 1 9-27zM17 40h14M20 45h8"/>'
    '<path class="dark" d="M19 15c0-7 10-7 10-1 0 4-5 4-5 8M24 27v.5"/>',
    "social_learner": '<path class="fill" d="M3 5h28v20H17l-7 7v-7H3z"/><path d="M3 5h28v20H17l-7 7v-7H3zM37 15h8v20h-6v7l-7-7H19"/>'
    '<path class="dark" d="M10 12h14M10 18h9"/>',
    "reviewer": '<path class="fill" d="M5 43l3-12L33 6l9 9-25 25z"/><path d="M5 43l3-12L33 6l9 9-25 25zM27 12l9 9M8 31l9 9M27 43h17"/>',
    "champion": '<path class="fill" d="M13 5h22v15a11 11 0 0 1-22 0z"/><path d="M13 5h22v15a11 11 0 0 1-22 0zM13 9H4c0 9 3 13 10 14M35 9h9c0 9-3 13-10 14'
    'M24 31v8M14 43h20M18 39h12"/>',
    "rising_star": '<path class="fill" d="M31 3l4.5 9 10 1.5-7.3 7 1.8 10L31 25.7 22 30.5l1.8-10-7.3-7L26.5 12z"/>'
    '<path d="M31 3l4.5 9 10 1.5-7.3 7 1.8 10L31 25.7 22 30.5l1.8-10-7.3-7L26.5 12zM17 30L4 43M12 22l-8 8M26 36l-8 8"/>',
}


@cache
def icon(badge: Badge, language: Language = Language.ENGLISH) -> str:
    """The badge's SVG, named for who can't see it."""
    metal, accent = METAL[badge.tier], ACCENT[badge.tier]
    glyph = (
        _GLYPHS[badge.slug]
        .replace('class="fill"', f'fill="{accent}" stroke="none"')
        .replace('class="dark"', f'stroke="{DISC}" stroke-width="3.4"')
    )
    name, description = escape(badge.name.in_(language)), escape(badge.description.in_(language))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128" width="128" height="128" role="img" lang="{language.value}"'
        f' aria-labelledby="name" aria-describedby="why"><title id="name">{name}</title><desc id="why">{description}</desc>'
        f'<path fill="{metal}" d="M40 86L26 124l17-5 9 9 12-32 12 32 9-9 17 5-14-38z"/>'
        f'<circle cx="64" cy="54" r="53" fill="{metal}"/><circle cx="64" cy="54" r="46" fill="{DISC}"/>'
        f'<circle cx="64" cy="54" r="41" fill="none" stroke="{metal}" stroke-width="1.5" stroke-dasharray="1.5 5" stroke-linecap="round"/>'
        f'<g transform="translate(37.6 27.6) scale(1.1)" fill="none" stroke="{GLYPH}" stroke-width="2.9" stroke-linecap="round"'
        f' stroke-linejoin="round">{glyph}</g></svg>'
    )


def all_drawn() -> bool:
    """Whether every badge has its glyph, and no other has one."""
    return _GLYPHS.keys() == BADGES.keys()
