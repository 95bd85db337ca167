"""A copy of the world wired up as the product's database, and how a caller asks there."""

from collections.abc import Sequence
from functools import cached_property

import pytest

from academy.identity import accounts
from academy.platform import config as configuration
from academy.platform import events
from academy.platform.auth import tokens
from academy.platform.db import connect
from academy.platform.db import work as unit_of_work
from academy.platform.db.connection import OneTripConnection
from academy.platform.events import Envelope
from academy.platform.http import Endpoint
from tests.api import Client, Reply
from tests.authorization.credentials import Credentials
from tests.authorization.requests import Sample
from tests.authorization.world import World
from tests.conftest import Databases
from tests.issuer import Issuer

UNTOUCHED = {"rate_counters", "alembic_version"}
KEPT = "kept"
"""The schema in which a template keeps its tables once more, to be restored from."""


def keep(owner_url: str) -> None:
    """Put a copy of every table's rows aside."""
    connection = connect(owner_url)
    connection.command(f"create schema {KEPT}")
    for table in _tables(connection):
        connection.command(f"create table {KEPT}.{table} as table public.{table}")
    connection.close()


class Stage:
    """One copy of the world, wired up as the product's database. `published` are the events that went out."""

    def __init__(self, databases: Databases, issuer: Issuer, patch: pytest.MonkeyPatch) -> None:
        self._databases, self._patch = databases, patch
        self.name = databases.copy()
        self.published: list[Envelope] = []
        patch.setenv("DATABASE_URL", databases.app_url(self.name))
        patch.setenv("USER_POOL_ISSUER", issuer.url)
        patch.setattr(events, "put", self._put)
        for cached in (configuration.config, tokens.verifier, unit_of_work.database):
            cached.cache_clear()
        self.client = Client(issuer)
        self._credentials = Credentials(issuer)
        # As the server's superuser, who may put rows back past foreign keys and triggers.
        self._connection = connect(databases.server.url(self.name))
        self._columns = _tables(self._connection)
        self._versions: dict[str, str] = {}
        self._sums: dict[str, str] = {}

    def close(self) -> None:
        self._connection.close()
        unit_of_work.database().discard()
        for cached in (configuration.config, tokens.verifier, unit_of_work.database):
            cached.cache_clear()
        self._databases.drop(self.name)

    def ask(self, endpoint: Endpoint, sample: Sample, world: World, caller: str) -> Reply:
        """As one of the world's callers, with the credentials of their kind."""
        return ask(self.client, endpoint, sample, world, caller, token=self._credentials.of(world, caller))

    def token(self, world: World, caller: str) -> str | None:
        return self._credentials.of(world, caller)

    def checksum(self) -> dict[str, str]:
        """Every table's content as one number, worked out anew where a row came, went or was written: most calls are refused."""
        versions = dict(self._connection.run(self._row_versions).rows)
        written = [table for table, version in versions.items() if self._versions.get(table) != version]
        if written:
            self._sums = {**self._sums, **dict(self._connection.run(_contents(written)).rows)}
            self._versions = versions
        return self._sums

    def restore(self, original: dict[str, str]) -> None:
        """Put back what a call that was let through has changed: a new copy of the database would take ten times as long."""
        changed = [table for table, number in self.checksum().items() if number != original[table]]
        if changed:
            puts = (
                f"delete from public.{table}; "
                f"insert into public.{table} ({self._columns[table]}) overriding system value select {self._columns[table]} from {KEPT}.{table}; "
                for table in changed
            )
            self._connection.command(f"set session_replication_role = replica; {''.join(puts)}reset session_replication_role")
        self.published.clear()
        accounts.accounts.cache_clear()

    @cached_property
    def _row_versions(self) -> str:
        """No row is written without a version of its own: who wrote it, and where it lies."""
        version = "coalesce(sum(hashtextextended(t.ctid::text || t.xmin::text, 0)), 0)::text"
        return " union all ".join(f"select '{table}', {version} from public.{table} t" for table in self._columns)

    def _put(self, envelopes: list[Envelope]) -> list[str]:
        self.published.extend(envelopes)
        return [envelope.id for envelope in envelopes]


def ask(client: Client, endpoint: Endpoint, sample: Sample, world: World, caller: str, *, token: str | None = None) -> Reply:
    path = endpoint.path
    for name, value in sample.path(world).items():
        path = path.replace("{" + name + "}", value)
    user = token or (None if caller == "anonymous" else world.users[caller])
    body = sample.body(world) if sample.body else None
    return client.call(endpoint.method, path, body, user=user, headers=sample.headers, query=sample.query(world))


def _contents(tables: Sequence[str]) -> str:
    return " union all ".join(
        f"select '{table}', md5(coalesce(string_agg(t::text, ',' order by t::text), '')) from public.{table} t" for table in tables
    )


def _tables(connection: OneTripConnection) -> dict[str, str]:
    """The tables whose content counts, each with the columns that can be written."""
    rows = connection.run(
        "select table_name, string_agg(quote_ident(column_name), ', ' order by ordinal_position) from information_schema.columns "
        "join pg_tables on tablename = table_name and schemaname = table_schema "
        "where table_schema = 'public' and is_generated = 'NEVER' group by table_name order by table_name"
    ).rows
    return {table: columns for table, columns in rows if table not in UNTOUCHED}
