"""Learners who bought, the vendor's messages about it, and the queue of payments at work."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from academy.payments.consumers import HANDLES
from academy.payments.models import Order, Payment
from academy.platform.db import Database
from academy.platform.events import Envelope
from academy.platform.ids import uuid7
from functions.payment_tasks.app import consume
from infra.local.razorpay.bank import Bank
from tests.api import Client, Reply
from tests.factories import Factory
from tests.payments import FakeGateway, pay, webhooks

PRICE = 49900
SALE = {"price": PRICE, "discount": 0, "taxable": 42288, "tax": 7612, "amount": PRICE, "tax_bp": 1800, "share_bp": 7000}
Message = tuple[dict[str, str], bytes]


@dataclass
class Shop:
    """`published` is what went out; `work()` lets the queue of payments act on it."""

    db: Database
    make: Factory
    bank: Bank
    gateway: FakeGateway
    client: Client
    published: list[Envelope]
    consumed: int = 0
    teacher: dict[str, Any] = field(init=False)
    admin: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.teacher, self.admin = self.make.user("instructor"), self.make.user("admin")

    def order(self, *, learner: dict[str, Any] | None = None, course: dict[str, Any] | None = None, **values: Any) -> dict[str, Any]:
        """An open order of a learner's, which the bank knows."""
        learner = learner or self.make.user()
        course = course or self.make.course(self.teacher, price=PRICE)
        identity = uuid7()
        vendor = self.bank.create_order(amount=values.get("amount", PRICE), receipt=str(identity))
        defaults = {
            **SALE,
            "id": identity,
            "user_id": learner["id"],
            "course_id": course["id"],
            "instructor_id": self.teacher["id"],
            "currency": "INR",
            "place_of_supply": "33",
            "course_title": "Bridges",
            "buyer": {"name": "Asha"},
            "expires_at": datetime.now(UTC) + timedelta(minutes=30),
            "razorpay_order_id": vendor["id"],
        }
        order = self.make.row(Order, **{**defaults, **values})
        self.make.row(
            Payment,
            id=order["id"],
            order_id=order["id"],
            user_id=order["user_id"],
            course_id=order["course_id"],
            amount=order["amount"],
            currency="INR",
            razorpay_order_id=order["razorpay_order_id"],
        )
        return order

    def pay(self, order: dict[str, Any], outcome: str = "success", *, told: str = "normal") -> str:
        """The vendor's id of the payment."""
        answer = pay(self.bank, order["razorpay_order_id"], outcome, webhooks=told)
        return str(answer.get("razorpay_payment_id") or answer["error"]["metadata"]["payment_id"])

    def sold(self, **options: Any) -> tuple[dict[str, Any], str]:
        """An order that was paid, with all of its messages acted on, and the vendor's id of its payment."""
        order = self.order(**options)
        payment = self.pay(order)
        self.deliver()
        self.work()
        return order, payment

    def messages(self) -> list[Message]:
        return webhooks(self.bank)

    def send(self, message: Message) -> Reply:
        headers, body = message
        return self.client.post("/payments/webhook", raw=body, headers=headers)

    def deliver(self, messages: Sequence[Message] | None = None, *, dice: random.Random | None = None) -> None:
        """All messages that wait (or these), in their order or as the dice fall."""
        chosen = list(self.messages() if messages is None else messages)
        if dice is not None:
            dice.shuffle(chosen)
        for message in chosen:
            assert self.send(message).status == 200

    def work(self, *, dice: random.Random | None = None) -> None:
        """Until nothing is left: what the queue brings makes new events."""
        while self.consumed < len(self.published):
            fresh = self.published[self.consumed :]
            self.consumed = len(self.published)
            if dice is not None:
                dice.shuffle(fresh)
            for envelope in fresh:
                if envelope.kind in HANDLES:
                    consume(envelope)

    def payment(self, payment_id: UUID) -> dict[str, Any]:
        (row,) = self.make.rows(f"select status, amount_captured, amount_refunded, applied from payments where id = '{payment_id}'")
        return row

    def refunds(self) -> list[dict[str, Any]]:
        return self.make.rows("select amount, status, origin from refunds order by id")

    def enrolled(self) -> int:
        return int(self.make.value("select count(*) from enrollments where status <> 'ended'"))

    def balances(self) -> dict[str, int]:
        rows = self.make.rows("select account, sum(amount) as sum from ledger_lines group by account having sum(amount) <> 0")
        return {row["account"]: int(row["sum"]) for row in rows}

    def kinds(self) -> list[str]:
        """Events that were written, in order."""
        return [row["kind"] for row in self.make.rows("select kind from outbox order by id")]

    def steps(self, payment_id: UUID) -> list[str]:
        return [row["kind"] for row in self.make.rows(f"select kind from payment_events where payment_id = '{payment_id}' order by id")]

    def taken(self) -> int:
        """What the vendor holds for us by its own books: payments less fees, refunds and lost disputes."""
        books = self.bank.books
        came = sum(payment["amount"] - payment["fee"] for payment in books.payments.values() if payment["captured"])
        went = sum(refund["amount"] for refund in books.refunds.values() if refund["status"] == "processed")
        lost = sum(dispute["amount"] for dispute in books.disputes.values() if dispute["status"] == "lost")
        return int(came - went - lost)

    def agrees(self) -> None:
        """Our books say what the bank's say, to the paisa, and explain it."""
        assert self.balances().get("razorpay_clearing", 0) == self.taken()
        assert self.make.value("select coalesce(sum(amount), 0) from ledger_lines") == 0
        for row in self.make.rows(
            "select i.total, i.kind, r.amount from invoices i left join refunds r on r.id = i.refund_id where i.kind = 'credit_note'"
        ):
            assert row["total"] <= row["amount"]
