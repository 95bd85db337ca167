"""A message of the vendor's is believed for its signature, recorded once, and acted on whatever order it comes in."""

import base64
import json
import random
import threading
import time
from typing import Any

import pytest

from academy.payments import keys
from academy.payments.keys import Keys
from academy.payments.signatures import sign
from academy.platform.db import Database
from functions.payment_tasks.app import consume
from infra.local.razorpay.entities import KEY_ID, KEY_SECRET, WEBHOOK_SECRET
from tests.integration.payments.shop import PRICE, Shop

NO_MESSAGES = [
    b"",
    b"not json",
    b"\xff\xfe\x00",
    b"[]",
    b'"payment.captured"',
    b"null",
    b"{}",
    b"[" * 60_000,
    b'{"a":' * 10_000,
    b'{"event": 1, "created_at": 1}',
    b'{"event": "", "created_at": 1}',
    b'{"event": "a b", "created_at": 1}',
    b'{"event": "payment.captured"}',
    b'{"event": "payment.captured", "created_at": "now"}',
    b'{"event": "payment.captured", "created_at": true}',
    b'{"event": "payment.captured", "created_at": 1.5}',
    b'{"event": "payment.captured", "created_at": -1}',
    b'{"event": "payment.captured", "created_at": ' + b"9" * 5000 + b"}",
]


def body(**fields: Any) -> bytes:
    return json.dumps({"event": "payment.captured", "created_at": int(time.time()), "payload": {}, **fields}).encode()


def signed(raw: bytes, secret: str = WEBHOOK_SECRET) -> dict[str, str]:
    return {"X-Razorpay-Signature": sign(raw, secret), "X-Razorpay-Event-Id": "evt_1"}


def stored(shop: Shop) -> int:
    return int(shop.make.value("select count(*) from webhook_events"))


class TestReceiving:
    def test_a_message_is_stored_as_it_came_and_told_of_once(self, shop: Shop) -> None:
        raw = b' {"event": "payment.captured",\n "created_at": %d, "name": "\xe0\xa4\x85\\u0000"}' % int(time.time())
        answers = [shop.client.post("/payments/webhook", raw=raw, headers=signed(raw)) for _ in range(3)]

        assert [(answer.status, answer.data) for answer in answers] == [(200, {"received": True})] * 3
        (row,) = shop.make.rows("select kind, body, vendor_event_id, handled_at from webhook_events")
        assert row == {"kind": "payment.captured", "body": raw.decode(), "vendor_event_id": "evt_1", "handled_at": None}
        assert [event.kind for event in shop.published] == ["webhook.received"]

    def test_a_text_body_is_read_as_bytes_too(self, shop: Shop) -> None:
        raw = body(event="order.paid", name="अ")

        assert shop.client.post("/payments/webhook", raw=raw.decode(), headers=signed(raw)).status == 200

    def test_whatever_type_it_claims_to_be_the_signature_decides(self, shop: Shop) -> None:
        raw = body()

        assert shop.client.post("/payments/webhook", raw=raw, headers={**signed(raw), "Content-Type": "text/plain"}).status == 200

    def test_twenty_deliveries_at_once_are_one(self, shop: Shop) -> None:
        raw = body()
        together, statuses = threading.Barrier(20, timeout=60), []

        def deliver() -> None:
            from academy.payments import webhooks

            own = Database(shop.db._url)
            together.wait()
            recorded, _ = own.at_once(
                lambda work: webhooks.record(
                    work, raw, signature=sign(raw, WEBHOOK_SECRET), vendor_event_id=None, secrets=(WEBHOOK_SECRET,)
                )
            )
            statuses.append(recorded)
            own.discard()

        threads = [threading.Thread(target=deliver) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(statuses) == [False] * 19 + [True]
        assert stored(shop) == 1
        assert shop.kinds() == ["webhook.received"]

    @pytest.mark.parametrize("secret", ["the new one", "the old one"])
    def test_during_a_rotation_both_secrets_count(self, shop: Shop, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
        keys.forget()
        monkeypatch.setattr(keys, "read", lambda: Keys(KEY_ID, KEY_SECRET, ("the new one", "the old one")))
        raw = body()

        assert shop.client.post("/payments/webhook", raw=raw, headers=signed(raw, secret)).status == 200

    def test_an_empty_secret_signs_nothing(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        keys.forget()
        monkeypatch.setattr(keys, "read", lambda: Keys(KEY_ID, KEY_SECRET, (WEBHOOK_SECRET, "")))
        raw = body()

        assert shop.client.post("/payments/webhook", raw=raw, headers=signed(raw, "")).code == "BAD_SIGNATURE"

    def test_it_takes_three_trips_and_an_unsigned_one_none(self, shop: Shop) -> None:
        raw = body()
        shop.client.get("/health/ready")
        before = shop.db.trips
        assert shop.client.post("/payments/webhook", raw=raw, headers=signed(raw)).status == 200
        assert 0 < shop.db.trips - before <= 3

        before = shop.db.trips
        assert shop.client.post("/payments/webhook", raw=raw, headers=signed(raw, "another")).status == 400
        assert shop.db.trips == before


class TestRefusing:
    def test_a_signature_that_does_not_fit(self, shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
        for signature in ("", "0" * 64, "0", "f" * 10_000, "ünïcödé", "\udcff", None, "Z" * 64):
            headers = {} if signature is None else {"X-Razorpay-Signature": signature}

            answer = shop.client.post("/payments/webhook", raw=body(), headers=headers)

            assert (answer.status, answer.code) == (400, "BAD_SIGNATURE"), signature
            assert '"bad_signature"' in capsys.readouterr().out
        assert stored(shop) == 0

    def test_one_byte_more_or_less(self, shop: Shop) -> None:
        raw = body()
        for changed in (raw + b" ", raw[:-1], raw.replace(b"captured", b"Captured"), b""):
            assert shop.client.post("/payments/webhook", raw=changed, headers=signed(raw)).code == "BAD_SIGNATURE"
        assert stored(shop) == 0

    def test_bytes_that_are_no_text_and_not_signed(self, shop: Shop) -> None:
        assert shop.client.post("/payments/webhook", raw=b"\xff\xfe", headers=signed(b"x")).code == "BAD_SIGNATURE"

    def test_signed_and_not_a_message(self, shop: Shop) -> None:
        for raw in NO_MESSAGES:
            answer = shop.client.post("/payments/webhook", raw=raw, headers=signed(raw))

            assert (answer.status, answer.code) == (400, "VALIDATION_FAILED"), raw[:50]
        assert stored(shop) == 0

    def test_too_old_or_from_the_future(self, shop: Shop) -> None:
        for seconds in (-31 * 3600, 6 * 60, 10**11, 10**30):
            raw = body(created_at=int(time.time()) + seconds)

            answer = shop.client.post("/payments/webhook", raw=raw, headers=signed(raw))

            assert (answer.status, answer.code) == (400, "WEBHOOK_EXPIRED"), seconds
        assert stored(shop) == 0

    def test_the_vendor_may_try_for_a_day_and_be_ahead_a_little(self, shop: Shop) -> None:
        for seconds in (-29 * 3600, 4 * 60):
            raw = body(created_at=int(time.time()) + seconds)

            assert shop.client.post("/payments/webhook", raw=raw, headers=signed(raw)).status == 200

    def test_more_than_64_kib(self, shop: Shop) -> None:
        raw = body(notes="x" * 64 * 1024)

        for sent in (raw, raw.decode()):
            answer = shop.client.post("/payments/webhook", raw=sent, headers=signed(raw))
            assert (answer.status, answer.code) == (413, "BODY_TOO_LARGE")

    def test_what_is_not_base64_though_it_says_so(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(base64, "b64encode", lambda _: b"***")

        assert shop.client.post("/payments/webhook", raw=b"x", headers=signed(b"x")).code == "VALIDATION_FAILED"


class TestActing:
    def test_a_payment_is_let_in_by_its_messages_alone(self, shop: Shop) -> None:
        order, _ = shop.sold()

        assert shop.payment(order["id"])["status"] == "captured"
        assert shop.enrolled() == 1
        assert {row["outcome"] for row in shop.make.rows("select outcome from webhook_events")} == {"booked", "known"}
        assert shop.make.value("select count(*) from webhook_events where handled_at is null") == 0
        shop.agrees()

    def test_any_order_any_number_any_loss_but_one(self, shop: Shop) -> None:
        dice = random.Random(7)
        orders = [shop.order() for _ in range(12)]
        for order in orders:
            payment = shop.pay(order, "late")
            shop.bank.authorize_late()
            shop.bank.refund(payment, 100)
            messages = shop.messages()
            last = [message for message in messages if b'"refund.processed"' in message[1]]
            some = [message for message in messages if message in last or dice.random() < 0.6]

            shop.deliver([*some, *dice.choices(some, k=4)], dice=dice)
            shop.work(dice=dice)

        for order in orders:
            assert shop.payment(order["id"]) == {
                "status": "partially_refunded",
                "amount_captured": PRICE,
                "amount_refunded": 100,
                "applied": True,
            }
        assert shop.enrolled() == 12
        assert shop.make.value("select count(*) from invoices where kind = 'credit_note'") == 12
        shop.agrees()

    def test_an_event_of_the_queue_acts_once(self, shop: Shop) -> None:
        order = shop.order()
        shop.pay(order)
        shop.deliver()
        events = [event for event in shop.published if event.kind == "webhook.received"]

        for _ in range(2):
            for event in events:
                consume(event)
            # Noted in the transaction of the effect, and not only when it comes again.
            assert shop.make.value("select count(*) from consumed_events where consumer = 'payments'") == len(events)
        assert shop.enrolled() == 1

    def test_an_authorised_payment_is_captured(self, shop: Shop) -> None:
        order = shop.order()
        shop.bank.books.orders[order["razorpay_order_id"]]["_automatic"] = False
        payment = shop.pay(order)

        shop.deliver()
        shop.work()

        assert shop.bank.payment(payment)["captured"]
        assert shop.payment(order["id"])["status"] == "captured"
        assert shop.enrolled() == 1
        assert shop.steps(order["id"]) == ["attempted", "authorized", "captured", "enrolled", "invoiced", "charged"]

    @pytest.mark.parametrize("trouble", ["before", "after"])
    def test_a_capture_whose_answer_is_lost_is_asked_again(self, shop: Shop, trouble: str) -> None:
        order = shop.order()
        shop.bank.books.orders[order["razorpay_order_id"]]["_automatic"] = False
        shop.pay(order)
        (message,) = shop.messages()
        shop.send(message)
        shop.gateway.trouble.append(("capture", trouble))
        (event,) = shop.published

        with pytest.raises(Exception, match="not available"):
            consume(event)
        assert shop.payment(order["id"])["status"] == "authorized"
        assert shop.make.value("select count(*) from consumed_events") == 0
        consume(event)

        assert shop.payment(order["id"])["status"] == "captured"
        shop.agrees()

    def test_a_capture_that_is_refused_leaves_it_authorised(self, shop: Shop) -> None:
        order = shop.order()
        shop.bank.books.orders[order["razorpay_order_id"]]["_automatic"] = False
        shop.pay(order)
        shop.deliver()
        shop.gateway.trouble.append(("capture", "refused"))

        shop.work()

        assert shop.payment(order["id"])["status"] == "authorized"
        assert shop.enrolled() == 0

    def test_kinds_that_we_do_not_act_on_are_kept(self, shop: Shop) -> None:
        kinds = ["subscription.charged", "payment.downtime.started", "refund.speed_changed", "settlement.processed"]
        for kind in kinds:
            raw = body(event=kind)
            shop.send((signed(raw), raw))
        shop.work()

        rows = shop.make.rows("select kind, outcome from webhook_events order by id")
        assert rows == [{"kind": kind, "outcome": "ignored"} for kind in kinds]

    def test_what_can_not_be_understood_is_done_with(self, shop: Shop) -> None:
        whole = {"id": "pay_1", "status": "captured", "amount": 5, "currency": "INR", "created_at": 1}
        wrong: list[tuple[dict[str, Any], str]] = [
            ({"id": "pay_1; drop table"}, "id"),
            ({"id": 1}, "id"),
            ({"order_id": ["x"]}, "order_id"),
            ({"amount": -5}, "amount"),
            ({"amount": 1.5}, "amount"),
            ({"amount": True}, "amount"),
            ({"amount": 10**30}, "amount"),
            ({"status": "lost"}, "status"),
            ({"status": []}, "status"),
            ({"currency": "inr"}, "currency"),
            ({"method": "u\x00i"}, "method"),
            ({"created_at": 10**20}, "created_at"),
            ({"captured": "yes", "status": "authorized"}, "captured"),
        ]
        for fields, _ in wrong:
            raw = body(payload={"payment": {"entity": {**whole, **fields}}})
            shop.send((signed(raw), raw))
        nothing: list[Any] = [{}, [], {"payment": None}, {"payment": {"entity": 7}}]
        for payload in nothing:
            raw = body(payload=payload)
            shop.send((signed(raw), raw))
        shop.work()

        outcomes = [row["outcome"] for row in shop.make.rows("select outcome from webhook_events order by id")]
        assert outcomes == [f"malformed: {field}" for _, field in wrong] + ["malformed: the entity is no object"] * 4
        assert shop.make.value("select count(*) from payments") == 0

    def test_an_amount_that_does_not_match_is_held(self, shop: Shop) -> None:
        order = shop.order()
        attempt = shop.bank.attempt(order["razorpay_order_id"], amount=100)
        shop.bank.authorize(attempt["id"])
        shop.deliver()
        shop.work()

        assert shop.payment(order["id"])["status"] == "needs_review"
        assert shop.enrolled() == 0
        assert "payment.needs_review" in shop.kinds()
        shop.agrees()

    def test_paid_twice_the_second_goes_back_by_itself(self, shop: Shop) -> None:
        order = shop.order()
        shop.pay(order)
        shop.pay(order)
        shop.deliver()
        shop.work()
        shop.deliver()  # the refund's own messages
        shop.work()

        assert shop.refunds() == [{"amount": PRICE, "status": "processed", "origin": "paid_twice"}]
        assert shop.enrolled() == 1
        assert [refund["amount"] for refund in shop.bank.books.refunds.values()] == [PRICE]
        shop.agrees()

    def test_a_crash_before_the_commit_leaves_it_to_the_next_delivery(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        from academy.payments import deliveries

        order = shop.order()
        shop.pay(order)
        shop.deliver()
        events = list(shop.published)

        with monkeypatch.context() as broken:
            broken.setattr(deliveries, "_HANDLED", None)
            for event in events:
                with pytest.raises(Exception):  # noqa: B017, PT011 - whatever a statement of nothing makes of it
                    consume(event)
        assert (shop.enrolled(), shop.make.value("select count(*) from consumed_events")) == (0, 0)

        shop.work()
        assert shop.enrolled() == 1
