"""The theatre, once a module."""

from collections.abc import Iterator

import pytest

from tests.authorization.conftest import cloud, inhabited
from tests.authorization.world import World
from tests.chaos.http.theatre import Theatre, open_theatre
from tests.conftest import Databases
from tests.issuer import Issuer

__all__ = ["cloud", "inhabited"]


@pytest.fixture(scope="module")
def theatre(inhabited: tuple[Databases, World], issuer: Issuer, cloud: None) -> Iterator[Theatre]:
    databases, world = inhabited
    with open_theatre(databases, world, issuer) as theatre:
        yield theatre
