"""One database after the other for many histories: emptied rather than copied, with the connections that stand, in a hundredth of the time."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine

from academy.migrations import runner
from academy.platform.db import Database
from academy.platform.db.connection import OneTripConnection, connect
from tests.chaos.payments.shop import MOST_AT_ONCE
from tests.conftest import Databases
from tests.factories import Factory

HISTORIES_EACH = 50
"""Then another copy: rows that are gone make tables long."""
SETTINGS = {"plan_cache_mode": "force_generic_plan", "join_collapse_limit": "1", "from_collapse_limit": "1", "jit": "off"}
"""Most of the server's work here would be planning."""
_HUNG_UP = """
    select count(pg_terminate_backend(pid, 60000)) from pg_stat_activity a
    where datname = current_database() and pid <> pg_backend_pid()
    and (state <> 'idle' or exists (select from pg_locks l where l.pid = a.pid and l.locktype = 'advisory'))
"""
_TABLES = "select c.oid::regclass::text from pg_class c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by 1"
_USED = "select c.oid::regclass::text from pg_class c where c.oid = any(%s::regclass[]) and pg_relation_size(c.oid) > 0"


class Reused:
    """A copy of the template, which can be as it was again. What the migrations put into it stays, and nobody may have changed it."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self.name = databases.copy()
        self.make = Factory(databases.owner_url(self.name))
        self.make.engine = create_engine(runner.sqlalchemy_url(databases.owner_url(self.name)), isolation_level="AUTOCOMMIT")
        self.at_once = [Database(databases.app_url(self.name)) for _ in range(MOST_AT_ONCE)]
        self._admin: OneTripConnection = connect(databases.server.url(self.name))
        for name, value in SETTINGS.items():
            self._admin.command(f"alter database {self.name} set {name} = {value}")
        tables = [row[0] for row in self._admin.run(_TABLES).rows]
        self._seeded = {table: told for table in tables if (told := self._told(table))}
        others = ",".join(table for table in tables if table not in self._seeded)
        self._used = _USED % f"'{{{others}}}'"

    def _told(self, table: str) -> str | None:
        (row,) = self._admin.run(f"select string_agg(t::text, ' ' order by t::text) from {table} t").rows
        told: str | None = row[0]
        return told

    def empty(self) -> None:
        """What a cut session left half done does not reach the next history; those that wait for their next statement stay."""
        self._admin.run(_HUNG_UP)
        deletions = "; ".join(f"delete from {table}" for (table,) in self._admin.run(self._used).rows)
        # The rows that nobody may change or take away are guarded by triggers.
        self._admin.command(f"begin; set local session_replication_role = replica; {deletions}; commit")

    def drop(self) -> None:
        for table, told in self._seeded.items():
            assert self._told(table) == told, f"{table} is not as the migrations made it"
        self.make.close()
        for database in self.at_once:
            database.discard()
        self._admin.close()
        self._databases.drop(self.name)


@contextmanager
def reused(databases: Databases) -> Iterator[Iterator[Reused]]:
    """Databases that are as good as new, without end."""
    present = Reused(databases)

    def each() -> Iterator[Reused]:
        nonlocal present
        while True:
            for _ in range(HISTORIES_EACH):
                yield present
                present.empty()
            present.drop()
            present = Reused(databases)

    try:
        yield each()
    finally:
        present.drop()
