"""How often buying asks the database, and the vendor: counted, whatever the clock says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from academy.payments.models import Coupon
from academy.platform.db import Database
from academy.platform.events import Envelope
from academy.platform.ids import uuid7
from infra.local.razorpay.bank import Bank
from tests.api import Client, Reply
from tests.factories import Factory
from tests.payments import FakeGateway, pay, webhooks

PRICE = 49900
PUBLISHING = 1
"""After what the answer tells of is committed: its events are marked in the outbox."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Round trips to the database until the answer stood, and what was asked of the vendor."""

    reply: Reply
    trips: int
    calls: list[str]


class Counter:
    def __init__(self, db: Database, gateway: FakeGateway, published: list[Envelope]) -> None:
        self.db, self.gateway, self.published = db, gateway, published
        db.connection()

    def __call__(self, send: Callable[[], Reply]) -> Cost:
        trips, calls, published = self.db.trips, len(self.gateway.calls), len(self.published)
        reply = send()
        publishing = PUBLISHING if len(self.published) > published else 0
        return Cost(reply, self.db.trips - trips - publishing, self.gateway.calls[calls:])


@pytest.fixture
def counted(db: Database, gateway: FakeGateway, published: list[Envelope], client: Client) -> Counter:
    return Counter(db, gateway, published)


@pytest.fixture
def learner(make: Factory) -> dict[str, Any]:
    return make.user()


@pytest.fixture
def order(make: Factory, client: Client, learner: dict[str, Any]) -> Callable[..., Reply]:
    """Orders the same course, with a coupon's code if one is told."""
    course = make.course(make.user("instructor"), price=PRICE)
    return lambda **more: client.post("/payments/order", {"courseId": str(course["id"]), **more}, user=learner)


def coupon(make: Factory, percent: int) -> str:
    made = make.row(Coupon, id=uuid7(), code=f"OFF{percent}", owner_id=make.user("admin")["id"], academy_wide=True, percent=percent)
    return str(made["code"])


def test_an_order_is_four_trips_and_a_call_of_the_vendor(counted: Counter, order: Callable[..., Reply]) -> None:
    cost = counted(order)

    assert (cost.reply.status, cost.calls) == (201, ["create_order"])
    assert cost.trips <= 4


def test_so_is_one_with_a_coupon_that_takes_an_open_ones_place(counted: Counter, order: Callable[..., Reply], make: Factory) -> None:
    code = coupon(make, 20)
    order()

    cost = counted(lambda: order(couponCode=code))

    assert (cost.reply.data["discount"], cost.calls) == (PRICE // 5, ["create_order"])
    assert cost.trips <= 4


def test_the_same_order_again_asks_the_vendor_nothing(counted: Counter, order: Callable[..., Reply]) -> None:
    order()

    cost = counted(order)

    assert (cost.reply.status, cost.calls) == (201, [])
    assert cost.trips <= 3


def test_an_order_of_nothing_is_paid_in_one_trip_more(counted: Counter, order: Callable[..., Reply], make: Factory) -> None:
    code = coupon(make, 100)

    cost = counted(lambda: order(couponCode=code))

    assert (cost.reply.data["status"], cost.calls) == ("paid", [])
    assert cost.trips <= 5


def test_verifying_is_four_trips_and_a_look_at_the_payment(
    counted: Counter, order: Callable[..., Reply], client: Client, bank: Bank, learner: dict[str, Any]
) -> None:
    told = pay(bank, order().data["razorpayOrderId"])

    first = counted(lambda: client.post("/payments/verify", told, user=learner))
    again = counted(lambda: client.post("/payments/verify", told, user=learner))

    assert (first.reply.data["enrolled"], first.calls) == (True, ["payment"])
    assert first.trips <= 4
    assert (again.reply.data, again.calls) == (first.reply.data, ["payment"])
    assert again.trips <= 3


def test_what_is_only_authorised_is_captured_in_two_trips_more(
    counted: Counter, order: Callable[..., Reply], client: Client, bank: Bank, learner: dict[str, Any]
) -> None:
    razorpay_order_id = order().data["razorpayOrderId"]
    bank.books.orders[razorpay_order_id]["_automatic"] = False
    told = pay(bank, razorpay_order_id)

    cost = counted(lambda: client.post("/payments/verify", told, user=learner))

    assert (cost.reply.data["status"], cost.calls) == ("captured", ["payment", "capture"])
    assert cost.trips <= 6


def test_a_message_is_stored_in_one_trip_and_told_of_in_two(
    counted: Counter, order: Callable[..., Reply], client: Client, bank: Bank
) -> None:
    pay(bank, order().data["razorpayOrderId"])
    headers, body = webhooks(bank)[0]

    first = counted(lambda: client.post("/payments/webhook", raw=body, headers=headers))
    again = counted(lambda: client.post("/payments/webhook", raw=body, headers=headers))
    forged = counted(lambda: client.post("/payments/webhook", raw=body + b" ", headers=headers))

    assert (first.reply.status, again.reply.status, forged.reply.status) == (200, 200, 400)
    assert [cost.trips for cost in (first, again, forged)] == [1, 1, 0]
    assert first.calls == again.calls == forged.calls == []
