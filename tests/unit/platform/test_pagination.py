"""Pages: numbers as a convenience, cursors that only their own list understands."""

import base64
import json
from typing import Any

import pytest

from academy.platform.db import Row
from academy.platform.errors import ValidationFailed
from academy.platform.http import ListQuery, Page, page_of

NAMES = {"item": 0, "cursor": 1, "total": 2}


def rows(*items: str, total: int | None = None) -> list[Row]:
    return [Row(NAMES, [f'"{item}"', json.dumps([item, 7]), total]) for item in items]


def cursor(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).rstrip(b"=").decode()


def test_the_first_of_three_pages() -> None:
    page = Page.of(rows("a", "b", "c", total=5), ListQuery(limit=2))

    assert json.loads(str(page_of(page).body)) == {
        "data": ["a", "b"],
        "pagination": {
            "page": 1,
            "limit": 2,
            "totalCount": 5,
            "totalPages": 3,
            "hasNext": True,
            "hasPrev": False,
            "nextCursor": cursor("b", 7),
        },
    }


def test_the_last_page_by_its_number() -> None:
    query = ListQuery(limit=2, page=3)
    page = Page.of(rows("e", total=5), query)

    assert (query.offset, query.counted) == (4, True)
    assert page.pagination() == {
        "page": 3,
        "limit": 2,
        "totalCount": 5,
        "totalPages": 3,
        "hasNext": False,
        "hasPrev": True,
        "nextCursor": None,
    }


def test_a_full_last_page_has_none_after_it() -> None:
    page = Page.of(rows("a", "b", total=2), ListQuery(limit=2))

    assert (page.has_next, page.next_cursor, page.pagination()["totalPages"]) == (False, None, 1)


def test_a_page_by_cursor_is_neither_counted_nor_numbered() -> None:
    query = ListQuery(limit=1, page=4, cursor=cursor("b", 7))
    page = Page.of(rows("c", "d"), query)

    assert (query.counted, query.offset, query.after(str, int)) == (False, None, ["b", 7])
    assert page.pagination() == {
        "page": None,
        "limit": 1,
        "totalCount": None,
        "totalPages": None,
        "hasNext": True,
        "hasPrev": True,
        "nextCursor": cursor("c", 7),
    }


def test_an_empty_page_still_carries_the_count() -> None:
    empty = Page.of([Row(NAMES, [None, None, 40])], ListQuery(page=9))

    assert (list(empty.items), empty.total, empty.has_next) == ([], 40, False)
    assert Page.of([], ListQuery()).total is None


def test_the_first_page_passes_over_nothing() -> None:
    assert (ListQuery().offset, ListQuery(page=1).offset, ListQuery(page=2).offset) == (None, None, 20)
    assert ListQuery().after(str) is None


def test_beside_a_page_stands_what_is_not_none() -> None:
    body = json.loads(str(page_of(Page.of(rows("a", total=1), ListQuery()), facets={"x": [1]}, corrected=None, didYouMean="ä").body))

    assert (body["facets"], body["didYouMean"]) == ({"x": [1]}, "ä")
    assert "corrected" not in body


@pytest.mark.parametrize("size", range(1, 6))
def test_a_cursor_of_any_length_is_read_without_its_padding(size: int) -> None:
    assert ListQuery(cursor=cursor("x" * size)).after(str) == ["x" * size]


@pytest.mark.parametrize("good", [1, 1.5, -3])
def test_a_number_may_stand_where_a_float_is_meant(good: float) -> None:
    assert ListQuery(cursor=cursor(good)).after(float) == [good]


@pytest.mark.parametrize(
    ("bad", "kinds"),
    [
        ("!", (str,)),
        ("a", (str,)),
        (cursor(), (str,)),
        (cursor("a", "b"), (str,)),
        (cursor(1), (str,)),
        (cursor("1"), (int,)),
        (cursor(1.5), (int,)),
        (cursor(True), (int,)),
        (cursor("a\x00"), (str,)),
        (cursor("a", "b\n"), (str, str)),
        (cursor(None), (str,)),
        (base64.urlsafe_b64encode(b'"ab"').decode(), (str, str)),
        (base64.urlsafe_b64encode(b"\xff").decode(), (str,)),
        (base64.urlsafe_b64encode(b"[" * 300).decode(), (str,)),
    ],
)
def test_a_cursor_of_another_list_or_of_nobodys_is_400(bad: str, kinds: tuple[type, ...]) -> None:
    with pytest.raises(ValidationFailed) as refused:
        ListQuery(cursor=bad).after(*kinds)

    assert [(each["field"], each["type"]) for each in refused.value.details] == [("query.cursor", "cursor")]
