"""What the stand-ins remember while they run: orders for faults, the calls they got, the prompt cache."""

import asyncio
import time
from dataclasses import dataclass, field

from aiohttp import web

from infra.local.vendors.faults import Faults

MOST_CALLS = 2_000
CACHE_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call as it was answered: for tests that count money, and for people who wonder."""

    vendor: str
    target: str
    topic: str
    model: str
    status: int
    fault: str | None
    usage: dict[str, int]


@dataclass
class State:
    """`seconds` is how long an ordinary answer takes; a lesson's is spread around it."""

    seconds: float
    faults: Faults = field(default_factory=Faults)
    calls: list[Call] = field(default_factory=list)
    cache: dict[str, float] = field(default_factory=dict)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def record(self, call: Call) -> None:
        self.calls.append(call)
        del self.calls[:-MOST_CALLS]

    def cached(self, key: str) -> bool:
        """Whether this prefix was read in the last five minutes. Reading refreshes it, as with the vendor."""
        now = time.monotonic()
        fresh = self.cache.get(key, -CACHE_SECONDS) > now - CACHE_SECONDS
        self.cache = {other: at for other, at in self.cache.items() if at > now - CACHE_SECONDS}
        self.cache[key] = now
        return fresh

    async def pause(self, seconds: float) -> None:
        """Sleeps, but not through the end of the server."""
        try:
            await asyncio.wait_for(self.closing.wait(), seconds)
        except TimeoutError:
            return


STATE = web.AppKey("state", State)
