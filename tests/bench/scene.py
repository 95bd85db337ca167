"""A copy of the seed with the busy world in it, and the product on it: straight, or a millisecond a trip away."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.authorization.world import World
from tests.bench.place import Place
from tests.bench.proxy import Network, network
from tests.bench.stage import Stage, logging_to_nowhere
from tests.bench.world import busy_world
from tests.cloud import mocked_cloud
from tests.factories import Factory
from tests.issuer import Issuer, running_issuer

ADDED = 1.0
"""Milliseconds that the proxy adds to a round trip."""


@dataclass(frozen=True, slots=True)
class Scene:
    """`url` is the application's, `owner_url` the schema's owner's; `network` leads to the application's through the proxy."""

    url: str
    owner_url: str
    network: Network
    world: World
    issuer: Issuer
    patch: pytest.MonkeyPatch

    @contextmanager
    def stage(self, *, far: bool) -> Iterator[Stage]:
        """The product on this database: with the added millisecond if `far`."""
        stage = Stage(self.network.url if far else self.url, self.issuer, self.patch)
        with logging_to_nowhere():
            try:
                yield stage
            finally:
                stage.close()


@contextmanager
def scene(place: Place, database: str, patch: pytest.MonkeyPatch) -> Iterator[Scene]:
    url, owner_url = place.app_url(database), place.owner_url(database)
    make = Factory(owner_url)
    world = busy_world(make)
    make.close()
    with running_issuer() as issuer, mocked_cloud(patch, issuer), network(url, ADDED) as through:
        yield Scene(url, owner_url, through, world, issuer, patch)
