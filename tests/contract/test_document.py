"""The OpenAPI document itself."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from academy.platform.http import Answer, Api, Request, public
from academy.platform.http.api import PREFIXES
from infra.openapi.document import document
from infra.openapi.gateway import gateway
from infra.openapi.generate import outputs
from infra.openapi.routes import load_apis, logical_id

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    return document(load_apis())


def test_it_is_a_valid_openapi_3_1_document(contract: dict[str, Any]) -> None:
    validate(contract)


def test_what_is_committed_is_what_the_routes_say() -> None:
    drifted = [str(path.relative_to(ROOT)) for path, text in outputs().items() if not path.exists() or path.read_text() != text]
    assert drifted == [], "run `make openapi`"


def test_every_operation_says_what_it_does_and_what_it_answers(contract: dict[str, Any]) -> None:
    for path, operations in contract["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], f"{method} {path} has no summary"
            assert any(status.startswith(("2", "3")) for status in operation["responses"]), f"{method} {path} never succeeds"


def test_the_gateway_stays_within_its_quota_of_routes() -> None:
    gateway = json.loads((ROOT / "infra/openapi/gateway.json").read_text())
    assert len(gateway["paths"]) <= 300


def test_the_gateway_leads_every_path_to_its_function() -> None:
    routes = json.loads((ROOT / "infra/openapi/gateway.json").read_text())["paths"]
    for group, api in load_apis().items():
        for endpoint in api.endpoints:
            for prefix in PREFIXES if endpoint.prefixed else [""]:
                path = f"{prefix}{endpoint.path}"
                greedy = [route for route in routes if route.endswith("/{proxy+}") and path.startswith(route.removesuffix("{proxy+}"))]
                taken = routes[path] if path in routes else routes[max(greedy, key=len)]
                assert f"${{{logical_id(group)}.Arn}}" in json.dumps(taken), path


def test_a_greedy_route_takes_nothing_from_another_function() -> None:
    def nothing(request: Request) -> Answer:
        raise NotImplementedError

    def declare(group: str, *paths: str) -> Api:
        api = Api(group)
        for path in paths:
            api.get(path, access=public())(nothing)
        return api

    routes = gateway(
        {"a": declare("a", "/one", "/one/x", "/one/{id}"), "b": declare("b", "/two/x", "/two/y/z"), "c": declare("c", "/two/{id}")}
    )

    names = {path.removeprefix("/api/v1") for path in routes["paths"] if path.startswith("/api/v1")}
    assert names == {"/one", "/one/{proxy+}", "/two/x", "/two/y/z", "/two/{id}"}


def test_links_lead_to_operations_and_give_their_whole_address(contract: dict[str, Any]) -> None:
    paths = {operation["operationId"]: path for path, operations in contract["paths"].items() for operation in operations.values()}
    linked = {
        name: link
        for operations in contract["paths"].values()
        for operation in operations.values()
        for response in operation["responses"].values()
        for name, link in response.get("links", {}).items()
    }
    assert {"get_course", "update_course", "delete_course", "delete_section", "cancel_generation"} <= linked.keys()
    for name, link in linked.items():
        assert set(link["parameters"]) == set(re.findall(r"{(\w+)}", paths[link["operationId"]])), name
