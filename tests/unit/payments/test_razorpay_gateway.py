"""The adapter over Razorpay's SDK, against the stand-in's HTTP: every method, every trouble."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests

from academy.payments import keys, razorpay_gateway
from academy.payments.gateway import Gateway, GatewayRejected, GatewayUnavailable, VendorPayment
from academy.payments.keys import Keys
from academy.payments.razorpay_gateway import RazorpayGateway
from infra.local.razorpay.settling import INDIA
from tests.payments import KEYS
from tests.razorpay import StandIn

RECEIPT = UUID("0197a000-0000-7000-8000-000000000001")


@pytest.fixture
def vendor(razorpay: StandIn) -> Gateway:
    return RazorpayGateway(KEYS, razorpay.url)


def test_an_order_is_made_with_our_receipt_and_captures_by_itself(vendor: Gateway, razorpay: StandIn) -> None:
    order = vendor.create_order(amount=99_900, currency="INR", receipt=RECEIPT)

    assert (order.amount, order.currency, order.receipt, order.status) == (99_900, "INR", str(RECEIPT), "created")
    razorpay.pay(order.id)
    (payment,) = vendor.order_payments(order.id)
    assert (payment.status, payment.captured, payment.amount, payment.order_id) == ("captured", True, 99_900, order.id)
    assert (payment.fee, payment.fee_tax, payment.method) == (2357, 359, "upi")
    assert abs(payment.created_at - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_failed_attempt_says_why(vendor: Gateway, razorpay: StandIn) -> None:
    order_id = razorpay.order()
    razorpay.pay(order_id, "failure")

    (payment,) = vendor.order_payments(order_id)

    assert (payment.status, payment.captured, payment.error_code) == ("failed", False, "BAD_REQUEST_ERROR")
    assert "declined by the bank" in (payment.error_description or "")


@pytest.mark.parametrize("identity", ["pay_unknown0000000", "../orders", "pay_1?count=1", "", "pay_é"])
def test_a_payment_that_the_vendor_does_not_know_is_none(vendor: Gateway, identity: str) -> None:
    assert vendor.payment(identity) is None


def test_an_id_that_is_none_never_becomes_part_of_an_address(vendor: Gateway, razorpay: StandIn) -> None:
    for ask in (vendor.payment, vendor.order_payments, vendor.refunds_of):
        try:
            ask("../orders")
        except GatewayRejected:
            continue

    assert razorpay.calls() == []


def test_what_is_authorised_is_captured_once_and_asking_again_is_no_mistake(vendor: Gateway, razorpay: StandIn) -> None:
    order = razorpay.ask("POST", "/v1/orders", {"amount": 500, "currency": "INR", "payment": {"capture": "manual"}}).json()
    payment = vendor.payment(razorpay.pay(order["id"])["razorpay_payment_id"])
    assert payment is not None
    assert payment.status == "authorized"

    first, second = vendor.capture(payment), vendor.capture(payment)

    assert first == second
    assert (first.status, first.captured) == ("captured", True)


def test_what_failed_is_not_captured(vendor: Gateway, razorpay: StandIn) -> None:
    order_id = razorpay.order()
    razorpay.pay(order_id, "failure")
    (payment,) = vendor.order_payments(order_id)

    with pytest.raises(GatewayRejected, match="authorized") as refused:
        vendor.capture(payment)

    assert refused.value.code == "BAD_REQUEST_ERROR"


def test_a_refund_is_made_once_for_an_id_and_followed(vendor: Gateway, razorpay: StandIn) -> None:
    payment_id, refund_id = razorpay.paid(1000), uuid4()

    first = vendor.refund(payment_id, amount=400, refund_id=refund_id)
    second = vendor.refund(payment_id, amount=400, refund_id=refund_id)

    assert first.id == second.id
    assert (first.amount, first.status, first.receipt, first.payment_id) == (400, "pending", str(refund_id), payment_id)
    razorpay.dashboard(f"refunds/{first.id}", {"status": "processed"})
    assert [(refund.id, refund.status) for refund in vendor.refunds_of(payment_id)] == [(first.id, "processed")]
    with pytest.raises(GatewayRejected, match="greater than the refund payment amount"):
        vendor.refund(payment_id, amount=601, refund_id=uuid4())


def test_another_amount_with_the_same_id_is_refused(vendor: Gateway, razorpay: StandIn) -> None:
    payment_id, refund_id = razorpay.paid(1000), uuid4()
    vendor.refund(payment_id, amount=400, refund_id=refund_id)

    with pytest.raises(GatewayRejected, match="Different request body"):
        vendor.refund(payment_id, amount=500, refund_id=refund_id)


def test_refunds_are_read_to_the_end(vendor: Gateway, razorpay: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(razorpay_gateway, "PAGE", 2)
    payment_id = razorpay.paid(1000)
    made = [vendor.refund(payment_id, amount=100, refund_id=uuid4()).id for _ in range(4)]

    assert [refund.id for refund in vendor.refunds_of(payment_id)] == made


def test_a_refund_of_the_dashboard_has_no_receipt(vendor: Gateway, razorpay: StandIn) -> None:
    payment_id = razorpay.paid(1000)
    razorpay.dashboard(f"payments/{payment_id}/refund", {"amount": 300})

    (refund,) = vendor.refunds_of(payment_id)
    payment = vendor.payment(payment_id)

    assert (refund.amount, refund.receipt) == (300, None)
    assert payment is not None
    assert (payment.amount_refunded, payment.status) == (300, "captured")


def test_payments_of_a_time_come_in_pieces_the_newest_first(vendor: Gateway, razorpay: StandIn) -> None:
    first, second = razorpay.paid(1100), razorpay.paid(1200)
    now = datetime.now(UTC)

    everything = vendor.payments_between(now - timedelta(minutes=5), now + timedelta(minutes=5), skip=0, count=1000)

    assert [payment.id for payment in everything[:2]] == [second, first]
    one = vendor.payments_between(now - timedelta(minutes=5), now + timedelta(minutes=5), skip=1, count=1)
    assert [payment.id for payment in one] == [first]
    assert vendor.payments_between(now - timedelta(days=2), now - timedelta(days=1), skip=0, count=10) == []


def test_a_settlement_explains_what_reached_the_bank(vendor: Gateway, razorpay: StandIn) -> None:
    payment_id = razorpay.paid(10_000)
    refund = vendor.refund(payment_id, amount=3000, refund_id=uuid4())
    razorpay.dashboard(f"refunds/{refund.id}", {"status": "processed"})
    day = datetime.now(INDIA).date()
    razorpay.dashboard("settle")

    lines = {line.entity_id: line for line in vendor.settlement(day)} | {line.entity_id: line for line in vendor.settlement(_today())}

    taken, back = lines[payment_id], lines[refund.id]
    assert (taken.kind, taken.payment_id, taken.credit, taken.fee, taken.fee_tax) == ("payment", payment_id, 10_000 - 236, 236, 36)
    assert (back.kind, back.payment_id, back.debit, back.settled) == ("refund", payment_id, 3000, True)
    assert vendor.settlement(date(2020, 1, 1)) == []


def _today() -> date:
    """Once more, should midnight have passed in India meanwhile."""
    return datetime.now(INDIA).date()


TROUBLE = ["timeout", "server_error", "gateway_error", "bad_gateway", "rate_limit", "conflict", "unauthorized", "not_json", "late_answer"]
A_PAYMENT = VendorPayment(
    id="pay_1", order_id=None, status="authorized", captured=False, amount=100, currency="INR", created_at=datetime(2026, 1, 1, tzinfo=UTC)
)
CALLS: dict[str, Callable[[Gateway], Any]] = {
    "create_order": lambda vendor: vendor.create_order(amount=500, currency="INR", receipt=RECEIPT),
    "order_payments": lambda vendor: vendor.order_payments("order_1"),
    "payment": lambda vendor: vendor.payment("pay_1"),
    "capture": lambda vendor: vendor.capture(A_PAYMENT),
    "refund": lambda vendor: vendor.refund("pay_1", amount=100, refund_id=RECEIPT),
    "refunds_of": lambda vendor: vendor.refunds_of("pay_1"),
    "payments_between": lambda vendor: vendor.payments_between(A_PAYMENT.created_at, A_PAYMENT.created_at, skip=0, count=10),
    "settlement": lambda vendor: vendor.settlement(date(2026, 1, 1)),
}


@pytest.mark.parametrize("trouble", TROUBLE)
def test_trouble_of_the_vendor_is_worth_asking_again(
    vendor: Gateway, razorpay: StandIn, trouble: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = CALLS
    if trouble in ("timeout", "late_answer"):
        calls = {"create_order": CALLS["create_order"]}
        monkeypatch.setattr(razorpay_gateway, "READ_SECONDS", 0.5)
    razorpay.fault(trouble, times=len(calls))

    for ask in calls.values():
        with pytest.raises(GatewayUnavailable):
            ask(vendor)

    assert capsys.readouterr().out == ""  # the SDK prints where it is let
    assert {call["fault"] for call in razorpay.calls()} == {trouble}


def test_a_connection_that_died_is_asked_once_more(vendor: Gateway, razorpay: StandIn) -> None:
    razorpay.fault("disconnect")
    assert vendor.create_order(amount=500, currency="INR", receipt=RECEIPT).amount == 500

    razorpay.fault("disconnect", times=2)
    with pytest.raises(GatewayUnavailable):
        vendor.create_order(amount=500, currency="INR", receipt=RECEIPT)


def test_a_refund_whose_answer_was_lost_is_made_once(vendor: Gateway, razorpay: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    payment_id, refund_id = razorpay.paid(1000), uuid4()
    razorpay.fault("late_answer", method="POST")
    with monkeypatch.context() as impatient:
        impatient.setattr(razorpay_gateway, "READ_SECONDS", 0.5)
        with pytest.raises(GatewayUnavailable):
            vendor.refund(payment_id, amount=400, refund_id=refund_id)
    razorpay.fault("lost_answer", method="POST")

    refund = vendor.refund(payment_id, amount=400, refund_id=refund_id)

    assert [one.id for one in vendor.refunds_of(payment_id)] == [refund.id]


def test_a_vendor_that_is_not_there_is_unavailable(unused_tcp_port_url: str) -> None:
    with pytest.raises(GatewayUnavailable):
        RazorpayGateway(KEYS, unused_tcp_port_url).create_order(amount=500, currency="INR", receipt=RECEIPT)


@pytest.fixture
def unused_tcp_port_url() -> str:
    import socket

    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{door.getsockname()[1]}"


def test_every_call_has_its_time(vendor: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def request(_: Any, method: str, url: str, **options: Any) -> Any:
        seen.append((options["timeout"], options["allow_redirects"]))
        raise requests.ReadTimeout

    monkeypatch.setattr(requests.Session, "request", request)

    for ask in CALLS.values():
        with pytest.raises(GatewayUnavailable):
            ask(vendor)

    assert set(seen) == {((3, 6), False)}


def test_wrong_keys_are_read_again(vendor: Gateway, razorpay: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    def secret() -> Keys:
        read.append(1)
        return KEYS

    monkeypatch.setattr(keys, "read", secret)
    keys.forget()
    keys.keys()
    keys.keys()
    assert len(read) == 1
    razorpay.fault("unauthorized")

    with pytest.raises(GatewayUnavailable):
        vendor.payment("pay_1")

    keys.keys()
    assert len(read) == 2
    keys.forget()


@pytest.mark.parametrize(
    "answer", [{"id": "order_1"}, {"entity": "collection"}, {"entity": "collection", "items": [{"id": "pay_1", "status": "odd"}]}]
)
def test_an_answer_of_another_shape_is_no_answer(vendor: Gateway, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]) -> None:
    def request(*_: Any, **__: Any) -> requests.Response:
        response = requests.Response()
        response.status_code, response._content = 200, str(answer).replace("'", '"').encode()
        return response

    monkeypatch.setattr(requests.Session, "request", request)

    for ask in CALLS.values():
        with pytest.raises(GatewayUnavailable):
            ask(vendor)
