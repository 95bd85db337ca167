"""The stand-in for Razorpay as people and the academy meet it: key, errors, checkout page, messages, restarts."""

import json
import time
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web

from infra.local.razorpay.app import create_app
from infra.local.razorpay.checkout import money
from infra.local.razorpay.entities import KEY_SECRET, WEBHOOK_SECRET, signed
from tests.razorpay import StandIn
from tests.serving import serving

DEADLINE = 60


class Academy:
    """Stands where the front door would, and notes what it is told. `refusing` answers 500 so many times first."""

    def __init__(self) -> None:
        self.refusing = 0
        self.told: list[tuple[dict[str, str], bytes]] = []

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/webhook", self.webhook)
        return app

    async def webhook(self, request: web.Request) -> web.Response:
        if self.refusing:
            self.refusing -= 1
            return web.Response(status=500)
        self.told.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        return web.json_response({})

    @property
    def kinds(self) -> list[str]:
        return [json.loads(body)["event"] for _, body in self.told]


def until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def academy() -> Academy:
    return Academy()


@pytest.fixture
def sending(academy: Academy) -> Iterator[StandIn]:
    """A stand-in whose messages reach the academy, and whose refunds arrive at once."""
    with serving(academy.app) as url, serving(lambda: create_app(webhook_url=f"{url}/webhook", refund_seconds=0)) as own:
        yield StandIn(own)


def test_without_the_key_there_is_nothing(razorpay: StandIn) -> None:
    for auth in (None, ("rzp_test_academy", "wrong"), ("wrong", KEY_SECRET)):
        answer = httpx.get(f"{razorpay.url}/v1/payments", auth=auth)

        assert answer.status_code == 401
        assert answer.json()["error"]["description"] == "Authentication failed"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "description"),
    [
        ("GET", "/v1/payments/pay_1", None, 400, "The id provided does not exist"),
        ("GET", "/v1/payments?count=101", None, 400, "The count may not be greater than 100."),
        ("GET", "/v1/settlements/recon/combined", None, 400, "The year must be an integer."),
        ("POST", "/v1/orders", {"amount": 50, "currency": "INR"}, 400, "Order amount less than minimum amount allowed"),
        ("POST", "/v1/orders", {"amount": "many", "currency": "INR"}, 400, "The amount must be an integer."),
        ("GET", "/v1/customers", None, 404, "The requested URL was not found on the server."),
    ],
)
def test_errors_are_shaped_as_the_vendors(razorpay: StandIn, method: str, path: str, body: Any, status: int, description: str) -> None:
    answer = razorpay.ask(method, path, body)

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["description"]) == (status, "BAD_REQUEST_ERROR", description)
    assert {"source", "step", "reason", "metadata"} <= set(error)


class _Form(HTMLParser):
    """The names and values that a form offers, and whether each field has a label."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self.ids: set[str] = set()
        self.labelled: set[str] = set()
        self.legends = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "input":
            self.fields.setdefault(values["name"], []).append(values["value"])
            self.ids.add(values["id"])
        if tag == "label":
            self.labelled.add(values["for"])
        self.legends += tag == "legend"


def test_the_page_shows_what_is_paid_and_lets_choose_how_it_ends(razorpay: StandIn) -> None:
    order_id = razorpay.order(12_345_600)

    page = httpx.get(f"{razorpay.url}/pay/{order_id}")

    assert page.status_code == 200
    assert "₹1,23,456.00" in page.text
    assert order_id in page.text
    assert '<html lang="en">' in page.text
    form = _Form(page.text)
    assert form.fields == {
        "outcome": ["success", "failure", "late"],
        "webhooks": ["normal", "none", "duplicate", "shuffled", "late"],
    }
    assert form.ids == form.labelled
    assert form.legends == 2
    assert "script" not in page.headers["content-security-policy"]


def test_paying_hands_over_what_the_academy_verifies(razorpay: StandIn) -> None:
    order_id = razorpay.order()

    handed = razorpay.pay(order_id)

    message = f"{order_id}|{handed['razorpay_payment_id']}".encode()
    assert handed["razorpay_signature"] == signed(message, KEY_SECRET)
    assert set(handed) == {"razorpay_order_id", "razorpay_payment_id", "razorpay_signature"}


def test_a_person_sees_it_on_a_page(razorpay: StandIn) -> None:
    order_id = razorpay.order()

    failed = httpx.post(f"{razorpay.url}/pay/{order_id}", data={"outcome": "failure", "webhooks": "normal"})
    paid = httpx.post(f"{razorpay.url}/pay/{order_id}", data={"outcome": "success", "webhooks": "normal"})

    assert "declined by the bank" in failed.text
    assert "razorpay_signature" in paid.text
    assert "This order is paid already" in httpx.get(f"{razorpay.url}/pay/{order_id}").text


def test_a_failure_hands_over_the_error(razorpay: StandIn) -> None:
    error = razorpay.pay(razorpay.order(), "failure")["error"]

    assert (error["code"], error["reason"]) == ("BAD_REQUEST_ERROR", "payment_failed")
    assert set(error["metadata"]) == {"order_id", "payment_id"}


def test_what_is_shown_is_never_markup(razorpay: StandIn) -> None:
    order = razorpay.ask("POST", "/v1/orders", {"amount": 500, "currency": "INR", "receipt": "<script>alert(1)</script>"}).json()

    assert "<script>" not in httpx.get(f"{razorpay.url}/pay/{order['id']}").text
    assert "<b>" not in httpx.get(f"{razorpay.url}/pay/<b>").text


def test_an_unknown_order_or_outcome_is_said_so(razorpay: StandIn) -> None:
    assert httpx.get(f"{razorpay.url}/pay/order_1").status_code == 400
    answer = httpx.post(f"{razorpay.url}/pay/{razorpay.order()}", data={"outcome": "maybe"}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST_ERROR")


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "₹0.00"),
        (100, "₹1.00"),
        (99_905, "₹999.05"),
        (100_000, "₹1,000.00"),
        (1_234_567_800, "₹1,23,45,678.00"),
        (10_000_000, "₹1,00,000.00"),
    ],
)
def test_money_is_written_as_in_india(amount: int, shown: str) -> None:
    assert money(amount, "INR") == shown


def test_the_academy_is_told_with_a_signature(sending: StandIn, academy: Academy) -> None:
    payment_id = sending.paid()

    until(lambda: len(academy.told) == 3)

    assert academy.kinds == ["payment.authorized", "payment.captured", "order.paid"]
    for headers, body in academy.told:
        assert headers["x-razorpay-signature"] == signed(body, WEBHOOK_SECRET)
        assert json.loads(body)["payload"]["payment"]["entity"]["id"] == payment_id
    assert len({headers["x-razorpay-event-id"] for headers, _ in academy.told}) == 3


def test_an_academy_in_trouble_is_told_again(sending: StandIn, academy: Academy) -> None:
    academy.refusing = 2

    sending.paid()

    until(lambda: len(academy.told) == 3)
    assert sorted(academy.kinds) == ["order.paid", "payment.authorized", "payment.captured"]


def test_what_the_dashboard_does_is_told(sending: StandIn, academy: Academy) -> None:
    payment_id = sending.paid(1000, webhooks="normal")
    refund = sending.dashboard(f"payments/{payment_id}/refund", {"amount": 400})
    until(lambda: "refund.processed" in academy.kinds)
    dispute = sending.dashboard(f"payments/{payment_id}/dispute", {"amount": 600})
    sending.dashboard(f"disputes/{dispute['id']}", {"status": "lost"})

    until(lambda: "payment.dispute.lost" in academy.kinds)

    assert academy.kinds[3:] == ["refund.created", "refund.processed", "payment.dispute.created", "payment.dispute.lost"]
    assert sending.ask("GET", f"/v1/refunds/{refund['id']}").json()["status"] == "processed"
    assert httpx.get(f"{sending.url}/_dashboard").json() | {"messagesWaiting": 0} == {
        "orders": 1, "payments": 1, "captured": 1000, "fees": 23, "refunded": 400, "chargedBack": 600, "messagesWaiting": 0,
    }  # fmt: skip


def test_a_late_authorisation_can_be_hurried(sending: StandIn, academy: Academy) -> None:
    order_id = sending.order()
    sending.pay(order_id, "late")
    assert sending.ask("GET", f"/v1/orders/{order_id}").json()["status"] == "attempted"

    sending.dashboard("authorize-late")

    assert sending.ask("GET", f"/v1/orders/{order_id}").json()["status"] == "paid"
    until(lambda: len(academy.told) == 4)
    assert academy.kinds[0] == "payment.failed"


def test_it_remembers_over_a_restart_also_what_was_not_told_yet(tmp_path: Path, academy: Academy) -> None:
    file = tmp_path / "razorpay.json"
    with serving(lambda: create_app(file=file)) as url:
        payment_id = StandIn(url).paid()
    with serving(academy.app) as door, serving(lambda: create_app(file=file, webhook_url=f"{door}/webhook")) as url:
        assert StandIn(url).ask("GET", f"/v1/payments/{payment_id}").json()["status"] == "captured"

        until(lambda: len(academy.told) == 3)


def test_a_fault_that_does_not_exist_is_not_ordered(razorpay: StandIn) -> None:
    answer = httpx.post(f"{razorpay.url}/_faults", json=[{"fault": "earthquake"}])

    assert answer.status_code == 400
    assert "bad_gateway" in answer.json()["error"]
