"""Counts by bits: whatever is kept as bits and however much is found, the same courses are found, in the same order, and counted right."""

from collections import Counter
from itertools import product
from typing import Any

import pytest

from academy.catalog import jobs, search
from academy.catalog.bits import refresh_bits
from academy.platform.db import Database
from tests.api import Client, Reply
from tests.factories import Factory

EVERYTHING, NOTHING = 1, 10**9
"""Courses that a word must be in to be kept."""

SEARCHES = ["", "python", "pyth", "python data", "data python bridges", "bridges", "stone arches", "pyhton", "xylqzwv"]
FILTERS: list[dict[str, str]] = [
    {},
    {"domain": "law"},
    {"free": "true"},
    {"free": "false", "difficulty": "advanced"},
    {"tag": "Stone"},
    {"language": "xx"},
]


@pytest.fixture
def shelf(make: Factory, db: Database) -> list[dict[str, Any]]:
    """Sixty courses in which words are here and there."""
    teacher = make.user("instructor")
    titles = ["Python", "Python data", "Bridges of stone", "Data", "Arches", "Quiet rivers"]
    texts = ["Python and data for everybody.", "Bridges, stone by stone.", "Arches that stand, and data on them."]
    courses = [
        make.course(
            teacher,
            title=f"{titles[n % 6]} {n}",
            description=texts[n % 3] * 2,
            domain=("engineering", "law", "science")[n % 3],
            difficulty=("beginner", "advanced")[n % 2],
            price=n % 4 * 100,
            tags=["stone"] if n % 5 == 0 else ["water"],
            total_enrollments=n * 7 % 11,
        )
        for n in range(60)
    ]
    jobs.refresh_search(db)
    return courses


@pytest.mark.parametrize("few", [0, 5, 1000])
def test_every_way_of_reading_finds_the_same(
    shelf: list[Any], client: Client, db: Database, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh_bits(db, common=NOTHING)
    questions = [{**({"search": words} if words else {}), **filters} for words, filters in product(SEARCHES, FILTERS)]
    plain = [_found(client, question) for question in questions]

    refresh_bits(db, common=EVERYTHING)
    monkeypatch.setattr(search, "FEW", few)
    monkeypatch.setattr(search, "FEW_NUMBERS", few)

    assert [_found(client, question) for question in questions] == plain
    assert sum(bool(ids) for ids, _ in plain) > len(plain) / 2


@pytest.mark.parametrize("common", [EVERYTHING, NOTHING])
def test_totals_and_facets_are_exact_while_courses_come_change_and_go(
    shelf: list[dict[str, Any]], client: Client, db: Database, make: Factory, common: int
) -> None:
    """What changed after the bits were made is in nobody's bits."""
    refresh_bits(db, common=common)
    make.execute("update course_search set domain = 'arts', price = 0 where course_id = :id", id=shelf[0]["id"])
    make.execute("update course_search set title_tsv = to_tsvector('academy', 'Lakes') where course_id = :id", id=shelf[1]["id"])
    make.execute("delete from course_search where course_id = :id", id=shelf[2]["id"])
    make.execute("update courses set domain = 'arts', price = 0 where id = :id", id=shelf[0]["id"])

    for words, filters in product(SEARCHES, FILTERS):
        reply = client.get("/courses", query={**({"search": words} if words else {}), **filters, "facets": "true", "limit": 100})

        assert reply.json["pagination"]["totalCount"] == len(reply.data), (words, filters)
        assert reply.json["facets"] == _facets(reply), (words, filters)

    assert refresh_bits(db, common=common) == 1
    assert make.value("select count(*) from search_changes") == 0


def test_facets_come_only_when_asked_for(shelf: list[Any], client: Client) -> None:
    assert "facets" not in client.get("/courses", query={"search": "python"}).json
    assert client.get("/courses", query={"search": "the", "facets": "true"}).json["facets"]["domain"] == []


def _found(client: Client, question: dict[str, str]) -> tuple[list[str], int]:
    """All ids, page by page by cursor, and the count of the first page."""
    ids: list[str] = []
    total, cursor = 0, None
    while True:
        reply = client.get("/courses", query={**question, "limit": 7, **({"cursor": cursor} if cursor else {})})
        total = total if cursor else reply.json["pagination"]["totalCount"]
        ids += [card["id"] for card in reply.data]
        cursor = reply.json["pagination"]["nextCursor"]
        if not cursor:
            return ids, total


def _facets(reply: Reply) -> dict[str, list[dict[str, Any]]]:
    """Counted from the cards."""
    values = {kind: Counter(card[kind] for card in reply.data) for kind in ("domain", "category", "difficulty", "language")}
    values["price"] = Counter("paid" if card["price"] else "free" for card in reply.data)
    return {
        kind: [{"value": value, "count": count} for value, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
        for kind, counts in values.items()
    }
