"""How often a route asks the database: a read at most twice beyond admission, a write at most four times."""

import pytest

from academy.platform.db import work as unit_of_work
from academy.platform.http import Endpoint
from tests.api import load_endpoints
from tests.authorization.requests import sample_of
from tests.authorization.rule import expected
from tests.authorization.stage import Stage
from tests.authorization.world import CALLERS, World

ADMISSION, COMMIT = 1, 1
PUBLISHING = 1
"""After the answer is settled: the events are marked in the outbox."""
FAILURES_COUNTED = 2
"""Signing in asks two counters first: the account's failures and the address's."""
LISTED = [endpoint for endpoint in load_endpoints() if endpoint.access.limit]


def budget(endpoint: Endpoint) -> int:
    if not endpoint.writes:
        return ADMISSION + 2
    guarded = (
        FAILURES_COUNTED
        if endpoint.operation_id in {"sign_in", "update_profile", "confirm_sign_up", "reset_password", "confirm_email"}
        else 0
    )
    return ADMISSION + 4 + COMMIT + guarded


@pytest.mark.parametrize("endpoint", LISTED, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
def test_a_route_keeps_within_its_round_trips(endpoint: Endpoint, stage: Stage, world: World, original: dict[str, str]) -> None:
    sample = sample_of(endpoint)
    caller = next(each for each in ("enrolled", "owner", "admin", *CALLERS) if not expected(endpoint, each, sample))
    db = unit_of_work.database()
    db.connection()
    before = db.trips

    stage.ask(endpoint, sample, world, caller)

    trips = db.trips - before - (PUBLISHING if stage.published else 0)
    assert trips <= budget(endpoint), f"{trips} round trips"
