"""The stand-ins on a port of their own, and the product's adapters pointed at them."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from aiohttp import web

from academy.generation.claude import Claude
from academy.generation.openai_images import GptImage
from infra.local.vendors.app import create_app


@dataclass(frozen=True)
class Vendors:
    url: str

    def order(self, fault: str, *, vendor: str = "claude", times: int = 1, **more: Any) -> None:
        httpx.post(f"{self.url}/_faults", json=[{"vendor": vendor, "fault": fault, "times": times, **more}]).raise_for_status()

    def calls(self) -> list[dict[str, Any]]:
        answer: list[dict[str, Any]] = httpx.get(f"{self.url}/_calls").json()
        return answer


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    address: list[str] = []

    async def serve() -> web.AppRunner:
        runner = web.AppRunner(create_app(seconds=0), shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        address.append(f"http://{host}:{port}")
        return runner

    def run() -> None:
        runner = loop.run_until_complete(serve())
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(10)
    yield address[0]
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


@pytest.fixture
def vendors(server: str) -> Vendors:
    for path in ("/_faults", "/_calls"):
        httpx.delete(f"{server}{path}").raise_for_status()
    return Vendors(server)


@pytest.fixture
def claude(vendors: Vendors, monkeypatch: pytest.MonkeyPatch) -> Claude:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", vendors.url)
    return Claude(model="claude-sonnet-5-5", api_key="test", timeout=3)


@pytest.fixture
def painter(vendors: Vendors, monkeypatch: pytest.MonkeyPatch) -> GptImage:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{vendors.url}/v1")
    return GptImage(model="gpt-image-2.5-flare", api_key="test", timeout=3)
