"""The hook that looks at every reply."""

import httpx
import pytest

from infra.openapi.routes import load_apis
from tests.contract.schema import Contract, watched

GOOD = {"data": {"status": "ok", "stage": "test"}}


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract(load_apis())


def get(path: str, status: int, body: object) -> httpx.Response:
    with httpx.Client(base_url="http://academy.test", transport=httpx.MockTransport(lambda _: httpx.Response(status, json=body))) as web:
        return web.get(path)


def test_what_the_document_says_passes(contract: Contract) -> None:
    with watched(contract):
        assert get("/api/v1/health", 200, GOOD).status_code == 200
        assert get("/elsewhere", 418, {}).status_code == 418


@pytest.mark.parametrize(("status", "body"), [(418, GOOD), (200, {"data": {"status": 1}}), (500, {"message": "Internal Server Error"})])
def test_what_it_does_not_say_fails(contract: Contract, status: int, body: object) -> None:
    with watched(contract), pytest.raises(AssertionError, match="GET /health"):
        get("/api/v1/health", status, body)
