"""The demo pages in a real browser: what they show, that everything has a name, and that it can be read in light and in dark."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from academy.engagement.badges.models import Achievement
from academy.platform import config as configuration
from academy.platform.db import Database
from academy.platform.ids import uuid7
from tests.api import Client
from tests.e2e.chromium import Page, opened
from tests.factories import Factory
from tests.integration.engagement.boards import Hall
from tests.serving import serving

pytestmark = pytest.mark.slow

NAMELESS = """
    const named = (each) => each.getAttribute("aria-label") || each.getAttribute("alt") || each.textContent.trim()
        || (each.labels && [...each.labels].map((label) => label.textContent.trim()).join(" "));
    return [...document.querySelectorAll("a, button, input, img, svg, progress, [role=tab], nav, table")]
        .filter((each) => each.checkVisibility() && !named(each)).map((each) => each.outerHTML);
"""
FAINT = """
    const channel = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    const parsed = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
    const behind = (each) => {
        for (; each; each = each.parentElement) {
            const colour = parsed(getComputedStyle(each).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) return colour;
        }
        return [255, 255, 255];
    };
    const faint = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let seen = 0;
    while (walker.nextNode()) {
        const each = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !each.checkVisibility()) continue;
        seen += 1;
        const pair = [light(parsed(getComputedStyle(each).color)), light(behind(each))].sort((a, b) => b - a);
        const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
        if (ratio < 4.5) faint.push([walker.currentNode.data.trim(), ratio]);
    }
    return {seen, faint};
"""
BROKEN_IMAGES = "return [...document.images].filter((each) => !each.complete || !each.naturalWidth).map((each) => each.src)"
WAIT = """
    for (const end = Date.now() + 60000; !document.body.innerText.includes(wanted);) {
        if (Date.now() > end) throw new Error(document.body.innerText);
        await new Promise((resume) => setTimeout(resume, 20));
    }
"""


@pytest.fixture
def site(client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The API of this process, one request at a time, at an address that a browser can open."""
    turn = asyncio.Lock()

    async def answer(request: web.Request) -> web.Response:
        body = await request.text()
        headers = {name: value for name, value in request.headers.items() if name.lower() not in {"host", "content-length"}}
        async with turn:
            reply = await asyncio.to_thread(
                client.call, request.method, request.path, headers=headers, raw=body or None, raw_query=request.query_string
            )
        return web.Response(status=reply.status, text=reply.text, headers=reply.headers)

    def application() -> web.Application:
        made = web.Application()
        made.router.add_route("*", "/{path:.*}", answer)
        return made

    with serving(application) as address:
        monkeypatch.setenv("PUBLIC_URL", address)
        configuration.config.cache_clear()
        yield address
    configuration.config.cache_clear()


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with opened(tmp_path) as steered:
        yield steered


@pytest.fixture
def asha(make: Factory, client: Client, db: Database) -> dict[str, Any]:
    """Second of five this week, with one badge."""
    hall = Hall(make, client, db)
    asha = make.user(full_name="Asha Menon")
    for points, user in [(900, make.user(full_name="Ravi Iyer")), (650, asha), *((100 * n, make.user()) for n in (3, 2, 1))]:
        hall.award(user, points)
    hall.fold()
    make.row(Achievement, user_id=asha["id"], badge="first_step", event_id=uuid7())
    return asha


def shown(page: Page, address: str, client: Client, user: dict[str, Any], wanted: str) -> None:
    """The page as this user's session has it, once it says what is wanted."""
    page.open(address)
    page.run("sessionStorage.setItem('academy-demo-token', token)", token=client.token(user))
    page.open(address)
    page.run(WAIT, wanted=wanted)


def judged(page: Page) -> None:
    """Everything has a name, nothing is faint or wider than a phone, in light and in dark."""
    for scheme in ("light", "dark"):
        page.prefer(scheme)
        assert page.run(NAMELESS) == []
        text = page.run(FAINT)
        assert text["seen"] > 10
        assert text["faint"] == [], scheme
    page.resize(360, 800)
    assert page.run("return document.documentElement.scrollWidth") <= 360


def test_the_leaderboard_shows_ones_place_and_the_board(site: str, page: Page, client: Client, asha: dict[str, Any]) -> None:
    shown(page, f"{site}/api/v1/docs/demo/leaderboard", client, asha, "Rank 2")

    assert "650 points. 250 more bring a better rank." in page.text("#standing")
    assert page.run("return [...document.querySelectorAll('#places tbody tr')].map((row) => row.cells[1].textContent)")[:2] == [
        "Ravi Iyer",
        "Asha Menon",
    ]
    assert page.text("#neighbours tr[aria-current=true]").split() == ["2", "Me", "650"]
    judged(page)

    page.run("document.querySelector('#tab-weekly').focus()")
    page.key("ArrowLeft")
    page.run(WAIT, wanted="all time")
    assert page.run("return [document.activeElement.id, document.activeElement.ariaSelected]") == ["tab-all", "true"]


def test_the_badges_show_what_is_earned_and_how_far_the_others_are(site: str, page: Page, client: Client, asha: dict[str, Any]) -> None:
    shown(page, f"{site}/api/v1/docs/demo/badges", client, asha, "1 earned")

    assert page.run("return document.querySelector('#earned img').alt") == "First Step: bronze medal"
    assert page.run("return document.querySelectorAll('#possible progress').length") > 5
    page.run("for (const each of document.images) await each.decode()")
    assert page.run(BROKEN_IMAGES) == []
    judged(page)


def test_who_is_not_signed_in_is_asked_to(site: str, page: Page, asha: dict[str, Any]) -> None:
    page.open(f"{site}/api/v1/docs/demo/badges")
    page.run("sessionStorage.setItem('academy-demo-token', 'of-yesterday')")
    page.open(f"{site}/api/v1/docs/demo/badges")

    page.run(WAIT, wanted="Your session is over")
    assert page.run("return document.querySelector('#content').hidden") is True
    judged(page)
