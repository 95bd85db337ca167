"""The world, once: a template database that every stage is a copy of."""

from collections.abc import Iterator

import pytest

from tests.authorization.world import World, build
from tests.cloud import mocked_cloud
from tests.conftest import Databases
from tests.factories import Factory
from tests.issuer import Issuer


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
