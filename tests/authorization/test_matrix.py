"""Route × caller: the declared rule decides, and who is refused has changed nothing."""

import pytest

from academy.platform.auth import permissions
from academy.platform.http import Endpoint
from tests.api import load_endpoints
from tests.authorization.requests import SAMPLES, sample_of
from tests.authorization.rule import refused
from tests.authorization.stage import Stage
from tests.authorization.world import CALLERS, World
from tests.factories import Factory

ENDPOINTS = load_endpoints()


def test_every_route_is_classified() -> None:
    declared = {endpoint.operation_id for endpoint in ENDPOINTS}
    assert declared - SAMPLES.keys() == set(), "add a sample to tests/authorization/requests.py"
    assert SAMPLES.keys() - declared == set(), "these routes are no more: remove their samples from tests/authorization/requests.py"


def test_the_database_permits_each_role_what_the_code_says(make: Factory) -> None:
    rows = make.rows("select role, permission from role_permissions")
    for role, permitted in permissions.BY_ROLE.items():
        assert {row["permission"] for row in rows if row["role"] == role} == permitted


def test_every_permission_is_asked_for_somewhere_or_by_a_service() -> None:
    known = permissions.ADMIN
    for endpoint in ENDPOINTS:
        assert endpoint.access.permission is None or endpoint.access.permission in known
        assert endpoint.access.unless_private is None or endpoint.access.unless_private in known


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
def test_the_rule_decides(endpoint: Endpoint, stage: Stage, world: World, original: dict[str, str]) -> None:
    sample = sample_of(endpoint)
    for caller in CALLERS:
        reply = stage.ask(endpoint, sample, world, caller)
        told = f"{caller} got {reply.status} {reply.text[:300]}"
        refusal = refused(endpoint, caller, sample)
        if refusal is None:
            assert reply.status < 400 or reply.status in sample.also, told
            if endpoint.writes:
                stage.restore(original)
                continue
        else:
            assert reply.status == refusal.status, told
            assert reply.code == refusal.code or (refusal.status == 404 and reply.code.endswith("_NOT_FOUND")), told
        assert stage.checksum() == original, f"{told}, and it changed something"
