"""Faults to order: by an admin call for a test, by a magic topic for a person who wants to see one.

`POST /_faults` takes a list of `{"vendor": "claude"|"openai", "fault": ..., "times": 1, "target": "lesson-2", "topic": "..."}`;
`target` (`outline`, `lesson-N`, `thumbnail`) and `topic` (a part of it) are optional. A topic such as
`Bread fault:overloaded*2@lesson-1` orders the same for one course; without `*N` it is for ever.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from infra.local.door import UnknownFaultError
from infra.local.vendors.reader import Magic

CLAUDE_FAULTS = frozenset(
    {
        "rate_limit",
        "spending_limit",
        "overloaded",
        "server_error",
        "timeout",
        "disconnect",
        "truncated_json",
        "broken_json",
        "schema_breach",
        "refusal",
        "uncited",
        "misquoted",
        "active_html",
        "obeys_source",
    }
)
OPENAI_FAULTS = frozenset(
    {"rate_limit", "spending_limit", "overloaded", "server_error", "timeout", "disconnect", "refusal", "not_an_image"}
)


@dataclass(kw_only=True)
class Order:
    vendor: str
    fault: str
    times: int
    target: str | None = None
    topic: str | None = None

    def fits(self, vendor: str, target: str, topic: str) -> bool:
        return (
            self.times > 0
            and self.vendor == vendor
            and (self.target is None or self.target == target)
            and (self.topic is None or self.topic in topic)
        )


class Faults:
    def __init__(self) -> None:
        self._orders: list[Order] = []
        self._done: Counter[tuple[str, str, str]] = Counter()

    def order(self, wanted: list[dict[str, Any]]) -> None:
        orders = [
            Order(
                vendor=one["vendor"], fault=one["fault"], times=int(one.get("times", 1)), target=one.get("target"), topic=one.get("topic")
            )
            for one in wanted
        ]
        for order in orders:
            _check(order.vendor, order.fault)
        self._orders += orders

    def clear(self) -> None:
        self._orders.clear()
        self._done.clear()

    def pending(self) -> list[Order]:
        return [order for order in self._orders if order.times > 0]

    def take(self, vendor: str, target: str, *, topic: str, magic: Magic | None) -> str | None:
        """The fault that this call is to meet, which uses up one of its times."""
        for order in self._orders:
            if order.fits(vendor, target, topic):
                order.times -= 1
                return order.fault
        if magic is None or (magic.target or target) != target or (vendor == "openai" and magic.target is None):
            return None
        if magic.fault not in (CLAUDE_FAULTS if vendor == "claude" else OPENAI_FAULTS):
            return None
        done = (vendor, target, topic)
        self._done[done] += 1
        return magic.fault if magic.times is None or self._done[done] <= magic.times else None


def _check(vendor: str, fault: str) -> None:
    known = {"claude": CLAUDE_FAULTS, "openai": OPENAI_FAULTS}.get(vendor)
    if known is None:
        raise UnknownFaultError(f"no vendor {vendor!r}: claude or openai")
    if fault not in known:
        raise UnknownFaultError(f"{vendor} has no fault {fault!r}: {', '.join(sorted(known))}")
