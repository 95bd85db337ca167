"""The stand-in for Razorpay on a port of its own: what the academy asks it, what a learner does on its page, what its dashboard does."""

from dataclasses import dataclass
from typing import Any

import httpx

from infra.local.razorpay.entities import KEY_ID, KEY_SECRET


@dataclass(frozen=True)
class StandIn:
    url: str

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """As the academy, with its key."""
        return httpx.request(method, f"{self.url}{path}", json=body, auth=(KEY_ID, KEY_SECRET), **options)

    def order(self, amount: int = 99_900) -> str:
        answer = self.ask("POST", "/v1/orders", {"amount": amount, "currency": "INR", "receipt": "receipt"})
        assert answer.status_code == 200, answer.text
        order_id: str = answer.json()["id"]
        return order_id

    def pay(self, order_id: str, outcome: str = "success", webhooks: str = "normal") -> dict[str, Any]:
        answer = httpx.post(
            f"{self.url}/pay/{order_id}", data={"outcome": outcome, "webhooks": webhooks}, headers={"Accept": "application/json"}
        )
        assert answer.status_code == 200, answer.text
        handed: dict[str, Any] = answer.json()
        return handed

    def paid(self, amount: int = 99_900, webhooks: str = "normal") -> str:
        payment_id: str = self.pay(self.order(amount), webhooks=webhooks)["razorpay_payment_id"]
        return payment_id

    def fault(self, fault: str, times: int = 1, **more: Any) -> None:
        httpx.post(f"{self.url}/_faults", json=[{"fault": fault, "times": times, **more}]).raise_for_status()

    def mend(self) -> None:
        """No more faults, and nothing was asked."""
        for path in ("/_faults", "/_calls"):
            httpx.delete(f"{self.url}{path}").raise_for_status()

    def calls(self) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = httpx.get(f"{self.url}/_calls").json()
        return calls

    def dashboard(self, path: str, body: Any = None) -> dict[str, Any]:
        answer = httpx.post(f"{self.url}/_dashboard/{path}", json=body or {})
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told
