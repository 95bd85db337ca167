"""Profiles of hypothesis, and many clients at once."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, Phase, settings

from academy.platform.db import Database
from academy.platform.http import edge

# A fixture lasts for all examples of a test on purpose: each example makes rows of its own in the one database.
WITHOUT_SHRINKING = (Phase.explicit, Phase.generate)  # that may take minutes; `make fuzz` has them
settings.register_profile(
    "short", deadline=None, derandomize=True, database=None, phases=WITHOUT_SHRINKING, suppress_health_check=list(HealthCheck)
)
settings.register_profile("long", deadline=None, database=None, print_blob=True, suppress_health_check=list(HealthCheck))
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
settings.load_profile("long" if LONG else "short")


def examples(few: int, *, steps: int = 50) -> settings:
    """`few` in `make test`; `make fuzz` looks twenty times as hard."""
    return settings(max_examples=few * 20 if LONG else few, stateful_step_count=steps)


@pytest.fixture
def crowd(database_url: str, client: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadPoolExecutor]:
    """Three threads that may call the API at once, each with a connection of its own, as every Lambda has."""
    mine = threading.local()
    opened: list[Database] = []

    def database() -> Database:
        if not hasattr(mine, "database"):
            mine.database = Database(database_url)
            opened.append(mine.database)
        held: Database = mine.database
        return held

    monkeypatch.setattr(edge, "database", database)
    with ThreadPoolExecutor(3) as pool:
        yield pool
    for each in opened:
        each.discard()
