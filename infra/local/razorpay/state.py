"""What the stand-in remembers: the bank, in a file over restarts; orders for faults and the calls it got, while it runs."""

import asyncio
import json
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from infra.local.razorpay.bank import Bank
from infra.local.razorpay.faults import Faults

MOST_CALLS = 2_000


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of the academy as it was answered; `status` 0 where the answer never left."""

    method: str
    path: str
    status: int
    fault: str | None


@dataclass
class State:
    """`file` None: nothing outlives the process. `webhook_url` None: messages wait."""

    bank: Bank
    file: Path | None = None
    webhook_url: str | None = None
    faults: Faults = field(default_factory=Faults)
    calls: list[Call] = field(default_factory=list)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    changed: bool = True

    def record(self, call: Call) -> None:
        self.calls.append(call)
        del self.calls[:-MOST_CALLS]

    def save(self) -> None:
        """Whole or not at all."""
        if self.file is None or not self.changed:
            return
        self.changed = False
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps(self.bank.dump()))
        new.replace(self.file)


def opened(file: Path | None, webhook_url: str | None) -> State:
    """The bank as it was left, or a new one."""
    stored = json.loads(file.read_text()) if file is not None and file.exists() else None
    bank = Bank(time.time, salt=secrets.token_hex(8)) if stored is None else Bank.load(time.time, stored)
    return State(bank, file, webhook_url)


STATE = web.AppKey("state", State)
