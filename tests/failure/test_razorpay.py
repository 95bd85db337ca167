"""The payment vendor in trouble: the product's own adapter over real sockets, the routes before it, the queue behind it."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from academy.payments import keys, razorpay_gateway
from academy.payments.gateway import GatewayUnavailable
from academy.payments.razorpay_gateway import RazorpayGateway
from academy.platform.events import Envelope
from functions.payment_tasks.app import consume
from infra.local.postgres import free_port
from infra.local.razorpay.app import create_app
from tests.api import Client, Reply
from tests.factories import Factory
from tests.razorpay import StandIn
from tests.serving import serving

WAYS = {"down": "", "slow": "timeout", "throttling": "rate_limit", "wrong": "bad_gateway", "nonsense": "not_json", "key": "unauthorized"}
PRICE = 49_900


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    with serving(lambda: create_app(refund_seconds=math.inf)) as url:
        yield StandIn(url)


class Vendor:
    """The stand-in behind the product's adapter; `fails` as long as `works` was not called."""

    def __init__(self, razorpay: StandIn, patch: pytest.MonkeyPatch) -> None:
        self.razorpay = razorpay
        self._patch = patch

    def fails(self, way: str, **more: Any) -> None:
        if way == "down":
            self._at(f"http://127.0.0.1:{free_port()}")
            return
        if way in ("slow", "late_answer"):
            self._patch.setattr(razorpay_gateway, "READ_SECONDS", 0.5)
        self.razorpay.fault(WAYS.get(way, way), times=100, **more)

    def works(self) -> None:
        self.razorpay.mend()
        self._patch.setattr(razorpay_gateway, "READ_SECONDS", 30)
        self._at(self.razorpay.url)

    def _at(self, url: str) -> None:
        self._patch.setattr(razorpay_gateway, "RazorpayGateway", lambda known, _base_url: RazorpayGateway(known, url))
        keys.forget()


@pytest.fixture
def vendor(running: StandIn, client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    vendor = Vendor(running, monkeypatch)
    vendor.works()
    yield vendor
    running.mend()


@pytest.fixture
def learner(make: Factory) -> dict[str, Any]:
    return make.user()


@pytest.fixture
def order(client: Client, make: Factory, learner: dict[str, Any], vendor: Vendor) -> Callable[[], Reply]:
    course = make.course(make.user("instructor"), price=PRICE)
    return lambda: client.post("/payments/order", {"courseId": str(course["id"])}, user=learner)


def unavailable(reply: Reply) -> bool:
    return (reply.status, reply.code, reply.headers["Retry-After"]) == (503, "TEMPORARILY_UNAVAILABLE", "5")


@pytest.mark.parametrize("way", WAYS)
def test_an_order_that_the_vendor_can_not_take_leaves_nothing(order: Callable[[], Reply], vendor: Vendor, make: Factory, way: str) -> None:
    vendor.fails(way)

    assert unavailable(order())

    assert make.value("select count(*) from orders") == 0
    vendor.works()
    assert order().status == 201


@pytest.mark.parametrize("way", WAYS)
def test_a_payment_that_can_not_be_asked_about_is_verified_later(
    client: Client, order: Callable[[], Reply], vendor: Vendor, make: Factory, learner: dict[str, Any], way: str
) -> None:
    handed = vendor.razorpay.pay(order().data["razorpayOrderId"])
    vendor.fails(way)

    assert unavailable(client.post("/payments/verify", handed, user=learner))

    assert make.value("select count(*) from enrollments") == 0
    vendor.works()
    verified = client.post("/payments/verify", handed, user=learner)
    assert (verified.status, verified.data["enrolled"]) == (200, True)


def test_who_paid_is_not_sent_away_while_the_keys_can_not_be_read(
    client: Client, order: Callable[[], Reply], vendor: Vendor, learner: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a process that has the keys, when Secrets Manager is in trouble, then they are used on."""
    handed = vendor.razorpay.pay(order().data["razorpayOrderId"])

    def trouble() -> keys.Keys:
        raise GatewayUnavailable

    monkeypatch.setattr(keys, "read", trouble)

    assert client.post("/payments/verify", handed, user=learner).data["enrolled"] is True


@pytest.mark.parametrize("way", ["down", "wrong", "late_answer"])
def test_a_refund_waits_for_the_vendor_and_is_made_once(
    client: Client,
    order: Callable[[], Reply],
    vendor: Vendor,
    make: Factory,
    learner: dict[str, Any],
    published: list[Envelope],
    way: str,
) -> None:
    """Given a refund that was promised, when the vendor is in trouble (or does it and never says so), then the queue's next try makes it."""
    placed = order().data
    handed = vendor.razorpay.pay(placed["razorpayOrderId"])
    client.post("/payments/verify", handed, user=learner)
    vendor.fails(way)

    asked = client.post(f"/payments/{placed['orderId']}/refund", {"reason": "Bought by mistake."}, user=make.user("admin"))

    assert asked.status == 202, asked.text
    (request,) = [envelope for envelope in published if envelope.kind == "refund.requested"]
    with pytest.raises(GatewayUnavailable):
        consume(request)

    vendor.works()
    consume(request)
    consume(request)
    made = vendor.razorpay.ask("GET", f"/v1/payments/{handed['razorpay_payment_id']}/refunds").json()["items"]
    assert [refund["amount"] for refund in made] == [PRICE]
    assert make.value("select status from refunds") == "pending"
