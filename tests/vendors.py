"""The vendors' stand-ins on a port of their own, with a door for orders and questions."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from aiohttp import web

from infra.local.vendors.app import create_app


@dataclass(frozen=True)
class Vendors:
    url: str

    def order(self, fault: str, *, vendor: str = "claude", times: int = 1, **more: Any) -> None:
        httpx.post(f"{self.url}/_faults", json=[{"vendor": vendor, "fault": fault, "times": times, **more}]).raise_for_status()

    def calls(self, vendor: str | None = None) -> list[dict[str, Any]]:
        answer: list[dict[str, Any]] = httpx.get(f"{self.url}/_calls").json()
        return [call for call in answer if vendor in (None, call["vendor"])]

    def forget(self) -> None:
        for path in ("/_faults", "/_calls"):
            httpx.delete(f"{self.url}{path}").raise_for_status()


@contextmanager
def running_vendors(seconds: float = 0) -> Iterator[Vendors]:
    """`seconds` is how long an ordinary answer takes."""
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    address: list[str] = []

    async def serve() -> web.AppRunner:
        runner = web.AppRunner(create_app(seconds=seconds), shutdown_timeout=1)
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
    yield Vendors(address[0])
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
