"""A database that can be put back to what it held at first, and what it holds, told without what differs from run to run."""

import re
from collections import Counter

from academy.platform.db import connect

LEFT_OUT = ("rate_counters",)
UNLIKE = {"idempotency_keys": {"body"}, "search_changes": {"number"}}
"""Columns that hold what differs from run to run: signed links and tokens, numbers out of another table's sequence. A table's own are found."""
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|\b[0-9a-f]{32}\b")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.]*(?:Z|[+-]\d\d(?::?\d\d)?)?")
_VENDORS = re.compile(r"\border_[A-Za-z0-9]{14}\b")
"""The payment vendor's name for an order that it was asked to make."""
_DIGEST = re.compile(r"\b(v\d+-)[0-9a-f]{24}\b")
"""In an ETag that was kept with its answer, of a body with times in it."""
_NUMBERED = "select table_name, column_name from information_schema.columns where table_schema = 'public' and is_identity = 'YES'"
_TABLES = "select tablename from pg_tables where schemaname = 'public' and tablename <> 'alembic_version' order by 1"

# Row by row is dear, and most tables stay as they are: only those that differ are filled anew. Computed columns fill themselves.
_RESTORE = """
set session_replication_role = replica;
do $$
declare t text; columns text; differs bool;
begin
    for t in select tablename from pg_tables where schemaname = 'public' and tablename <> 'alembic_version' loop
        execute format('select exists (select x::text from public.%1$I x except all select x::text from at_first.%1$I x)
            or exists (select x::text from at_first.%1$I x except all select x::text from public.%1$I x)', t) into differs;
        if differs then
            select string_agg(quote_ident(column_name), ', ') into columns from information_schema.columns
                where table_schema = 'public' and table_name = t and is_generated = 'NEVER';
            execute format('delete from public.%1$I', t);
            execute format('insert into public.%1$I (%2$s) overriding system value select %2$s from at_first.%1$I', t, columns);
        end if;
    end loop;
end $$
"""

type Holding = dict[str, Counter[str]]


class Ground:
    """`url` is an administrator's: the audit log lets nobody else take anything back."""

    def __init__(self, url: str) -> None:
        self._connection = connect(url)
        self._tables = [row[0] for row in self._connection.run(_TABLES).rows]
        self._unlike = {table: set(UNLIKE.get(table, ())) for table in self._tables}
        for table, column in self._connection.run(_NUMBERED).rows:
            self._unlike[table].add(column)
        self._connection.command("create schema at_first")
        for table in self._tables:
            self._connection.command(f"create table at_first.{table} as table public.{table}")
        self._known = frozenset(
            found for row in self._rows() for found in (*_ID.findall(row[1]), *_TIME.findall(row[1]), *_VENDORS.findall(row[1]))
        )

    def close(self) -> None:
        self._connection.close()

    def restore(self) -> None:
        self._connection.command(_RESTORE)

    def holding(self) -> Holding:
        """Every table's rows. Ids and times that were not there at first are all alike."""
        held: Holding = {table: Counter() for table in self._tables if table not in LEFT_OUT}
        for table, row in self._rows():
            held[table][self.told(row)] += 1
        return held

    def told(self, text: str) -> str:
        """A text without the ids and times that were made since."""
        text = _VENDORS.sub(lambda match: match[0] if match[0] in self._known else "<order>", text)
        text = _DIGEST.sub(r"\1<digest>", text)
        text = _ID.sub(lambda match: match[0] if match[0] in self._known else "<id>", text)
        return _TIME.sub(lambda match: match[0] if match[0] in self._known else "<time>", text)

    def _rows(self) -> list[tuple[str, str]]:
        query = " union all ".join(
            f"select '{table}', (to_jsonb(t) - array[{', '.join(f"'{column}'" for column in self._unlike[table])}]::text[])::text from {table} t"
            for table in self._tables
            if table not in LEFT_OUT
        )
        return [(row[0], row[1]) for row in self._connection.run(query).rows]


def difference(got: Holding, wanted: Holding) -> str:
    """What is there and should not be, and the other way round, for people to read."""
    lines = []
    for table in wanted:
        lines += [f"too much in {table}: {row}" for row in (got[table] - wanted[table]).elements()]
        lines += [f"missing in {table}: {row}" for row in (wanted[table] - got[table]).elements()]
    return "\n".join(lines)
