"""The filled academy as the product's database. EXPLAIN_DATABASE_URL is the owner's URL of one that is filled already."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import pytest

from academy.catalog.bits import COMMON, refresh_bits
from academy.migrations import runner
from academy.platform import config as configuration
from academy.platform.auth import tokens
from academy.platform.db import Database, connect
from academy.platform.db import work as unit_of_work
from infra.local.seed import seed_large
from tests.api import Client
from tests.conftest import Databases
from tests.explain.plans import Explainer, RecordingConnection
from tests.explain.world import World, fill
from tests.factories import Factory
from tests.issuer import Issuer

COURSES, USERS = 10_000, 15_000
"""Enough for the planner to choose as it does for a hundred thousand and a million. Its statistics are of all these rows and not of some that it
draws: the same rows make the same plan."""


@dataclass(frozen=True)
class Filled:
    world: World
    client: Client
    connection: RecordingConnection
    explainer: Explainer


@pytest.fixture(scope="session")
def filled_urls(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """The owner's and the application's."""
    if given := os.environ.get("EXPLAIN_DATABASE_URL"):
        parts = urlsplit(given)
        host = parts.netloc.rpartition("@")[2]
        yield given, urlunsplit(parts._replace(netloc=f"{runner.APP}@{host}"))
        return
    databases: Databases = request.getfixturevalue("databases")
    name = databases.copy()
    admin = connect(databases.server.url(name))
    admin.command(f"alter database {name} set default_statistics_target = 1000")
    admin.close()
    seed_large(databases.server.url(name), courses=COURSES, users=USERS, enrollments=2 * USERS)
    # What is common among a hundred thousand courses is so in proportion.
    database = Database(databases.app_url(name))
    refresh_bits(database, common=COMMON * COURSES // 100_000)
    database.discard()
    yield databases.owner_url(name), databases.app_url(name)
    databases.drop(name)


@pytest.fixture(scope="module")
def filled(filled_urls: tuple[str, str], issuer: Issuer) -> Iterator[Filled]:
    owner_url, url = filled_urls
    make = Factory(owner_url)
    if fill(owner_url):
        make.user("admin")
    world = World(make)
    make.close()
    caches = (configuration.config, tokens.verifier, unit_of_work.database)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", url)
        patch.setenv("USER_POOL_ISSUER", issuer.url)
        for cached in caches:
            cached.cache_clear()
        database, connection = unit_of_work.database(), RecordingConnection(url)
        database._connection = connection
        explainer = Explainer(url)
        yield Filled(world, Client(issuer), connection, explainer)
        explainer.close()
        database.discard()
    for cached in caches:
        cached.cache_clear()
