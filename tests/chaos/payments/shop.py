"""A shop that is played with: learners, courses and coupons of one history, and everything that people and the vendor do in it."""

import json
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from academy.payments import reconciliation, refunds
from academy.payments.deliveries import settle_facts
from academy.payments.models import Coupon
from academy.payments.razorpay_entities import payment_of
from academy.payments.values import Source
from academy.platform.db import Database, DatabaseFailure
from academy.platform.db.work import CLASHES
from academy.platform.ids import uuid7
from functions.payment_tasks import app as tasks
from infra.local.razorpay.bank import Bank
from infra.local.razorpay.entities import BankError
from infra.local.razorpay.messages import Message
from tests.api import Client, Reply
from tests.chaos.http.wire import Cut, When, Wire
from tests.factories import Factory
from tests.integration.payments.buying import ordering
from tests.payments import FakeGateway

CONTEXT = SimpleNamespace(
    function_name="chaos",
    memory_limit_in_mb=256,
    invoked_function_arn="arn",
    aws_request_id="r",
    get_remaining_time_in_millis=lambda: 60000,
)
PRICES = (49900, 9901)
MOST_AT_ONCE = 6
ROUNDS = 8
"""Of what comes by itself, until one of them changes nothing: three in most histories."""
TRIES = 25
"""Of a client that is told to come back: each cut costs it one or two."""
CALLS = ("create_order", "order_payments", "payment", "capture", "refund", "refunds_of", "payments_between")
HEARD = ("webhook.received", "refund.requested", "reconciliation.requested")
NEVER_LOST = "payment.dispute"
"""The vendor tries for a day, and what is in a dispute it tells nowhere else."""
NOT_GIVEN_BACK = re.compile(r"of payment (?P<payment>\w+) could not be given back\.")
"""Of the sentences that a reconciliation has for its admins."""


@dataclass
class Shop:
    """`strikes` is how often the line to the database is cut, `trouble` how often the vendor fails: 0 to 1, of the calls.

    `at_once` are connections of their own for what happens at the same moment.
    """

    client: Client
    make: Factory
    bank: Bank
    gateway: FakeGateway
    wire: Wire
    dice: random.Random
    at_once: list[Database]
    strikes: float = 0.25
    trouble: float = 0.2
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.admin, self.teacher = self.make.user("admin"), self.make.user("instructor")
        self.learners = [self.make.user() for _ in range(2)]
        self.courses = [self.make.course(self.teacher, price=price) for price in PRICES]
        self.codes = [
            self._coupon(percent=50, max_uses=2),
            self._coupon(percent=100, max_uses=1),
            self._coupon(amount=5000, max_uses_per_user=1),
        ]
        self.receipts: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self.refunds: list[tuple[str, dict[str, Any], str]] = []
        self.disputes: list[str] = []
        self.delayed: list[Message] = []

    def _coupon(self, **values: Any) -> str:
        code = f"C{uuid7().hex[-12:]}"
        self.make.row(Coupon, id=uuid7(), code=code, owner_id=self.teacher["id"], **values)
        return code

    # ---- What is done, one thing after the other ----

    def step(self) -> None:
        name = self.dice.choices([name for name, _ in STEPS], [weight for _, weight in STEPS])[0]
        self.counts[name] += 1
        getattr(self, name)()

    def order(self) -> None:
        learner, course = self.dice.choice(self.learners), self.dice.choice(self.courses)
        body = {"courseId": str(course["id"])}
        if self.dice.random() < 0.5:
            body["couponCode"] = self.dice.choice([str.upper, str.lower])(self.dice.choice(self.codes))
        for _ in range(self.dice.choice((1, 1, 2))):
            self.ask("POST", "/payments/order", body, user=learner, key=str(uuid7()))

    def pay(self) -> None:
        rows = self.make.rows("select user_id, razorpay_order_id from orders where razorpay_order_id is not null order by id desc limit 4")
        if not rows:
            return
        row = self.dice.choice(rows)
        (learner,), order = [one for one in self.learners if one["id"] == row["user_id"]], row["razorpay_order_id"]
        webhooks = self.dice.choice(("normal", "none", "duplicate", "shuffled", "late"))
        if self.dice.random() < 0.08:
            # No vendor would take another amount than the order's; we don't rely on it.
            payment = self.bank.attempt(order, webhooks=webhooks, amount=self.dice.choice((100, 49901)))
            self.bank.authorize(payment["id"])
            return
        answer = self.bank.pay(order, self.dice.choice(("success", "success", "success", "failure", "late")), webhooks=webhooks)
        if "razorpay_payment_id" in answer:
            self.receipts.append((learner, answer))

    def authorize_late(self) -> None:
        self.bank.authorize_late()

    def verify(self) -> None:
        if self.receipts:
            learner, receipt = self.dice.choice(self.receipts)
            self.ask("POST", "/payments/verify", receipt, user=learner)

    def forge(self) -> None:
        if self.receipts:
            learner, receipt = self.dice.choice(self.receipts)
            forged = {**receipt, "razorpay_signature": receipt["razorpay_signature"][::-1]}
            assert self.ask("POST", "/payments/verify", forged, user=learner).code == "BAD_SIGNATURE"

    def hear(self) -> None:
        """Messages arrive shuffled, doubled, later or never."""
        messages = [*self.delayed, *self.bank.take_messages()]
        self.delayed = []
        self.dice.shuffle(messages)
        for message in messages:
            fate = self.dice.random()
            if fate < 0.2:
                self.delayed.append(message)
                continue
            if fate < 0.35 and not message.kind.startswith(NEVER_LOST):
                continue
            for _ in range(self.dice.choice((1, 1, 1, 3))):
                self.send(message)

    def work(self) -> None:
        """The queue's messages, in any order, some of them again."""
        for envelope in self.events():
            if self.dice.random() < 0.8:
                for _ in range(self.dice.choice((1, 1, 2))):
                    self.deliver(envelope)

    def reconcile(self) -> None:
        self.struck(lambda: tasks.handler({"task": "reconcile"}, CONTEXT))

    def _reconcile_to_its_end(self) -> list[str]:
        """A session that was cut off holds its lock until the server has noticed: a moment here, the schedule's next time elsewhere."""
        give_up = time.monotonic() + 60
        while (result := tasks.handler({"task": "reconcile"}, CONTEXT)).get("skipped"):
            assert time.monotonic() < give_up, "somebody keeps the lock"
            time.sleep(0.02)
        differences: list[str] = result["differences"]
        return differences

    def _heed(self, differences: list[str]) -> None:
        """What the vendor took on and then could not give back is left to an admin, who is told: nobody else would ask for it again."""
        for payment in [found["payment"] for told in differences if (found := NOT_GIVEN_BACK.search(told))]:
            (identifier,) = self.make.rows("select id::text as id from payments where razorpay_payment_id = :payment", payment=payment)
            body = {"reason": "The bank did not take it."}
            assert self.ask("POST", f"/payments/{identifier['id']}/refund", body, user=self.admin, key=str(uuid7())).status == 202
            self.counts["given back by hand"] += 1

    def refund(self) -> None:
        payments = self.make.rows(
            "select id::text as id, amount_captured - amount_refunded as remaining from payments where user_id = any(:users) and amount_captured > 0",
            users=[learner["id"] for learner in self.learners],
        )
        if not payments:
            return
        payment = self.dice.choice(payments)
        body: dict[str, Any] = {"reason": "They asked.", "overrule": True}
        if self.dice.random() < 0.6:
            body["amount"] = self.dice.choice((1, 1000, max(1, int(payment["remaining"])), max(1, int(payment["remaining"]) // 2), 60000))
        path, key = f"/payments/{payment['id']}/refund", str(uuid7())
        self.ask("POST", path, body, user=self.admin, key=key)
        self.refunds.append((path, body, key))

    def refund_again(self) -> None:
        if self.refunds:
            path, body, key = self.dice.choice(self.refunds)
            self.ask("POST", path, body, user=self.admin, key=key)

    def refund_at_vendor(self) -> None:
        self.at_bank(lambda payment: self.bank.refund(payment, self.dice.choice((500, 4950))))

    def move_refund(self) -> None:
        pending = [refund["id"] for refund in self.bank.books.refunds.values() if refund["status"] == "pending"]
        if pending:
            move = self.bank.process_refund if self.dice.random() < 0.8 else self.bank.fail_refund
            move(self.dice.choice(pending))

    def dispute(self) -> None:
        if self.disputes and self.dice.random() < 0.6:
            try:
                self.bank.move_dispute(self.dice.choice(self.disputes), self.dice.choice(("under_review", "won", "lost", "closed")))
            except BankError:
                return
        else:
            self.at_bank(self._dispute)

    def _dispute(self, payment: str) -> None:
        self.bank.books.payments[payment]["_webhooks"] = "normal"
        self.disputes.append(self.bank.open_dispute(payment)["id"])

    def change_price(self) -> None:
        course = self.dice.choice(self.courses)
        self.make.execute("update courses set price = :price where id = :id", price=self.dice.choice((100, 20000, 75000)), id=course["id"])

    def rush(self) -> None:
        """All at the same moment, each with a connection of its own: orders, the vendor's words, refunds carried out, a reconciliation."""
        self.gateway.trouble.clear()
        jobs: list[Callable[[Database], object]] = []
        learner, course, code = self.dice.choice(self.learners), self.dice.choice(self.courses), self.dice.choice(self.codes)
        for options in ({}, {"couponCode": code}):
            jobs.append(ordering(learner, course, **options))
        for payment in self.bank.books.payments.values():
            facts = payment_of(self.bank.payment(payment["id"]))
            jobs += [lambda db, facts=facts: settle_facts(db, self.gateway, facts, Source.WEBHOOK)] * 2  # type: ignore[misc]
        for row in self.make.rows("select id from refunds where status = 'requested'"):
            jobs += [lambda db, id_=row["id"]: refunds.carry_out(db, self.gateway, id_)] * 2  # type: ignore[misc]
        jobs += [lambda db: reconciliation.scheduled(db, self.gateway)] * 2
        chosen = self.dice.sample(jobs, min(len(jobs), MOST_AT_ONCE))
        barrier = threading.Barrier(len(chosen))

        def run(job: Callable[[Database], object], own: Database) -> None:
            try:
                barrier.wait()
                job(own)
            except DatabaseFailure as failure:
                # Its caller is told to come again, as `CLASHES` says.
                if failure.sqlstate not in CLASHES:
                    raise

        with ThreadPoolExecutor(len(chosen)) as pool:
            list(pool.map(run, chosen, self.at_once))

    def expire(self) -> None:
        self.make.execute(
            "update orders set expires_at = now() - interval '1 second' where status = 'open' and user_id = any(:users)",
            users=[learner["id"] for learner in self.learners],
        )

    def _time_passes(self) -> None:
        self.make.execute("update refunds set requested_at = requested_at - interval '1 hour' where status in ('requested', 'pending')")
        self.make.execute("update webhook_events set received_at = received_at - interval '1 hour' where handled_at is null")

    # ---- The end: no more faults, and all that is under way comes to its end ----

    def calm(self) -> None:
        self.strikes = self.trouble = 0
        self.gateway.trouble.clear()
        self.bank.authorize_late()
        for message in self.delayed:
            if message.kind.startswith(NEVER_LOST):
                self.send(message)
        self.delayed = []
        after = self._told()
        for _ in range(ROUNDS):
            for refund in list(self.bank.books.refunds.values()):
                if refund["status"] == "pending":
                    self.bank.process_refund(refund["id"])
            for message in self.bank.take_messages():
                if message.kind.startswith(NEVER_LOST):
                    self.send(message)
            self.expire()
            self._time_passes()
            self._heed(self._reconcile_to_its_end())
            for envelope in self.events():
                self.deliver(envelope)
            before, after = after, self._told()
            if before == after:
                return
        raise AssertionError("it does not come to rest")

    def _told(self) -> tuple[Any, int]:
        """Not the same before and after something happened."""
        ours = self.make.rows("""
            select (select json_agg((id, version, status) order by id) from orders) as orders, (select count(*) from payment_events) as steps,
                (select json_agg((id, status) order by id) from refunds) as refunds, (select count(*) from consumed_events) as consumed,
                (select count(*) from webhook_events where handled_at is not null) as handled
        """)
        return ours, self.bank.books.numbers

    # ---- How ----

    def ask(self, method: str, path: str, body: Any, *, user: dict[str, Any], key: str | None = None) -> Reply:
        """As a client does: told to come back, it comes back."""
        headers = {"Idempotency-Key": key} if key else {}
        for _ in range(TRIES):
            self.struck()
            reply = self.client.call(method, path, body, user=user, headers=headers)
            self.wire.revive()
            assert reply.status < 500 or reply.status == 503, reply.text
            if reply.status != 503 and reply.json.get("code") not in {"REQUEST_IN_PROGRESS", "CONFLICT"}:
                self.counts[f"{path.rsplit('/', maxsplit=1)[-1]} {reply.status}"] += 1
                return reply
        raise AssertionError(f"no answer to {method} {path}: {reply.text}")

    def send(self, message: Message) -> None:
        headers, body = message.signed()
        for _ in range(TRIES):
            self.struck()
            reply = self.client.post("/payments/webhook", raw=body, headers=headers)
            self.wire.revive()
            if reply.status == 200:
                return
            assert reply.status == 503, reply.text
        raise AssertionError("the vendor gives up")

    def deliver(self, envelope: dict[str, Any]) -> None:
        record = {
            "messageId": envelope["id"],
            "receiptHandle": "h",
            "body": json.dumps({"detail": envelope}),
            "attributes": {},
            "messageAttributes": {},
            "md5OfBody": "",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:ap-south-1:000000000000:academy-test-payments",
            "awsRegion": "ap-south-1",
        }
        self.struck(lambda: tasks.handler({"Records": [record]}, CONTEXT))

    def events(self) -> list[dict[str, Any]]:
        """Those that payments hear and have not acted on."""
        rows = self.make.rows(
            "select id::text as id, kind, version, occurred_at, payload from outbox where kind = any(:kinds) "
            "and not exists (select from consumed_events c where c.event_id = outbox.id) order by random()",
            kinds=list(HEARD),
        )
        return [
            {
                "id": row["id"],
                "kind": row["kind"],
                "version": row["version"],
                "occurredAt": row["occurred_at"].isoformat(),
                "payload": row["payload"],
            }
            for row in rows
        ]

    def struck(self, what: Callable[[], object] | None = None) -> None:
        """Do it with what may happen to it: the line cut at one of its exchanges, the vendor out of reach or its answer lost."""
        if self.dice.random() < self.strikes:
            self.wire.arm(Cut(self.dice.randrange(7), self.dice.choice((When.BEFORE, When.AFTER)), down=False))
            self.counts["cuts"] += 1
        if self.dice.random() < self.trouble:
            self.gateway.trouble = [(self.dice.choice(CALLS), self.dice.choice(("before", "after")))]
            self.counts["vendor's failures"] += 1
        if what is not None:
            try:
                what()
            except Exception:
                if not self.strikes:
                    raise
            finally:
                self.wire.revive()

    def at_bank(self, act: Callable[[str], object]) -> None:
        captured = [payment["id"] for payment in self.bank.books.payments.values() if payment["captured"]]
        if captured:
            try:
                act(self.dice.choice(captured))
            except BankError:
                return


STEPS = (
    ("order", 10),
    ("pay", 9),
    ("verify", 6),
    ("hear", 6),
    ("work", 6),
    ("refund", 3),
    ("expire", 2),
    ("reconcile", 2),
    ("authorize_late", 2),
    ("move_refund", 2),
    ("refund_again", 1),
    ("refund_at_vendor", 1),
    ("dispute", 1),
    ("change_price", 1),
    ("forge", 1),
    ("rush", 2),
)
