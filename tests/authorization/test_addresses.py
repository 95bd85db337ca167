"""Methods and addresses that nobody declared: 405 with what there is, 404, both in the contract's shape, whoever asks."""

from collections import defaultdict

import pytest

from academy.platform.http import Endpoint
from infra.openapi.routes import load_apis
from tests.api import Reply
from tests.authorization.requests import sample_of
from tests.authorization.stage import Stage
from tests.authorization.world import World

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
DECLARED: dict[str, set[str]] = defaultdict(set)
ENDPOINT_AT: dict[str, Endpoint] = {}
for _api in load_apis().values():
    for _endpoint in _api.endpoints:
        for _prefix in ("/api/v1", "/api") if _endpoint.prefixed else ("",):
            DECLARED[f"{_prefix}{_endpoint.path}"].add(_endpoint.method)
            ENDPOINT_AT[f"{_prefix}{_endpoint.path}"] = _endpoint


@pytest.mark.parametrize("path", sorted(DECLARED))
def test_a_method_that_is_not_declared_is_not_allowed(path: str, stage: Stage, world: World, original: dict[str, str]) -> None:
    address = path.format(**sample_of(ENDPOINT_AT[path]).path(world))
    for method in sorted(METHODS - DECLARED[path]):
        for caller in ("anonymous", "admin"):
            reply = stage.client.call(method, address, user=stage.token(world, caller))
            assert (reply.status, reply.code) == (405, "METHOD_NOT_ALLOWED"), f"{method} got {reply.status} {reply.text[:200]}"
            assert set(reply.headers["Allow"].split(", ")) == DECLARED[path], method
            _has_the_contracts_shape(reply)
    assert stage.checksum() == original


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1",
        "/api/v1/",
        "/api/v1/nothing",
        "/api/nothing",
        "/api/v2/courses",
        "/api/v1/courses/1/2/3/4",
        "/api/v1/admin",
        "/api/v1/api/v1/courses",
        "/api/api/courses",
        "/verify",
        "/verify/a/b",
        "/.well-known/nothing",
        "/api/v1/docs/../../health",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_address_that_is_not_declared_is_not_there(address: str, method: str, stage: Stage, world: World) -> None:
    reply = stage.client.call(method, address, user=stage.token(world, "admin"))

    assert reply.status == 404
    assert reply.code.endswith("_NOT_FOUND")
    _has_the_contracts_shape(reply)


def _has_the_contracts_shape(reply: Reply) -> None:
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.json.keys() == {"error", "code", "details", "requestId"}
    assert reply.json["requestId"] == reply.headers["X-Request-Id"]
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
