"""A learner's bank wants the money back: noted, followed, and booked as a chargeback where it is lost."""

import itertools
import random
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from academy.admin.auditor import books
from academy.payments import disputes
from academy.payments.gateway import VendorDispute
from academy.payments.policy import policy
from academy.payments.razorpay_entities import dispute_of
from academy.payments.values import Source
from academy.platform import config
from academy.platform.db import Database
from tests.integration.payments.shop import PRICE, Shop


def row(shop: Shop) -> dict[str, Any]:
    (found,) = shop.make.rows("select status, amount, reason_code, phase, closed_at is not null as closed from disputes")
    return found


def told(shop: Shop, *, dice: random.Random | None = None) -> None:
    shop.deliver(dice=dice)
    shop.work(dice=dice)


@pytest.fixture
def paused(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A deployment that pauses the access of who disputes a payment."""
    monkeypatch.setenv("PAYMENT_POLICY", '{"disputeAccess": "paused"}')
    config.config.cache_clear()
    policy.cache_clear()
    yield
    monkeypatch.undo()
    config.config.cache_clear()
    policy.cache_clear()


def test_it_is_noted_and_access_is_kept(shop: Shop) -> None:
    order, payment = shop.sold()
    shop.bank.open_dispute(payment)
    told(shop)

    assert row(shop) == {
        "status": "open",
        "amount": PRICE,
        "reason_code": "goods_or_services_not_received",
        "phase": "chargeback",
        "closed": False,
    }
    assert shop.enrolled() == 1
    assert shop.kinds()[-2:] == ["webhook.received", "payment.disputed"]
    assert shop.steps(order["id"])[-1] == "disputed"
    shop.agrees()


def test_one_that_is_won_changes_no_money(shop: Shop) -> None:
    order, payment = shop.sold()
    before = shop.balances()
    dispute = shop.bank.open_dispute(payment)["id"]
    for status in ("under_review", "won"):
        shop.bank.move_dispute(dispute, status)
    told(shop)

    assert (row(shop)["status"], row(shop)["closed"]) == ("won", True)
    assert shop.balances() == before
    assert shop.payment(order["id"])["status"] == "captured"
    assert shop.steps(order["id"])[-3:] == ["disputed", "dispute_under_review", "dispute_won"]
    assert shop.kinds().count("payment.dispute_closed") == 1
    shop.agrees()


def test_one_that_is_lost_takes_the_money_and_the_access(shop: Shop) -> None:
    order, payment = shop.sold()
    dispute = shop.bank.open_dispute(payment)["id"]
    shop.bank.move_dispute(dispute, "lost")
    told(shop)
    told(shop)

    assert shop.refunds() == [{"amount": PRICE, "status": "processed", "origin": "dispute"}]
    assert shop.payment(order["id"]) == {"status": "refunded", "amount_captured": PRICE, "amount_refunded": PRICE, "applied": True}
    assert shop.enrolled() == 0
    assert shop.balances()["chargebacks"] == 12687
    assert shop.make.value("select kind from ledger_entries order by id desc limit 1") == "chargeback"
    assert shop.make.value("select count(*) from invoices where kind = 'credit_note'") == 1
    assert shop.gateway.calls.count("refund") == 0
    shop.agrees()


def test_a_part_that_is_lost_leaves_the_learner_in(shop: Shop) -> None:
    order, payment = shop.sold()
    dispute = shop.bank.open_dispute(payment, 900)["id"]
    shop.bank.move_dispute(dispute, "lost")
    told(shop)

    assert shop.payment(order["id"])["status"] == "partially_refunded"
    assert shop.enrolled() == 1
    shop.agrees()


def test_lost_after_a_refund_is_our_loss_and_still_balanced(shop: Shop) -> None:
    order, payment = shop.sold()
    shop.bank.refund(payment, PRICE - 1000)
    dispute = shop.bank.open_dispute(payment)["id"]
    shop.bank.move_dispute(dispute, "lost")
    told(shop)

    assert shop.payment(order["id"])["amount_refunded"] == PRICE
    assert {account: shop.balances().get(account, 0) for account in ("tax_payable", "instructor_payable")} == {
        "tax_payable": 0,
        "instructor_payable": 0,
    }
    assert shop.make.value("select sum(total) from invoices where kind = 'credit_note'") == PRICE
    shop.agrees()


def test_every_order_of_the_messages_ends_alike(shop: Shop) -> None:
    courses = []
    for order_of_words in itertools.permutations(range(3)):
        order, payment = shop.sold()
        dispute = shop.bank.open_dispute(payment)["id"]
        shop.bank.move_dispute(dispute, "under_review")
        shop.bank.move_dispute(dispute, "lost")
        messages = shop.messages()
        shop.deliver([messages[position] for position in (*order_of_words, *order_of_words)])
        shop.work()
        courses.append(order)

    for order in courses:
        assert shop.payment(order["id"])["status"] == "refunded"
    assert {found["status"] for found in shop.make.rows("select status from disputes")} == {"lost"}
    assert shop.enrolled() == 0
    assert shop.kinds().count("payment.dispute_closed") == len(courses)
    shop.agrees()


def test_ten_at_once_book_it_once(shop: Shop, database_url: str) -> None:
    _, payment = shop.sold()
    dispute = shop.bank.open_dispute(payment)["id"]
    facts: VendorDispute = dispute_of(shop.bank.move_dispute(dispute, "lost"))
    together = threading.Barrier(10, timeout=60)
    heard: list[str] = []

    def hear() -> None:
        own = Database(database_url)
        together.wait()
        heard.append(own.transact(lambda work: disputes.dispute_moved(work, facts, Source.WEBHOOK))[0])
        own.discard()

    threads = [threading.Thread(target=hear) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(heard) == ["booked"] + ["unchanged"] * 9
    assert len(shop.refunds()) == 1
    shop.agrees()


def test_of_a_payment_that_we_had_not_heard_of(shop: Shop) -> None:
    order = shop.order()
    payment = shop.pay(order, told="none")
    shop.bank.books.payments[payment]["_webhooks"] = "normal"
    shop.bank.open_dispute(payment)
    told(shop)

    assert row(shop)["status"] == "open"
    assert shop.enrolled() == 1


@pytest.mark.usefixtures("paused")
class TestPaused:
    def test_won_lets_the_learner_back_in_with_all_they_had(self, shop: Shop) -> None:
        order, payment = shop.sold()
        shop.make.execute("update enrollments set completed_sections = 3, completed_at = now(), status = 'completed'")
        dispute = shop.bank.open_dispute(payment)["id"]
        told(shop)
        assert shop.make.rows("select status from enrollments") == [{"status": "ended"}]
        assert shop.make.value("select total_enrollments from courses") == 0

        shop.bank.move_dispute(dispute, "won")
        told(shop)

        assert shop.make.rows("select status, completed_sections, ended_at from enrollments") == [
            {"status": "completed", "completed_sections": 3, "ended_at": None}
        ]
        assert shop.make.value("select total_enrollments from courses") == 1
        assert shop.steps(order["id"])[-4:] == ["disputed", "access_paused", "dispute_won", "access_resumed"]

    def test_won_before_it_was_opened_pauses_nothing(self, shop: Shop) -> None:
        _, payment = shop.sold()
        shop.bank.move_dispute(shop.bank.open_dispute(payment)["id"], "won")
        shop.deliver(shop.messages()[::-1])
        shop.work()

        assert shop.enrolled() == 1

    def test_another_dispute_that_is_open_keeps_it_paused(self, shop: Shop) -> None:
        _, payment = shop.sold()
        first, second = (shop.bank.open_dispute(payment, 100)["id"] for _ in range(2))
        told(shop)
        shop.bank.move_dispute(first, "won")
        told(shop)
        assert shop.enrolled() == 0

        shop.bank.move_dispute(second, "closed")
        told(shop)
        assert shop.enrolled() == 1

    def test_who_came_back_by_themselves_is_not_let_in_twice(self, shop: Shop) -> None:
        order, payment = shop.sold()
        dispute = shop.bank.open_dispute(payment)["id"]
        told(shop)
        shop.sold(learner={"id": order["user_id"]}, course={"id": order["course_id"]})
        shop.bank.move_dispute(dispute, "won")
        told(shop)

        assert sorted(found["status"] for found in shop.make.rows("select status from enrollments")) == ["active", "ended"]

    def test_who_had_left_before_does_not_come_back(self, shop: Shop) -> None:
        order, payment = shop.sold()
        shop.client.delete(f"/courses/{order['course_id']}/enroll", user={"sub": self._sub(shop, order)})
        dispute = shop.bank.open_dispute(payment)["id"]
        shop.bank.move_dispute(dispute, "won")
        told(shop)

        assert shop.enrolled() == 0

    def test_refunded_meanwhile_stays_out(self, shop: Shop) -> None:
        _, payment = shop.sold()
        dispute = shop.bank.open_dispute(payment)["id"]
        told(shop)
        shop.bank.refund(payment)
        shop.bank.move_dispute(dispute, "won")
        told(shop)

        assert shop.enrolled() == 0
        shop.agrees()

    def _sub(self, shop: Shop, order: dict[str, Any]) -> str:
        return str(shop.make.value(f"select sub from users where id = '{order['user_id']}'"))


def test_parked_money_that_a_bank_takes_back_is_a_chargeback_too(shop: Shop) -> None:
    vendor = shop.bank.create_order(amount=PRICE)
    payment = shop.bank.pay(vendor["id"])["razorpay_payment_id"]
    told(shop)
    shop.bank.move_dispute(shop.bank.open_dispute(payment)["id"], "lost")
    told(shop)

    assert shop.make.rows("select kind from ledger_entries where kind not in ('parked', 'fee')") == [{"kind": "chargeback"}]
    assert {name: n for name, n in books.check(shop.db).items() if n and name != "checked"} == {}
    shop.agrees()
