"""Walking a table in pieces, by its id."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from academy.platform.db import Database, Row, Statement
from academy.platform.ids import earlier, uuid7

FIRST = UUID(int=0)


def pieces(db: Database, statement: Statement, *, limit: int, start: UUID = FIRST, **parameters: Any) -> Iterator[Row]:
    """The statement's one row for each piece. It takes `after` and `limit`, and returns `last` (the piece's greatest id) and `checked`."""
    after: UUID | str = start
    while True:
        row = db.read(lambda work, after=after: work.first(statement, after=after, limit=limit, **parameters))  # type: ignore[misc]
        yield row
        if row.checked < limit:
            return
        after = row.last


def count(db: Database, statement: Statement, *, limit: int, start: UUID = FIRST, **parameters: Any) -> Counter[str]:
    """The sums of all the statement's numbers."""
    sums: Counter[str] = Counter()
    for row in pieces(db, statement, limit=limit, start=start, **parameters):
        sums.update(numbers(row))
    return sums


def numbers(row: Row) -> dict[str, int]:
    return {name: value for name, value in row.as_dict().items() if isinstance(value, int)}


def since(days: float) -> UUID:
    """The smallest id that was made in these last days."""
    return earlier(uuid7(), timedelta(days=days))
