"""The stand-in for browsers and their push service, on a port of its own."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from academy.community.push import service
from academy.platform import config as configuration
from infra.local.push.app import create_app
from tests.serving import serving


@dataclass(frozen=True)
class Browsers:
    url: str

    def subscribe(self, server_key: str | None = None) -> dict[str, Any]:
        """What a page would send to the academy."""
        answer = httpx.post(f"{self.url}/_subscriptions", json={"applicationServerKey": server_key})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def unsubscribe(self, made: dict[str, Any]) -> None:
        httpx.delete(f"{self.url}/_subscriptions/{made['endpoint'].rpartition('/')[2]}").raise_for_status()

    def messages(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = httpx.get(f"{self.url}/_messages").json()
        return messages

    def shown(self) -> list[dict[str, Any]]:
        """What the messages say."""
        return [json.loads(message["text"]) for message in self.messages()]

    def fault(self, fault: str, times: int = 1, path: str | None = None) -> None:
        httpx.post(f"{self.url}/_faults", json=[{"fault": fault, "times": times, "path": path}]).raise_for_status()

    def calls(self) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = httpx.get(f"{self.url}/_calls").json()
        return calls

    def mend(self) -> None:
        """No more faults, nothing asked, nothing shown."""
        for path in ("/_faults", "/_calls", "/_messages"):
            httpx.delete(f"{self.url}{path}").raise_for_status()


@pytest.fixture(scope="module")
def push_service() -> Iterator[Browsers]:
    with serving(create_app) as url:
        yield Browsers(url)


@pytest.fixture
def browsers(push_service: Browsers, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browsers]:
    """A push service that the product may call, and nothing else."""
    push_service.mend()
    service.forget()
    monkeypatch.setenv("PUSH_SERVICES", push_service.url)
    configuration.config.cache_clear()
    yield push_service
    configuration.config.cache_clear()
