"""The academy with something broken behind it."""

from collections.abc import Callable, Iterator

import pytest

from academy.platform import config as configuration
from academy.platform.db import Database
from academy.platform.db import connection as driver
from academy.platform.db import work as unit_of_work
from tests.api import Client

AT_ONCE = 0.2
"""Seconds that stand for the product's seconds, where a test has to wait them out."""


@pytest.fixture
def at(client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Database]]:
    """`at(url)`: the process's database is there from now on, and nothing is connected to it yet."""
    used: list[Database] = []

    def move(url: str) -> Database:
        monkeypatch.setenv("DATABASE_URL", url)
        configuration.config.cache_clear()
        unit_of_work.database.cache_clear()
        used.append(unit_of_work.database())
        return used[-1]

    yield move
    for one in used:
        one.discard()
    unit_of_work.database.cache_clear()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "CONNECT_TIMEOUT", AT_ONCE)
    monkeypatch.setattr(driver.connect, "__kwdefaults__", {"timeout": AT_ONCE})
    monkeypatch.setattr(driver, "ANSWER_TIMEOUT", AT_ONCE)
