"""The stand-in's bank keeps the vendor's rules."""

import json
from datetime import UTC, datetime

import pytest

from infra.local.razorpay.bank import Bank
from infra.local.razorpay.entities import WEBHOOK_SECRET, BankError, signed
from tests.payments import pay, webhooks

NOW = int(datetime(2026, 4, 1, 20, 0, tzinfo=UTC).timestamp())  # in India it is the second of April already


class Clock:
    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bank(clock: Clock) -> Bank:
    return Bank(clock, salt="a test")


def ordered(bank: Bank, amount: int = 99_900) -> str:
    order_id: str = bank.create_order(amount=amount, currency="INR", receipt="receipt")["id"]
    return order_id


def paid(bank: Bank, amount: int = 99_900, mode: str = "normal") -> str:
    payment_id: str = pay(bank, ordered(bank, amount), webhooks=mode)["razorpay_payment_id"]
    return payment_id


def told(bank: Bank) -> list[str]:
    return [json.loads(body)["event"] for _, body in webhooks(bank)]


def test_a_payment_is_authorised_captured_and_pays_its_order(bank: Bank) -> None:
    order_id = ordered(bank)

    receipt = pay(bank, order_id)

    payment = bank.payment(receipt["razorpay_payment_id"])
    assert (payment["status"], payment["captured"], payment["amount"]) == ("captured", True, 99_900)
    assert (payment["fee"], payment["tax"]) == (1998 + 359, 359)
    assert bank.order(order_id)["status"] == "paid"
    assert receipt["razorpay_signature"] == signed(f"{order_id}|{payment['id']}".encode(), "local_key_secret")
    assert told(bank) == ["payment.authorized", "payment.captured", "order.paid"]


def test_a_message_is_a_signed_snapshot_of_its_moment(bank: Bank) -> None:
    payment_id = paid(bank)

    headers, body = webhooks(bank)[0]

    told = json.loads(body)
    assert headers["x-razorpay-signature"] == signed(body, WEBHOOK_SECRET)
    assert (told["event"], told["created_at"]) == ("payment.authorized", NOW)
    assert told["payload"]["payment"]["entity"]["status"] == "authorized"
    assert bank.payment(payment_id)["status"] == "captured"
    assert not any(name.startswith("_") for name in told["payload"]["payment"]["entity"])


def test_a_failure_hands_over_the_error_and_may_be_followed_by_success(bank: Bank) -> None:
    order_id = ordered(bank)

    answer = pay(bank, order_id, "failure")

    assert answer["error"]["reason"] == "payment_failed"
    assert bank.order(order_id)["status"] == "attempted"
    pay(bank, order_id)
    assert [payment["status"] for payment in bank.order_payments(order_id)] == ["failed", "captured"]
    assert told(bank)[0] == "payment.failed"


def test_a_late_one_fails_and_is_captured_when_its_time_has_come(bank: Bank, clock: Clock) -> None:
    order_id = ordered(bank)
    pay(bank, order_id, "late")
    assert bank.order_payments(order_id)[0]["status"] == "failed"

    assert bank.authorize_late(due=clock.now) == []
    clock.now += 60
    late = bank.authorize_late(due=clock.now)

    assert [(payment["status"], payment["error_code"]) for payment in late] == [("captured", None)]
    assert told(bank) == ["payment.failed", "payment.authorized", "payment.captured", "order.paid"]


def test_without_automatic_capture_it_waits_for_the_academy(bank: Bank) -> None:
    order_id = bank.create_order(amount=500, automatic=False)["id"]
    payment_id = pay(bank, order_id)["razorpay_payment_id"]
    assert bank.payment(payment_id)["status"] == "authorized"

    with pytest.raises(BankError, match="equal to the amount authorized"):
        bank.capture(payment_id, 499)
    assert bank.capture(payment_id, 500)["status"] == "captured"
    with pytest.raises(BankError, match="already been captured"):
        bank.capture(payment_id, 500)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("normal", ["payment.authorized", "payment.captured", "order.paid"]),
        ("none", []),
        ("duplicate", ["payment.authorized", "payment.authorized", "payment.captured", "payment.captured", "order.paid", "order.paid"]),
        ("shuffled", ["order.paid", "payment.captured", "payment.authorized"]),
        ("late", ["payment.authorized", "payment.captured", "order.paid"]),
    ],
)
def test_messages_come_as_they_were_ordered(bank: Bank, clock: Clock, mode: str, expected: list[str]) -> None:
    paid(bank, mode=mode)

    messages = bank.messages.waiting()

    assert (mode == "late") == bool(messages and messages[0].due > clock.now + 10)
    if mode == "duplicate":
        assert (messages[0].id, messages[0].body) == (messages[1].id, messages[1].body)
    assert told(bank) == expected
    assert told(bank) == []


def test_refunds_never_exceed_what_was_captured(bank: Bank) -> None:
    payment_id = paid(bank, 1000)
    bank.refund(payment_id, 400, receipt="one")

    with pytest.raises(BankError, match="greater than the refund payment amount") as refused:
        bank.refund(payment_id, 601)

    assert refused.value.body()["error"]["code"] == "BAD_REQUEST_ERROR"
    bank.refund(payment_id)
    payment = bank.payment(payment_id)
    assert (payment["status"], payment["refund_status"], payment["amount_refunded"], payment["captured"]) == (
        "refunded",
        "full",
        1000,
        True,
    )
    with pytest.raises(BankError, match="fully refunded already"):
        bank.refund(payment_id)


def test_a_refund_is_made_once_for_its_key(bank: Bank) -> None:
    payment_id = paid(bank, 1000)

    first = bank.refund(payment_id, 400, receipt="one", idempotency="one")

    assert bank.refund(payment_id, 400, receipt="one", idempotency="one")["id"] == first["id"]
    assert bank.payment(payment_id)["amount_refunded"] == 400
    with pytest.raises(BankError, match="Different request body"):
        bank.refund(payment_id, 500, receipt="one", idempotency="one")


def test_a_pending_refund_is_processed_or_fails_and_frees_its_amount(bank: Bank) -> None:
    bank.pending_refunds = True
    payment_id = paid(bank, 1000)
    first, second = bank.refund(payment_id, 400), bank.refund(payment_id, 600)
    assert first["status"] == "pending"

    assert bank.process_refund(first["id"])["status"] == "processed"
    assert bank.fail_refund(second["id"])["status"] == "failed"

    payment = bank.payment(payment_id)
    assert (payment["status"], payment["refund_status"], payment["amount_refunded"]) == ("captured", "partial", 400)
    assert told(bank)[3:] == ["refund.created", "refund.created", "refund.processed", "refund.failed"]
    with pytest.raises(BankError, match="decided already"):
        bank.process_refund(second["id"])


def test_what_was_not_captured_cannot_be_refunded_or_disputed(bank: Bank) -> None:
    order_id = ordered(bank)
    pay(bank, order_id, "failure")
    payment_id = bank.order_payments(order_id)[0]["id"]

    with pytest.raises(BankError, match="should be captured"):
        bank.refund(payment_id)
    with pytest.raises(BankError, match="captured payment"):
        bank.open_dispute(payment_id)


@pytest.mark.parametrize(("status", "deducted"), [("won", 0), ("lost", 1000), ("closed", 0)])
def test_a_dispute_is_decided_once(bank: Bank, status: str, deducted: int) -> None:
    dispute = bank.open_dispute(paid(bank, 1000))
    bank.move_dispute(dispute["id"], "under_review")

    decided = bank.move_dispute(dispute["id"], status)

    assert (decided["status"], decided["amount_deducted"]) == (status, deducted)
    assert told(bank)[3:] == ["payment.dispute.created", "payment.dispute.under_review", f"payment.dispute.{status}"]
    with pytest.raises(BankError, match="closed already"):
        bank.move_dispute(dispute["id"], "won")


def test_a_settlement_pays_out_once_and_its_lines_explain_it(bank: Bank) -> None:
    payment_id, disputed = paid(bank, 10_000), paid(bank, 2000)
    bank.refund(payment_id, 3000)
    bank.move_dispute(bank.open_dispute(disputed)["id"], "lost")

    settlement = bank.settle()

    assert settlement is not None
    lines = bank.reconciled(2026, 4, 2, count=100)
    assert {line["entity_id"] for line in lines} >= {payment_id, disputed}
    assert sum(line["credit"] - line["debit"] for line in lines) == settlement["amount"] == 12_000 - 236 - 47 - 3000 - 2000
    assert [line["type"] for line in lines].count("adjustment") == 1
    assert bank.reconciled(2026, 4, 1) == []
    assert len(bank.reconciled(2026, 4, skip=1, count=2)) == 2
    assert bank.settle() is None
    assert told(bank)[-1] == "settlement.processed"


@pytest.mark.parametrize(
    ("amount", "currency", "field"), [(99, "INR", "amount"), (10.5, "INR", "amount"), (True, "INR", "amount"), (500, "XXX", "currency")]
)
def test_nonsense_is_refused_by_name(bank: Bank, amount: object, currency: str, field: str) -> None:
    with pytest.raises(BankError) as refused:
        bank.create_order(amount=amount, currency=currency)

    assert refused.value.body()["error"]["field"] == field


def test_what_it_does_not_know_does_not_exist(bank: Bank) -> None:
    for ask in (bank.order, bank.order_payments, bank.payment, bank.refund, bank.refund_of, bank.refunds, bank.process_refund, bank.pay):
        with pytest.raises(BankError, match="The id provided does not exist"):
            ask("order_unknown")


def test_payments_are_listed_by_time_the_newest_first(bank: Bank, clock: Clock) -> None:
    first = paid(bank)
    clock.now += 60
    second = paid(bank)

    assert [payment["id"] for payment in bank.payments(NOW, NOW + 60)] == [second, first]
    assert [payment["id"] for payment in bank.payments(NOW, NOW + 60, skip=1, count=1)] == [first]
    assert [payment["id"] for payment in bank.payments(NOW + 1, NOW + 60)] == [second]


def test_it_forgets_nothing_when_it_is_stored(bank: Bank, clock: Clock) -> None:
    order_id = ordered(bank)
    pay(bank, order_id, "late", webhooks="duplicate")
    payment_id = paid(bank, 1000)
    bank.refund(payment_id, 400, receipt="one", idempotency="one")

    again = Bank.load(clock, json.loads(json.dumps(bank.dump())))

    assert again.dump() == bank.dump()
    assert again.refund(payment_id, 400, receipt="one", idempotency="one")["amount"] == 400
    assert again.payment(payment_id)["amount_refunded"] == 400
    assert again.create_order(amount=500)["id"] not in bank.books.orders
    assert len(again.authorize_late()) == 1
    assert told(bank)[:2] == ["payment.failed", "payment.failed"]


def test_two_banks_never_hand_out_the_same_id(clock: Clock) -> None:
    assert ordered(Bank(clock, salt="one")) != ordered(Bank(clock, salt="other"))
