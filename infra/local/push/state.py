"""What the stand-in remembers: the browsers and what they were sent, in a file over restarts; faults and calls, while it runs."""

import asyncio
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from infra.local.push.browser import Browser
from infra.local.razorpay.faults import Faults

MOST = 2_000
FAULTS = {
    "not_found": "404: there is no such subscription",
    "gone": "410: the browser unsubscribed",
    "too_large": "413",
    "rate_limit": "429, with Retry-After",
    "server_error": "500",
    "unavailable": "503, with Retry-After",
    "redirect": "307 to an address of nobody's choice",
    "timeout": "never answers, and does nothing",
    "disconnect": "hangs up before it does anything",
    "lost_answer": "takes it, and hangs up instead of answering",
}


@dataclass(frozen=True, kw_only=True)
class Message:
    """One push as the browser showed it. `at` is in seconds since 1970."""

    id: str
    browser: str
    at: float
    ttl: int
    urgency: str
    topic: str | None
    text: str


@dataclass(frozen=True, kw_only=True)
class Call:
    """One push as it was answered; `status` 0 where the answer never left."""

    browser: str
    status: int
    fault: str | None


@dataclass
class State:
    """`file` None: nothing outlives the process."""

    file: Path | None = None
    browsers: dict[str, Browser] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    messages: list[Message] = field(default_factory=list)
    faults: Faults = field(default_factory=lambda: Faults(FAULTS))
    calls: list[Call] = field(default_factory=list)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def show(self, message: Message) -> None:
        """A message of the same topic takes the other's place (RFC 8030, section 5.4): here the one that was shown."""
        if message.topic is not None:
            self.messages = [one for one in self.messages if (one.browser, one.topic) != (message.browser, message.topic)]
        self.messages.append(message)
        del self.messages[:-MOST]
        self.save()

    def record(self, call: Call) -> None:
        self.calls.append(call)
        del self.calls[:-MOST]

    def save(self) -> None:
        """Whole or not at all."""
        if self.file is None:
            return
        new = self.file.with_suffix(".new")
        browsers = [browser.dump() for browser in self.browsers.values()]
        new.write_text(json.dumps({"browsers": browsers, "gone": sorted(self.gone), "messages": [asdict(one) for one in self.messages]}))
        new.replace(self.file)


def opened(file: Path | None) -> State:
    if file is None or not file.exists():
        return State(file)
    stored: dict[str, Any] = json.loads(file.read_text())
    browsers = [Browser.load(one) for one in stored["browsers"]]
    messages = [Message(**one) for one in stored["messages"]]
    return State(file, {browser.id: browser for browser in browsers}, set(stored["gone"]), messages)


STATE = web.AppKey("state", State)
