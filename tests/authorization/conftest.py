"""The world, once: a template database that every stage is a copy of."""

from collections.abc import Iterator

import pytest

from tests.authorization.stage import Stage, keep
from tests.authorization.world import World, build
from tests.cloud import mocked_cloud
from tests.conftest import Databases
from tests.factories import Factory
from tests.issuer import Issuer


@pytest.fixture(scope="module", autouse=True)
def cloud(issuer: Issuer) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch, mocked_cloud(patch, issuer):
        yield


@pytest.fixture(scope="package")
def inhabited(databases: Databases) -> Iterator[tuple[Databases, World]]:
    """A template database with the world in it."""
    name = databases.copy()
    make = Factory(databases.owner_url(name))
    world = build(make)
    make.close()
    keep(databases.server.url(name))
    yield Databases(databases.server, name), world
    databases.drop(name)


@pytest.fixture(scope="module")
def stage(cloud: None, inhabited: tuple[Databases, World], issuer: Issuer) -> Iterator[Stage]:
    """One copy for a module's calls: refused ones change nothing, and the others' changes are taken back."""
    with pytest.MonkeyPatch.context() as patch:
        stage = Stage(inhabited[0], issuer, patch)
        yield stage
        stage.close()


@pytest.fixture(scope="package")
def world(inhabited: tuple[Databases, World]) -> World:
    return inhabited[1]


@pytest.fixture
def original(stage: Stage) -> Iterator[dict[str, str]]:
    """The checksum before the test; after it, whatever happened, the world is again as it was."""
    before = stage.checksum()
    yield before
    stage.restore(before)
