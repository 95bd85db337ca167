"""The OpenAPI document itself."""

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from infra.openapi.document import document
from infra.openapi.generate import outputs
from infra.openapi.routes import load_apis

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
