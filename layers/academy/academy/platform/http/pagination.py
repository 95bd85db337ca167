"""Lists: keyset by cursor, page numbers as a convenience, a count only where a page is asked for.

A list statement takes `limit`, `offset`, `counted` and the cursor's parts, and returns rows `(item, cursor, total)`: the item as JSON text,
its sort key as a JSON array, and the count of all (null unless `counted`). It reads one row more than the limit, to know of a next page, and
left-joins the page to one row (`from (select 1) one left join page on true`), so that an empty page still carries the count.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from academy.platform.db import LONGEST_PAGE, Row
from academy.platform.errors import ValidationFailed
from academy.platform.http.schema import Query

MAX_PAGE = 100_000
"""Beyond this an offset is a denial of service; use the cursor."""


class ListQuery(Query):
    """`page` and `limit`, or `cursor`. Subclass it for a list's own filters."""

    page: Annotated[int | None, Field(ge=1, le=MAX_PAGE)] = None
    limit: Annotated[int, Field(ge=1, le=LONGEST_PAGE)] = 20
    cursor: Annotated[str | None, Field(max_length=500)] = None

    @property
    def counted(self) -> bool:
        return self.cursor is None

    @property
    def offset(self) -> int | None:
        """Rows to pass over; None for the first page and with a cursor."""
        return (self.page - 1) * self.limit or None if self.page and self.cursor is None else None

    def after(self, *kinds: type) -> list[Any] | None:
        """The cursor's parts, None without one. `kinds` are their types (str, int, float); anything else is a ValidationFailed."""
        if self.cursor is None:
            return None
        try:
            parts = json.loads(base64.urlsafe_b64decode(self.cursor + "=" * (-len(self.cursor) % 4)))
        except (binascii.Error, ValueError, RecursionError) as error:
            raise _bad_cursor() from error
        if not isinstance(parts, list) or len(parts) != len(kinds):
            raise _bad_cursor()
        for part, kind in zip(parts, kinds, strict=True):
            wanted = (int, float) if kind is float else kind
            if not isinstance(part, wanted) or isinstance(part, bool) or (isinstance(part, str) and not part.isprintable()):
                raise _bad_cursor()
        return parts


def _bad_cursor() -> ValidationFailed:
    return ValidationFailed.of("query.cursor", "This is not a cursor of this list.", "cursor")


@dataclass(frozen=True, slots=True)
class Page:
    """One page: items as JSON texts, in order."""

    items: Sequence[str]
    query: ListQuery
    has_next: bool
    next_cursor: str | None
    total: int | None

    @classmethod
    def of(cls, rows: Sequence[Row], query: ListQuery) -> "Page":
        """From the rows of a list statement."""
        total = int(rows[0].total) if rows and query.counted else None
        present = [row for row in rows if row.item is not None]
        shown, has_next = present[: query.limit], len(present) > query.limit
        cursor = base64.urlsafe_b64encode(shown[-1].cursor.encode()).rstrip(b"=").decode() if has_next else None
        return cls([row.item for row in shown], query, has_next, cursor, total)

    def pagination(self) -> dict[str, Any]:
        limit, total = self.query.limit, self.total
        return {
            "page": (self.query.page or 1) if self.query.counted else None,
            "limit": limit,
            "totalCount": total,
            "totalPages": None if total is None else -(-total // limit),
            "hasNext": self.has_next,
            "hasPrev": self.query.offset is not None or self.query.cursor is not None,
            "nextCursor": self.next_cursor,
        }
