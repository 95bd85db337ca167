"""What can't be, as it arrives at each route of payments: refused by a code, with the field's name where there is one, and not a row differs."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from academy.payments.signatures import sign
from infra.local.razorpay.entities import KEY_SECRET, WEBHOOK_SECRET
from tests.api import Client, Reply
from tests.factories import Factory
from tests.integration.payments.buying import PRICE, buy, order
from tests.payments import FakeGateway, pay

ASIDE = {"rate_counters", "audit_log"}
"""Attempts are counted, and forgeries noted."""


@dataclass(frozen=True)
class Wrong:
    """A request and how it is refused: by `code`, and with `field` named in its details."""

    path: str
    body: Any = None
    code: str = "VALIDATION_FAILED"
    field: str | None = None
    method: str = "POST"
    raw: bytes | None = None
    headers: dict[str, str] | None = None
    query: dict[str, str] | None = None


class Watched:
    """`refuses` asks each, and looks at all tables after it."""

    def __init__(self, client: Client, make: Factory) -> None:
        self.client, self.make = client, make
        tables = {row["tablename"] for row in make.rows("select tablename from pg_tables where schemaname = 'public'")}
        assert tables > ASIDE
        self._sums = " union all ".join(
            f"select '{table}' as name, md5(coalesce(string_agg(t::text, ',' order by t::text), '')) as sum from public.{table} t"
            for table in sorted(tables - ASIDE)
        )

    def refuses(self, wrong: Sequence[Wrong], user: dict[str, Any] | None) -> None:
        before = self.sums()
        for each in wrong:
            reply = self._ask(each, user)
            assert 400 <= reply.status < 500, f"{each} {reply.text}"
            assert reply.code == each.code, (each, reply.text)
            if each.field is not None:
                assert each.field in {detail["field"] for detail in reply.json["details"]}, (each, reply.text)
            assert self.sums() == before, each

    def sums(self) -> dict[str, str]:
        return {row["name"]: row["sum"] for row in self.make.rows(self._sums)}

    def _ask(self, wrong: Wrong, user: dict[str, Any] | None) -> Reply:
        return self.client.call(wrong.method, wrong.path, wrong.body, user=user, headers=wrong.headers, query=wrong.query, raw=wrong.raw)


@pytest.fixture
def teacher(make: Factory) -> dict[str, Any]:
    return make.user("instructor")


@pytest.fixture
def course(make: Factory, teacher: dict[str, Any]) -> dict[str, Any]:
    return make.course(teacher, price=PRICE)


@pytest.fixture
def learner(make: Factory) -> dict[str, Any]:
    return make.user()


@pytest.fixture
def watched(client: Client, make: Factory) -> Watched:
    return Watched(client, make)


def test_an_order_is_for_a_course_at_our_price(
    watched: Watched, make: Factory, course: dict[str, Any], learner: dict[str, Any], teacher: dict[str, Any], gateway: FakeGateway
) -> None:
    identity = str(course["id"])
    dollars = make.course(teacher, price=PRICE, currency="USD")
    draft = make.course(teacher, price=PRICE, status="draft")
    gone: list[tuple[Any, str | None, str]] = [
        ({"courseId": identity, "amount": -1}, "body.amount", "VALIDATION_FAILED"),
        ({"courseId": identity, "amount": 499.5}, "body.amount", "VALIDATION_FAILED"),
        ({"courseId": identity, "amount": 100, "currency": "USD"}, "body.currency", "VALIDATION_FAILED"),
        ({"courseId": identity, "userId": str(teacher["id"])}, "body.userId", "VALIDATION_FAILED"),
        ({}, "body.courseId", "VALIDATION_FAILED"),
        ({"courseId": None}, "body.courseId", "VALIDATION_FAILED"),
        ({"courseId": 1}, "body.courseId", "VALIDATION_FAILED"),
        ({"courseId": f"{identity}' or '1'='1"}, "body.courseId", "VALIDATION_FAILED"),
        ({"courseId": identity, "couponCode": ""}, "body.couponCode", "VALIDATION_FAILED"),
        ({"courseId": identity, "couponCode": "x" * 101}, "body.couponCode", "VALIDATION_FAILED"),
        ({"courseId": identity, "couponCode": ["SAVE"]}, "body.couponCode", "VALIDATION_FAILED"),
        ({"courseId": identity, "billing": {"state": "99"}}, "body.billing.state", "VALIDATION_FAILED"),
        ({"courseId": identity, "billing": {"gstin": "33AABCK1234A1ZX"}}, "body.billing.gstin", "VALIDATION_FAILED"),
        ({"courseId": identity, "billing": {"name": ""}}, "body.billing.name", "VALIDATION_FAILED"),
        ([identity], "body", "VALIDATION_FAILED"),
        ({"courseId": str(uuid4())}, None, "COURSE_NOT_FOUND"),
        ({"courseId": str(draft["id"])}, None, "COURSE_NOT_FOUND"),
        ({"courseId": str(dollars["id"])}, None, "CURRENCY_NOT_SUPPORTED"),
        ({"courseId": identity, "couponCode": "NOSUCHCODE"}, None, "COUPON_NOT_APPLICABLE"),
        ({"courseId": identity, "couponCode": "SAVE' or '1'='1"}, None, "COUPON_NOT_APPLICABLE"),
    ]

    watched.refuses([Wrong("/payments/order", body, code, named) for body, named, code in gone], learner)
    watched.refuses([Wrong("/payments/order", raw=b"{courseId}"), Wrong("/payments/order", raw=b"\xff\xfe")], learner)
    watched.refuses([Wrong("/payments/order", {"courseId": identity}, "OWN_COURSE")], teacher)

    assert gateway.calls == []


def test_what_the_checkout_hands_over_is_ours_the_callers_and_signed(
    watched: Watched, client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any], gateway: FakeGateway
) -> None:
    bank = gateway.bank
    told = pay(bank, order(client, learner, course).data["razorpayOrderId"])
    foreign = pay(bank, order(client, make.user(), course).data["razorpayOrderId"])
    unknown = pay(bank, bank.create_order(amount=PRICE, receipt="somebody else's")["id"])
    expired = order(client, learner, make.course({"id": course["instructor_id"]}, price=PRICE)).data["razorpayOrderId"]
    make.execute("update orders set expires_at = now() - interval '1 minute' where razorpay_order_id = :id", id=expired)
    never = _signed(expired, "pay_AAAAAAAAAAAAAA")

    def verify(body: Any, code: str = "BAD_SIGNATURE", named: str | None = None) -> Wrong:
        return Wrong("/payments/verify", body, code, named)

    signature = told["razorpay_signature"]
    forged = [
        "",
        signature[:-1],
        f"{signature}0",
        "0" * 64,
        "é" * 64,
        "०" * 64,
        signature.upper(),
        "\u202e" + signature[1:],
    ]
    watched.refuses(
        [
            *(verify({**told, "razorpay_signature": each}) for each in forged),
            verify({**told, "razorpay_payment_id": foreign["razorpay_payment_id"]}),
            verify({**told, "razorpay_order_id": foreign["razorpay_order_id"]}),
            verify(foreign, "ORDER_NOT_FOUND"),
            verify(unknown, "ORDER_NOT_FOUND"),
            verify(never, "PAYMENT_NOT_FOUND"),
            verify({**told, "razorpay_signature": "0" * 1001}, "VALIDATION_FAILED", "body.razorpay_signature"),
            verify({**told, "razorpay_payment_id": ""}, "VALIDATION_FAILED", "body.razorpay_payment_id"),
            verify({**told, "razorpay_order_id": 1}, "VALIDATION_FAILED", "body.razorpay_order_id"),
            verify({"razorpay_order_id": told["razorpay_order_id"]}, "VALIDATION_FAILED", "body.razorpay_payment_id"),
            verify({**told, "amount": 1}, "VALIDATION_FAILED", "body.amount"),
        ],
        learner,
    )

    assert make.value("select count(*) from audit_log where action = 'payment.forged'") == len(forged) + 2
    assert client.post("/payments/verify", told, user=learner).data["enrolled"], "and what is right is still believed"


def _signed(razorpay_order_id: str, razorpay_payment_id: str) -> dict[str, str]:
    return {
        "razorpay_order_id": razorpay_order_id,
        "razorpay_payment_id": razorpay_payment_id,
        "razorpay_signature": sign(f"{razorpay_order_id}|{razorpay_payment_id}".encode(), KEY_SECRET),
    }


def test_amounts_of_refunds_and_coupons_are_whole_and_of_something(
    watched: Watched, client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any], gateway: FakeGateway
) -> None:
    payment = buy(client, gateway.bank, learner, course).data["paymentId"]
    never = order(client, learner, make.course({"id": course["instructor_id"]}, price=PRICE)).data["orderId"]
    admin, why = make.user("admin"), {"reason": "Bought by mistake."}

    def refund(more: dict[str, Any], code: str = "VALIDATION_FAILED", named: str | None = "body.amount", *, of: str = payment) -> Wrong:
        return Wrong(f"/payments/{of}/refund", {**why, **more}, code, named)

    watched.refuses(
        [
            *(refund({"amount": amount}) for amount in (-1, 0, 0.5, 100.5, "all", True, 2**63, [1])),
            refund({"amount": PRICE + 1}, "REFUND_EXCEEDS_PAYMENT", None),
            refund({}, "REFUND_EXCEEDS_PAYMENT", None, of=never),
            refund({}, "PAYMENT_NOT_FOUND", None, of=str(uuid4())),
            refund({}, named="path.id", of="1"),
            refund({"reason": ""}, named="body.reason"),
            refund({"currency": "USD"}, named="body.currency"),
        ],
        admin,
    )

    def coupon(more: dict[str, Any], named: str | None) -> Wrong:
        return Wrong("/coupons", {"code": "SAVE", **more}, field=named)

    watched.refuses(
        [
            *(coupon({"percent": percent}, "body.percent") for percent in (-1, 0, 101, 12.5, "half")),
            *(coupon({"amount": amount}, "body.amount") for amount in (-1, 0, 0.5, 2**63)),
            *(coupon({"percent": 10, "currency": currency}, "body.currency") for currency in ("inr", "RUPEE", "")),
            coupon({"percent": 10, "maxUses": 0}, "body.maxUses"),
            coupon({"percent": 10, "maxDiscount": 0.5}, "body.maxDiscount"),
            coupon({"percent": 10, "code": "A B"}, "body.code"),
            coupon({"percent": 10, "amount": 100}, None),
            coupon({}, None),
            Wrong("/payments/payouts", method="GET", query={"from": "2026-13"}, field="query.from"),
            Wrong("/payments/payouts", method="GET", query={"from": "2026-02", "to": "2026-01"}, field="query.to"),
            Wrong("/payments/history", method="GET", query={"status": "stolen"}, field="query.status"),
            Wrong("/payments/history", method="GET", query={"cursor": "*"}, field="query.cursor"),
        ],
        admin,
    )


def test_a_message_is_signed_young_and_json(
    watched: Watched, client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any], gateway: FakeGateway
) -> None:
    order(client, learner, course)
    fresh = _message(0)
    assert _post(client, fresh).status == 200

    def message(raw: bytes, code: str, named: str | None = None, signature: str | None = None) -> Wrong:
        given = sign(raw, WEBHOOK_SECRET) if signature is None else signature
        return Wrong("/payments/webhook", raw=raw, code=code, field=named, headers={"X-Razorpay-Signature": given})

    right = sign(fresh, WEBHOOK_SECRET)
    watched.refuses(
        [
            *(message(fresh, "BAD_SIGNATURE", signature=each) for each in ("", right[:-1], right + "0", "é" * 64, "०" * 64, right.upper())),
            message(fresh + b"\n", "BAD_SIGNATURE", signature=right),
            message(_message(-31 * 3600), "WEBHOOK_EXPIRED"),
            message(_message(3600), "WEBHOOK_EXPIRED"),
            *(message(raw, "VALIDATION_FAILED", "body") for raw in (b"", b"payment=captured", b"\xff", b"[]", b'"captured"', b"1e999")),
            message(b'{"created_at": 1}', "VALIDATION_FAILED", "body.event"),
            message(b'{"event": "payment.captured", "created_at": "now"}', "VALIDATION_FAILED", "body.created_at"),
        ],
        None,
    )
    before = make.rows("select * from webhook_events")

    assert _post(client, fresh).status == 200, "the same again is the same"
    assert make.rows("select * from webhook_events") == before


def _message(seconds: int) -> bytes:
    return json.dumps({"event": "payment.captured", "created_at": int(time.time()) + seconds, "payload": {}}).encode()


def _post(client: Client, raw: bytes) -> Reply:
    return client.post("/payments/webhook", raw=raw, headers={"X-Razorpay-Signature": sign(raw, WEBHOOK_SECRET)})
