"""The vendors' stand-ins on a port of their own, with a door for orders and questions."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from infra.local.vendors.app import create_app
from tests.serving import serving


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
    with serving(lambda: create_app(seconds=seconds)) as url:
        yield Vendors(url)
