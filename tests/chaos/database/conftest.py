"""One server to break for all tests here, a database of its own for each."""

from collections.abc import Iterator

import pytest

from tests.chaos.database.breaking import Breakable, breakable_server
from tests.chaos.http.wire import Wire, running_wire
from tests.factories import Factory


@pytest.fixture(scope="module")
def breakable() -> Iterator[Breakable]:
    with breakable_server() as breakable:
        yield breakable


@pytest.fixture
def own_database(breakable: Breakable) -> Iterator[str]:
    name = breakable.databases.copy()
    yield name
    breakable.databases.drop(name)


@pytest.fixture
def wire(breakable: Breakable) -> Iterator[Wire]:
    with running_wire(breakable.server.port) as wire:
        yield wire


@pytest.fixture
def rows(breakable: Breakable, own_database: str) -> Iterator[Factory]:
    """Looks at the rows, and makes some, past the wire."""
    factory = Factory(breakable.databases.owner_url(own_database))
    yield factory
    factory.close()
