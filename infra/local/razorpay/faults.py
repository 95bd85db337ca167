"""Faults to order, by an admin call: `POST /_faults` takes a list of `{"fault": …, "times": 1, "method": "POST", "path": "/refund"}`.

`method` and `path` (a part of it) are optional. The next calls that fit meet the fault, each order as often as it says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.door import UnknownFaultError

FAULTS = {
    "timeout": "never answers, and does nothing",
    "disconnect": "hangs up before it does anything",
    "lost_answer": "does it, and hangs up instead of answering",
    "late_answer": "does it, and never answers",
    "server_error": "500, the vendor's error",
    "gateway_error": "a bank behind the vendor has trouble",
    "bad_gateway": "502, a page of HTML",
    "rate_limit": "429",
    "conflict": "409: the same is under way",
    "unauthorized": "401, as after a rotation of the keys",
    "not_json": "200, and nonsense",
}


@dataclass(kw_only=True)
class Order:
    fault: str
    times: int
    method: str | None = None
    path: str | None = None

    def fits(self, method: str, path: str) -> bool:
        return self.times > 0 and self.method in (None, method) and (self.path is None or self.path in path)


class Faults:
    """`known` are the faults that may be ordered, each with what it does."""

    def __init__(self, known: Mapping[str, str] = FAULTS) -> None:
        self._known = known
        self._orders: list[Order] = []

    def order(self, wanted: list[dict[str, Any]]) -> None:
        orders = [
            Order(fault=one["fault"], times=int(one.get("times", 1)), method=one.get("method"), path=one.get("path")) for one in wanted
        ]
        for order in orders:
            if order.fault not in self._known:
                raise UnknownFaultError(f"there is no fault {order.fault!r}: {', '.join(sorted(self._known))}")
        self._orders += orders

    def clear(self) -> None:
        self._orders.clear()

    def pending(self) -> list[Order]:
        return [order for order in self._orders if order.times > 0]

    def take(self, method: str, path: str) -> str | None:
        """The fault that this call is to meet, which uses up one of its times."""
        for order in self._orders:
            if order.fits(method, path):
                order.times -= 1
                return order.fault
        return None
