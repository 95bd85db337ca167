"""What the checkout tells the page, told on: believed for its signature and for what the vendor says, and answered with what becomes of the money."""

import json
from typing import Any

import pytest

from academy.payments.signatures import sign
from infra.local.razorpay.bank import Bank
from tests.api import Client
from tests.factories import Factory
from tests.integration.payments.buying import count, order
from tests.payments import KEYS, FakeGateway, pay


def test_paying_lets_one_in_and_verifying_again_says_the_same(
    client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any], bank: Bank
) -> None:
    ordered = order(client, learner, course).data
    told = pay(bank, ordered["razorpayOrderId"])

    first, again = (client.post("/payments/verify", told, user=learner) for _ in range(2))

    assert (first.status, again.status) == (200, 200)
    assert first.data == again.data
    enrollment = make.value("select id from enrollments where status = 'active' and source = 'payment'")
    assert first.data == {
        "paymentId": ordered["orderId"],
        "orderId": ordered["orderId"],
        "courseId": str(course["id"]),
        "status": "captured",
        "enrolled": True,
        "enrollmentId": str(enrollment),
    }
    assert "message" not in first.json
    assert make.value("select count(*) from invoices") == 1
    assert order(client, learner, course).code == "ALREADY_ENROLLED"
    assert {row["source"] for row in make.rows("select source from payment_events")} == {"order", "verify"}


def test_what_is_given_back_lets_nobody_in_and_says_so(
    client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any], bank: Bank
) -> None:
    razorpay_order_id = order(client, learner, course).data["razorpayOrderId"]
    first, second = pay(bank, razorpay_order_id), pay(bank, razorpay_order_id)
    assert client.post("/payments/verify", first, user=learner).data["enrolled"]

    twice = client.post("/payments/verify", second, user=learner)
    make.execute("update payments set status = 'refunded', amount_refunded = amount_captured where applied")
    refunded = client.post("/payments/verify", first, user=learner)

    for reply, status in ((twice, "captured"), (refunded, "refunded")):
        assert (reply.status, reply.data["status"], reply.data["enrolled"], reply.data["enrollmentId"]) == (200, status, False, None)
        assert reply.json["message"] == "This payment is refunded."


FORGED = ("0" * 64, "", "ab", "é" * 64, "z" * 64, "a" * 1000, "०" * 64)
"""Another's, none, too short, not ASCII, not hexadecimal, too long, digits of another script."""


def test_a_bad_signature_changes_nothing_and_is_noted(
    client: Client,
    make: Factory,
    course: dict[str, Any],
    learner: dict[str, Any],
    bank: Bank,
    gateway: FakeGateway,
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = pay(bank, order(client, learner, course).data["razorpayOrderId"])

    def state() -> tuple[Any, ...]:
        return make.rows("select * from payments"), make.rows("select * from orders"), count(make, "outbox"), count(make, "payment_events")

    before = state()
    gateway.calls.clear()

    for forged in FORGED:
        reply = client.post("/payments/verify", {**told, "razorpay_signature": forged}, user=learner)
        assert (reply.status, reply.code) == (400, "BAD_SIGNATURE"), forged
        assert reply.json["requestId"] == reply.headers["X-Request-Id"]

    assert state() == before
    assert count(make, "enrollments") == 0
    assert not gateway.calls
    noted = make.rows("select target_type, target_id, after, actor_id from audit_log where action = 'payment.forged'")
    about = {"target_type": "order", "target_id": told["razorpay_order_id"], "after": {"razorpayPaymentId": told["razorpay_payment_id"]}}
    assert noted == [{**about, "actor_id": learner["id"]}] * len(FORGED)
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"bad_signature"' in line]
    assert [(metric["task"], metric["bad_signature"]) for metric in metrics] == [("verify", [1.0])] * len(FORGED)


def test_a_signature_for_another_payment_or_order_is_bad(
    client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any], bank: Bank
) -> None:
    told = pay(bank, order(client, learner, course).data["razorpayOrderId"])
    cheap = make.course({"id": course["instructor_id"]}, price=100)
    other = pay(bank, order(client, learner, cheap).data["razorpayOrderId"])

    for mixed in ({**told, "razorpay_payment_id": other["razorpay_payment_id"]}, {**other, "razorpay_order_id": told["razorpay_order_id"]}):
        assert client.post("/payments/verify", mixed, user=learner).code == "BAD_SIGNATURE"
    assert not count(make, "enrollments")


def checkout(razorpay_order_id: str, razorpay_payment_id: str) -> dict[str, str]:
    """As the page would tell it, signed by the vendor."""
    signature = sign(f"{razorpay_order_id}|{razorpay_payment_id}".encode(), KEYS.key_secret)
    return {"razorpay_order_id": razorpay_order_id, "razorpay_payment_id": razorpay_payment_id, "razorpay_signature": signature}


def test_what_the_vendor_does_not_confirm_is_not_believed_though_the_signature_fits(
    client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any], bank: Bank
) -> None:
    razorpay_order_id = order(client, learner, course).data["razorpayOrderId"]
    cheap = make.course({"id": course["instructor_id"]}, price=100)
    other = pay(bank, order(client, learner, cheap).data["razorpayOrderId"])

    mixed = client.post("/payments/verify", checkout(razorpay_order_id, other["razorpay_payment_id"]), user=learner)
    unknown = client.post("/payments/verify", checkout(razorpay_order_id, "pay_unknown"), user=learner)

    assert (mixed.code, unknown.code) == ("BAD_SIGNATURE", "PAYMENT_NOT_FOUND")
    assert make.rows("select target_id from audit_log where action = 'payment.forged'") == [{"target_id": razorpay_order_id}]
    assert not count(make, "enrollments")


def test_anothers_order_is_not_there(client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any], bank: Bank) -> None:
    told = pay(bank, order(client, learner, course).data["razorpayOrderId"])

    for stranger in (make.user(), make.user("admin")):
        reply = client.post("/payments/verify", told, user=stranger)
        assert (reply.status, reply.code) == (404, "ORDER_NOT_FOUND")
    assert not count(make, "enrollments")
    assert client.post("/payments/verify", told, user=learner).data["enrolled"]


def test_a_payment_that_failed_says_so_and_the_next_one_counts(
    client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any], bank: Bank
) -> None:
    razorpay_order_id = order(client, learner, course).data["razorpayOrderId"]
    error = pay(bank, razorpay_order_id, "failure")["error"]
    failed = error["metadata"]["payment_id"]

    reply = client.post("/payments/verify", checkout(razorpay_order_id, failed), user=learner)

    assert (reply.status, reply.code) == (402, "PAYMENT_FAILED")
    assert "declined" in reply.json["error"]
    assert reply.json["requestId"] == reply.headers["X-Request-Id"]
    assert make.value("select status from payments") == "failed"
    assert not count(make, "enrollments")
    assert client.post("/payments/verify", pay(bank, razorpay_order_id), user=learner).data["enrolled"]


def test_money_that_does_not_fit_is_told_and_lets_nobody_in(
    client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any], bank: Bank
) -> None:
    ordered = order(client, learner, course).data
    bank.books.orders[ordered["razorpayOrderId"]]["amount"] = 100
    told = pay(bank, ordered["razorpayOrderId"])

    reply = client.post("/payments/verify", told, user=learner)

    assert reply.status == 200
    assert (reply.data["status"], reply.data["enrolled"]) == ("needs_review", False)
    assert "your money is safe" in reply.json["message"]
    assert not count(make, "enrollments")


def test_a_payment_that_is_only_authorised_is_captured(
    client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any], bank: Bank, gateway: FakeGateway
) -> None:
    ordered = order(client, learner, course).data
    bank.books.orders[ordered["razorpayOrderId"]]["_automatic"] = False
    told = pay(bank, ordered["razorpayOrderId"])
    assert not bank.payment(told["razorpay_payment_id"])["captured"]
    gateway.trouble = [("capture", "refused")]

    waiting = client.post("/payments/verify", told, user=learner)
    done = client.post("/payments/verify", told, user=learner)

    assert (waiting.status, waiting.data["status"], waiting.data["enrolled"]) == (200, "authorized", False)
    assert (done.status, done.data["status"], done.data["enrolled"]) == (200, "captured", True)
    assert bank.payment(told["razorpay_payment_id"])["captured"]
