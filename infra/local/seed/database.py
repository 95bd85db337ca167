"""Rows in bulk, as the schema's owner: a statement a table, never one a row."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pg8000.native

from academy.platform.db.connection import arguments

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Renewal:
    """Columns of a row that is there which are brought up to date, where `allowed` holds of the row `present`."""

    columns: tuple[str, ...]
    allowed: str

    def clause(self) -> str:
        values = ", ".join(f"{column} = excluded.{column}" for column in self.columns)
        present, wanted = (", ".join(f"{row}.{column}" for column in self.columns) for row in ("present", "excluded"))
        return f"on conflict (id) do update set {values} where {self.allowed} and ({present}) is distinct from ({wanted})"


class Writer:
    """One connection, one transaction at a time."""

    def __init__(self, connection: pg8000.native.Connection) -> None:
        self._connection = connection

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.run("begin")
        try:
            yield
        except BaseException:
            self.run("rollback")
            raise
        self.run("commit")

    def run(self, statement: str, **values: Any) -> list[list[Any]]:
        rows: list[list[Any]] | None = self._connection.run(statement, **values)
        return rows or []

    def insert(self, table: str, rows: Iterable[Row], *, renew: Renewal | None = None) -> None:
        """Those that are not there yet, by any of the table's unique keys. All rows have the first one's columns."""
        listed = list(rows)
        if not listed:
            return
        columns = ", ".join(listed[0])
        conflict = "on conflict do nothing" if renew is None else renew.clause()
        self.run(
            f"insert into {table} as present ({columns}) select {columns} from json_populate_recordset(null::{table}, cast(:rows as json)) {conflict}",
            rows=self.as_json(listed),
        )

    @staticmethod
    def as_json(rows: Iterable[Row]) -> str:
        return json.dumps(list(rows), ensure_ascii=False, default=_plain)

    def copy(self, table: str, columns: str, chunks: Iterable[str]) -> None:
        """`chunks` are lines of COPY's text format, many in one."""
        self._connection.run(f"copy {table} ({columns}) from stdin", stream=chunks)


@contextmanager
def writer(owner_url: str) -> Iterator[Writer]:
    # A statement over everything takes as long as it takes.
    connection = pg8000.native.Connection(**arguments(owner_url, timeout=None))
    try:
        connection.run("set timezone = 'UTC'")
        yield Writer(connection)
    finally:
        connection.close()


def _plain(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} in a row")
