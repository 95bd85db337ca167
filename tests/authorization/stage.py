"""A copy of the world wired up as the product's database, and how a caller asks there."""

import pytest

from academy.platform import config as configuration
from academy.platform.auth import tokens
from academy.platform.db import connect
from academy.platform.db import work as unit_of_work
from academy.platform.http import Endpoint
from tests.api import Client, Reply
from tests.authorization.requests import Sample
from tests.authorization.world import World
from tests.conftest import Databases
from tests.issuer import Issuer

UNTOUCHED = {"rate_counters", "alembic_version"}


class Stage:
    """One copy of the world, wired up as the product's database."""

    def __init__(self, databases: Databases, issuer: Issuer, patch: pytest.MonkeyPatch) -> None:
        self._databases, self._patch = databases, patch
        self.name = databases.copy()
        patch.setenv("DATABASE_URL", databases.app_url(self.name))
        patch.setenv("USER_POOL_ISSUER", issuer.url)
        for cached in (configuration.config, tokens.verifier, unit_of_work.database):
            cached.cache_clear()
        self.client = Client(issuer)

    def close(self) -> None:
        unit_of_work.database().discard()
        for cached in (configuration.config, tokens.verifier, unit_of_work.database):
            cached.cache_clear()
        self._databases.drop(self.name)

    def checksum(self) -> dict[str, str]:
        """Every table's content as one number."""
        connection = connect(self._databases.owner_url(self.name))
        tables = [
            row[0] for row in connection.run("select tablename from pg_tables where schemaname = 'public'").rows if row[0] not in UNTOUCHED
        ]
        query = " union all ".join(
            f"select '{table}', md5(coalesce(string_agg(t::text, ',' order by t::text), '')) from {table} t" for table in tables
        )
        sums = {row[0]: row[1] for row in connection.run(query).rows}
        connection.close()
        return sums


def ask(client: Client, endpoint: Endpoint, sample: Sample, world: World, caller: str, *, token: str | None = None) -> Reply:
    path = endpoint.path
    for name, value in sample.path(world).items():
        path = path.replace("{" + name + "}", value)
    user = token or (None if caller == "anonymous" else world.users[caller])
    body = sample.body(world) if sample.body else None
    return client.call(endpoint.method, path, body, user=user, headers=sample.headers, query=sample.query)
