"""Icons: drawn for each badge, named for who can't see them, with enough contrast for who sees little."""

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from academy.engagement.badges.catalogue import BADGES, Badge
from academy.engagement.badges.icons import ACCENT, DISC, GLYPH, METAL, all_drawn, icon
from academy.engagement.badges.values import Tier
from academy.identity.values import Language

SVG = "{http://www.w3.org/2000/svg}"
ENOUGH = 3.0
"""WCAG 2.2, 1.4.11: graphics that have a meaning."""
WHITE_PAGE, DARK_PAGE = "#ffffff", "#121212"
ALL = [pytest.param(badge, id=slug) for slug, badge in BADGES.items()]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_every_badge_has_a_drawing_of_its_own() -> None:
    assert all_drawn()
    assert len({re.sub("<title.*</desc>", "", icon(badge)) for badge in BADGES.values()}) == len(BADGES)


@pytest.mark.parametrize("badge", ALL)
@pytest.mark.parametrize("language", Language)
def test_an_icon_says_what_it_is(badge: Badge, language: Language) -> None:
    root = ElementTree.fromstring(icon(badge, language))  # our own

    assert root.get("role") == "img"
    assert root.get("lang") == language
    named = {root.get("aria-labelledby"): f"{SVG}title", root.get("aria-describedby"): f"{SVG}desc"}
    said = {name: element.text for name, tag in named.items() for element in root.iter(tag) if element.get("id") == name}
    assert list(said.values()) == [badge.name.in_(language), badge.description.in_(language)]


@pytest.mark.parametrize("badge", ALL)
def test_an_icon_needs_nothing_from_elsewhere_and_no_style_sheet(badge: Badge) -> None:
    tags = {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(icon(badge)).iter()}
    names = {name for element in ElementTree.fromstring(icon(badge)).iter() for name in element.attrib}

    assert tags <= {"svg", "title", "desc", "path", "circle", "g"}
    assert not names & {"style", "class", "href", "onload"}


@pytest.mark.parametrize("tier", Tier)
def test_all_that_means_something_stands_out(tier: Tier) -> None:
    lies_on = [(GLYPH, DISC), (ACCENT[tier], DISC), (METAL[tier], WHITE_PAGE), (METAL[tier], DARK_PAGE), (DISC, ACCENT[tier])]

    assert {pair: round(contrast(*pair), 2) for pair in lies_on if contrast(*pair) < ENOUGH} == {}


def test_words_are_there_in_both_languages_and_end_as_sentences() -> None:
    for badge in BADGES.values():
        assert re.search("[ऀ-ॿ]", badge.name.hi), badge.slug
        assert badge.description.en.endswith(".")
        assert badge.description.hi.endswith("।")
    assert len({badge.name for badge in BADGES.values()}) == len(BADGES)


def test_of_badges_that_count_the_same_the_more_is_asked_the_nobler_the_metal() -> None:
    nobility = list(Tier)
    for counter in {badge.counter for badge in BADGES.values()}:
        ladder = sorted((badge for badge in BADGES.values() if badge.counter is counter), key=lambda badge: badge.target)
        assert all(nobility.index(low.tier) < nobility.index(high.tier) for low, high in pairwise(ladder)), counter


def test_the_documentation_tells_of_every_badge() -> None:
    rows = (Path(__file__).parents[3] / "docs/engagement.md").read_text().splitlines()

    for badge in BADGES.values():
        words = f"{badge.name.en} · {badge.name.hi} | {badge.description.en}"
        assert f"| `{badge.slug}` | {words} | `{badge.counter}` {badge.target} | {badge.tier} |" in rows
