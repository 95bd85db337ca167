"""Both kinds of paging, on every list, while rows come and go between the pages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.platform.db import Database
from tests.api import Client, load_endpoints
from tests.factories import Factory
from tests.properties.conftest import examples
from tests.properties.shelves import SHELVES, Shelf

AGES = st.integers(1, 4)
"""Few, so that many rows have the same."""
CHANGES = st.lists(st.one_of(AGES.map(lambda age: ("add", age)), st.integers(0, 30).map(lambda n: ("remove", n))), max_size=2)
"""What happens before the next page is asked for."""
EACH = [pytest.param(build, id=f"{name}-{n}") for name, builds in SHELVES.items() for n, build in enumerate(builds)]


@dataclass
class Stock:
    """A shelf and what has been on it. `throughout`: from the first page to the last."""

    shelf: Shelf
    living: list[str] = field(default_factory=list)
    throughout: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, shelf: Shelf, ages: list[int]) -> "Stock":
        living = [shelf.add(age) for age in ages]
        return cls(shelf, living, set(living))

    def change(self, changes: list[tuple[str, int]]) -> None:
        for what, number in changes:
            if what == "add":
                self.living.append(self.shelf.add(number))
            elif self.living and self.shelf.remove is not None:
                name = self.living.pop(number % len(self.living))
                self.shelf.remove(name)
                self.throughout.discard(name)


def ask(client: Client, shelf: Shelf, **paging: Any) -> tuple[list[str], dict[str, Any]]:
    reply = client.get(shelf.path, user=shelf.user, query={**shelf.query, **paging})
    assert reply.status == 200, reply.text
    return [shelf.name_of(item) for item in reply.data], reply.json["pagination"]


def test_every_list_has_its_shelf() -> None:
    assert {endpoint.operation_id for endpoint in load_endpoints() if endpoint.paged} == SHELVES.keys()


@pytest.mark.parametrize("build", EACH)
@given(ages=st.lists(AGES, max_size=9), limit=st.integers(1, 4), story=st.lists(CHANGES, max_size=6))
@examples(12)
def test_a_cursor_meets_each_row_once(
    build: Callable[[Factory, Database], Shelf],
    ages: list[int],
    limit: int,
    story: list[list[tuple[str, int]]],
    client: Client,
    make: Factory,
    db: Database,
) -> None:
    stock = Stock.of(build(make, db), ages)
    seen: list[str] = []
    page, told = ask(client, stock.shelf, limit=limit)
    while True:
        seen += page
        assert len(seen) == len(set(seen)), "a row was shown twice"  # at once: a cursor that stands still would lead on for ever
        assert len(page) <= limit
        assert told["hasNext"] == (told["nextCursor"] is not None)
        if not told["hasNext"]:
            break
        stock.change(story.pop(0) if story else [])
        page, told = ask(client, stock.shelf, limit=limit, cursor=told["nextCursor"])
        assert (told["page"], told["totalCount"], told["totalPages"], told["hasPrev"]) == (None, None, None, True)
    assert stock.throughout <= set(seen), "a row that was there throughout was not shown"


@pytest.mark.parametrize("build", EACH)
@given(ages=st.lists(AGES, max_size=9), limit=st.integers(1, 4), arrivals=st.lists(st.lists(AGES, max_size=2), max_size=4))
@examples(8)
def test_page_numbers_count_what_is_there_and_miss_nothing_while_rows_only_come(
    build: Callable[[Factory, Database], Shelf],
    ages: list[int],
    limit: int,
    arrivals: list[list[int]],
    client: Client,
    make: Factory,
    db: Database,
) -> None:
    """What page numbers can promise: each page is true of its moment. A row may be met again when another came before it; none is passed over."""
    stock = Stock.of(build(make, db), ages)
    seen: set[str] = set()
    number = 0
    while True:
        number += 1
        page, told = ask(client, stock.shelf, limit=limit, page=number)
        seen.update(page)
        total = len(stock.living)
        assert len(set(page)) == len(page) == max(0, min(limit, total - limit * (number - 1)))
        assert told == {
            "page": number,
            "limit": limit,
            "totalCount": total,
            "totalPages": -(-total // limit),
            "hasNext": total > limit * number,
            "hasPrev": number > 1,
            "nextCursor": told["nextCursor"],
        }
        if not told["hasNext"]:
            break
        stock.change([("add", age) for age in (arrivals.pop(0) if arrivals else [])])
    assert stock.throughout <= seen
    assert not ask(client, stock.shelf, limit=limit, page=number + 1)[0]
