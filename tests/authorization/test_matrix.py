"""Route × caller: the declared rule decides, and who is refused has changed nothing."""

from typing import Any

import pytest

from academy.platform.auth import permissions
from academy.platform.http import Endpoint
from tests.api import load_endpoints
from tests.authorization.requests import SAMPLES
from tests.authorization.rule import expected
from tests.authorization.stage import Stage, ask
from tests.authorization.world import CALLERS, World
from tests.conftest import Databases
from tests.factories import Factory
from tests.issuer import Issuer

ENDPOINTS = load_endpoints()


def test_every_route_is_classified() -> None:
    declared = {endpoint.operation_id for endpoint in ENDPOINTS}
    assert declared - SAMPLES.keys() == set(), "add a sample to tests/authorization/requests.py"
    assert SAMPLES.keys() - declared == set(), "these routes are no more"


def test_the_database_permits_each_role_what_the_code_says(make: Factory) -> None:
    rows = make.rows("select role, permission from role_permissions")
    for role, permitted in permissions.BY_ROLE.items():
        assert {row["permission"] for row in rows if row["role"] == role} == permitted


def test_every_permission_is_asked_for_somewhere_or_by_a_service() -> None:
    known = permissions.ADMIN
    for endpoint in ENDPOINTS:
        assert endpoint.access.permission is None or endpoint.access.permission in known


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
def test_the_rule_decides(
    endpoint: Endpoint, inhabited: tuple[Databases, World], issuer: Issuer, monkeypatch: pytest.MonkeyPatch, published: Any
) -> None:
    databases, world = inhabited
    sample = SAMPLES.get(endpoint.operation_id)
    if sample is None:
        pytest.fail("not classified")
    expectations = {caller: expected(endpoint, caller, sample) for caller in CALLERS}
    refused = [caller for caller, statuses in expectations.items() if statuses]
    stage = Stage(databases, issuer, monkeypatch)
    try:
        if refused:
            before = stage.checksum()
            for caller in refused:
                reply = ask(stage.client, endpoint, sample, world, caller)
                assert reply.status in expectations[caller], f"{caller} got {reply.status} {reply.text[:300]}"
            assert stage.checksum() == before, "a refused call changed something"
        for caller in [caller for caller in CALLERS if caller not in refused]:
            if endpoint.writes:
                stage.close()
                stage = Stage(databases, issuer, monkeypatch)
            reply = ask(stage.client, endpoint, sample, world, caller)
            assert reply.status < 400 or reply.status in sample.also, f"{caller} got {reply.status} {reply.text[:300]}"
    finally:
        stage.close()
