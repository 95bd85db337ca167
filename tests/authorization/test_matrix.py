"""Route × caller: the declared rule decides, and who is refused has changed nothing."""

from collections.abc import Iterator
from typing import Any

import pytest

from academy.platform import config as configuration
from academy.platform.auth import permissions, tokens
from academy.platform.db import connect
from academy.platform.db import work as unit_of_work
from academy.platform.http import Endpoint
from tests.api import Client, Reply, load_endpoints
from tests.authorization.requests import SAMPLES, Sample
from tests.authorization.rule import expected
from tests.authorization.world import CALLERS, World, build
from tests.cloud import mocked_cloud
from tests.conftest import Databases
from tests.factories import Factory
from tests.issuer import Issuer

ENDPOINTS = load_endpoints()
UNTOUCHED = {"rate_counters", "alembic_version"}


@pytest.fixture(scope="module", autouse=True)
def cloud(issuer: Issuer) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch, mocked_cloud(patch, issuer):
        yield


@pytest.fixture(scope="module")
def inhabited(databases: Databases) -> Iterator[tuple[Databases, World]]:
    """A template database with the world in it: each request that is let through gets a copy."""
    name = databases.copy()
    make = Factory(databases.owner_url(name))
    world = build(make)
    make.close()
    yield Databases(databases.server, name), world
    databases.drop(name)


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


def ask(client: Client, endpoint: Endpoint, sample: Sample, world: World, caller: str) -> Reply:
    path = endpoint.path
    for name, value in sample.path(world).items():
        path = path.replace("{" + name + "}", value)
    user = None if caller == "anonymous" else world.users[caller]
    body = sample.body(world) if sample.body else None
    return client.call(endpoint.method, path, body, user=user, headers=sample.headers, query=sample.query)


def test_every_route_is_classified() -> None:
    declared = {endpoint.operation_id for endpoint in ENDPOINTS}
    assert declared - SAMPLES.keys() == set(), "add a sample to tests/authorization/requests.py"
    assert SAMPLES.keys() - declared == set(), "these routes are no more"


def test_the_database_permits_each_role_what_the_code_says(make: Factory) -> None:
    rows = make.rows("select role, permission from role_permissions")
    for role, permitted in permissions.BY_ROLE.items():
        assert {row["permission"] for row in rows if row["role"] == role} == permitted


def test_every_permission_is_asked_for_somewhere_or_by_a_service() -> None:
    known = permissions.ADMIN
    for endpoint in ENDPOINTS:
        assert endpoint.access.permission is None or endpoint.access.permission in known


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
def test_the_rule_decides(
    endpoint: Endpoint, inhabited: tuple[Databases, World], issuer: Issuer, monkeypatch: pytest.MonkeyPatch, published: Any
) -> None:
    databases, world = inhabited
    sample = SAMPLES.get(endpoint.operation_id)
    if sample is None:
        pytest.fail("not classified")
    expectations = {caller: expected(endpoint, caller, sample) for caller in CALLERS}
    refused = [caller for caller, statuses in expectations.items() if statuses]
    stage = Stage(databases, issuer, monkeypatch)
    try:
        if refused:
            before = stage.checksum()
            for caller in refused:
                reply = ask(stage.client, endpoint, sample, world, caller)
                assert reply.status in expectations[caller], f"{caller} got {reply.status} {reply.text[:300]}"
            assert stage.checksum() == before, "a refused call changed something"
        for caller in [caller for caller in CALLERS if caller not in refused]:
            if endpoint.writes:
                stage.close()
                stage = Stage(databases, issuer, monkeypatch)
            reply = ask(stage.client, endpoint, sample, world, caller)
            assert reply.status < 400 or reply.status in sample.also, f"{caller} got {reply.status} {reply.text[:300]}"
    finally:
        stage.close()
