"""Whatever message was lost and whatever was cut off half-way: one comparison with the vendor puts it right, or says exactly what differs."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from academy.payments import reconciliation, refunds
from academy.payments.models import Coupon, CouponUse
from academy.payments.reconciliation import running
from academy.platform.db import Database, sql
from academy.platform.ids import uuid7
from functions.payment_tasks.app import handler
from tests.integration.payments.shop import PRICE, Shop

LOST = {"told": "none"}


def reconcile(shop: Shop) -> dict[str, Any]:
    result = handler({"task": "reconcile"}, None)
    shop.work()
    return dict(result)


def clean(shop: Shop) -> None:
    """A second look finds nothing more to do, and no difference."""
    again = reconcile(shop)
    assert (again["repaired"], again["differences"], again["incomplete"]) == (0, [], 0)
    shop.agrees()


def yesterday(shop: Shop) -> None:
    """The vendor pays out, as of yesterday."""
    real, shop.bank.clock = shop.bank.clock, lambda: time.time() - 86_400
    shop.bank.settle()
    shop.bank.clock = real
    shop.messages()


def due(shop: Shop) -> None:
    shop.make.execute("update orders set expires_at = now() - interval '1 minute' where status = 'open'")


class TestHealing:
    def test_a_day_of_lost_webhooks(self, shop: Shop) -> None:
        paid = [shop.order() for _ in range(4)]
        payments = [shop.pay(order, **LOST) for order in paid]
        failed, untouched, late, twice = (shop.order() for _ in range(4))
        shop.pay(failed, "failure", **LOST)
        shop.pay(late, "late", **LOST)
        shop.bank.authorize_late()
        for _ in range(2):
            shop.pay(twice, **LOST)
        uncaptured = shop.order()
        shop.bank.books.orders[uncaptured["razorpay_order_id"]]["_automatic"] = False
        shop.pay(uncaptured, **LOST)
        shop.bank.refund(payments[0])
        shop.bank.refund(payments[1], 100)
        due(shop)
        assert shop.enrolled() == 0

        result = reconcile(shop)

        assert result["differences"] == []
        statuses = {order["id"]: shop.payment(order["id"])["status"] for order in (*paid, failed, untouched, late, twice, uncaptured)}
        assert list(statuses.values()) == [
            "refunded", "partially_refunded", "captured", "captured", "failed", "created", "captured", "captured", "captured",
        ]  # fmt: skip
        assert shop.enrolled() == 6
        assert {row["origin"] for row in shop.refunds()} == {"vendor", "paid_twice"}
        assert sorted(row["status"] for row in shop.make.rows("select status from orders")) == ["expired"] * 2 + ["paid"] * 7
        assert shop.messages() == []
        clean(shop)

    def test_every_lost_message_of_a_refund(self, shop: Shop) -> None:
        shop.bank.pending_refunds = True
        order, payment = shop.sold()
        shop.client.post(f"/payments/{order['id']}/refund", {"reason": "Asked for."}, user=shop.admin)
        (refund,) = shop.bank.books.refunds
        shop.bank.process_refund(refund)
        shop.messages()
        assert shop.refunds()[0]["status"] == "pending"
        shop.make.execute("update refunds set requested_at = now() - interval '1 hour'")

        assert reconcile(shop)["repaired"] == 1

        assert shop.payment(order["id"])["status"] == "refunded"
        assert shop.bank.payment(payment)["status"] == "refunded"
        clean(shop)

    def test_a_refund_that_nobody_carried_out(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        order, _ = shop.sold()
        with monkeypatch.context() as dead:
            dead.setattr(refunds, "_at_once", lambda _: None)
            shop.client.post(f"/payments/{order['id']}/refund", {"reason": "Asked for."}, user=shop.admin)
        shop.published.clear()  # its event is lost, too
        shop.consumed = 0
        shop.make.execute("update refunds set requested_at = now() - interval '1 hour'")

        assert reconcile(shop)["repaired"] == 1

        assert shop.payment(order["id"])["status"] == "refunded"
        shop.deliver()
        shop.work()
        clean(shop)

    def test_a_stored_message_that_nobody_acted_on(self, shop: Shop) -> None:
        order = shop.order()
        shop.pay(order)
        shop.deliver()
        shop.published.clear()
        shop.make.execute("update webhook_events set received_at = now() - interval '6 minutes'")

        result = reconcile(shop)

        assert result["differences"] == []
        assert shop.make.value("select count(*) from webhook_events where handled_at is null") == 0
        assert shop.enrolled() == 1
        clean(shop)

    def test_an_order_that_nobody_paid_gives_its_coupon_back(self, shop: Shop) -> None:
        coupon = shop.make.row(Coupon, id=uuid7(), code="ONE", owner_id=shop.admin["id"], academy_wide=True, percent=10, max_uses=1, uses=1)
        order = shop.order(coupon_id=coupon["id"])
        shop.make.row(CouponUse, order_id=order["id"], coupon_id=coupon["id"], user_id=order["user_id"], number=1, discount=1)
        assert reconcile(shop)["differences"] == []
        assert shop.make.value("select status from orders") == "open"

        due(shop)
        reconcile(shop)

        assert shop.make.rows("select status from orders") == [{"status": "expired"}]
        assert shop.make.rows("select uses from coupons") == [{"uses": 0}]
        assert shop.make.rows("select status from coupon_uses") == [{"status": "released"}]
        clean(shop)
        assert shop.make.rows("select uses from coupons") == [{"uses": 0}]

    def test_what_was_paid_in_the_last_second_counts_before_the_order_is_closed(self, shop: Shop) -> None:
        order = shop.order()
        shop.pay(order, **LOST)
        due(shop)

        reconcile(shop)

        assert shop.make.value("select status from orders") == "paid"
        assert shop.enrolled() == 1

    def test_a_failed_attempt_that_is_authorised_days_later(self, shop: Shop) -> None:
        order = shop.order()
        shop.pay(order, "late")
        shop.deliver()
        shop.work()
        due(shop)
        reconcile(shop)
        assert shop.payment(order["id"])["status"] == "failed"
        (payment,) = shop.bank.books.payments.values()
        payment["_webhooks"] = "none"
        # Begun long before the time that the vendor's list is read again.
        payment["created_at"] -= 2 * 86_400
        shop.make.execute("update reconciliations set started_at = now() - interval '10 minutes'")
        shop.bank.authorize_late()

        reconcile(shop)

        assert shop.payment(order["id"])["status"] == "captured"
        assert shop.enrolled() == 1
        clean(shop)

    def test_an_authorised_payment_that_the_vendor_let_go(self, shop: Shop) -> None:
        order = shop.order()
        shop.bank.books.orders[order["razorpay_order_id"]]["_automatic"] = False
        payment = shop.pay(order)
        shop.gateway.trouble.append(("capture", "refused"))
        shop.deliver()
        shop.work()
        assert shop.payment(order["id"])["status"] == "authorized"
        shop.bank.books.payments[payment].update(status="refunded", amount_refunded=PRICE, refund_status="full")

        assert reconcile(shop)["differences"] == []

        assert shop.payment(order["id"]) == {"status": "refunded", "amount_captured": 0, "amount_refunded": 0, "applied": False}
        assert shop.enrolled() == 0
        clean(shop)

    def test_more_than_one_page(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("academy.payments.reconciliation.phases.PIECE", 2)
        monkeypatch.setattr("academy.payments.reconciliation.phases.SETTLED_AT_ONCE", 2)
        for _ in range(5):
            shop.pay(shop.order(), **LOST)
        for _ in range(5):
            shop.order()
        yesterday(shop)

        healed = reconcile(shop)
        due(shop)
        closed = reconcile(shop)

        assert (healed["differences"], closed["differences"]) == ([], [])
        # Five payments and five lines of the settlement, and then the orders that nobody paid.
        assert [(found["checked"], found["repaired"]) for found in (healed, closed)] == [(10, 5), (15, 0)]
        assert "refunds_of" not in shop.gateway.calls

        assert sorted(row["status"] for row in shop.make.rows("select status from orders")) == ["expired"] * 5 + ["paid"] * 5
        clean(shop)

    def test_it_is_found_in_the_settlement_if_nowhere_else(self, shop: Shop) -> None:
        order = shop.order()
        payment = shop.pay(order, **LOST)
        shop.bank.refund(payment, 500)
        yesterday(shop)
        shop.bank.books.payments[payment]["created_at"] -= 30 * 86_400

        assert reconcile(shop)["differences"] == []

        assert shop.payment(order["id"])["status"] == "partially_refunded"
        clean(shop)


class TestTelling:
    def test_what_agrees_is_counted(self, shop: Shop) -> None:
        for _ in range(2):
            shop.sold()

        result = reconcile(shop)

        assert (result["checked"], result["repaired"], result["differences"]) == (2, 0, [])

    def test_money_for_no_order_of_ours_is_held_and_told(self, shop: Shop) -> None:
        vendor = shop.bank.create_order(amount=777)
        payment = shop.bank.pay(vendor["id"], webhooks="none")["razorpay_payment_id"]

        result = reconcile(shop)

        (row,) = shop.make.rows("select id, status, amount_captured from payments")
        assert (row["status"], row["amount_captured"]) == ("needs_review", 777)
        assert result["differences"] == [f"Payment {payment} of 777 INR fits no order and is held: see payment {row['id']}."]
        assert "payment.needs_review" in shop.kinds()
        clean(shop)

    def test_money_that_waits_to_be_captured_is_told(self, shop: Shop) -> None:
        vendor, order = shop.bank.create_order(amount=777), shop.order()
        for identity in (vendor["id"], order["razorpay_order_id"]):
            shop.bank.books.orders[identity]["_automatic"] = False
        strangers = shop.bank.pay(vendor["id"], webhooks="none")["razorpay_payment_id"]
        ours = shop.pay(order, **LOST)
        # Asked for in the vendor's list, and once more among those that have not come to an end.
        shop.gateway.trouble += [("capture", "refused")] * 2

        told = reconcile(shop)["differences"]

        assert sorted(told) == sorted(f"Payment {payment} is authorised and not captured." for payment in (strangers, ours, ours))
        assert shop.payment(order["id"])["status"] == "authorized"

    def test_a_settlement_that_says_something_else(self, shop: Shop) -> None:
        _, payment = shop.sold()
        shop.bank.refund(payment, 100)
        shop.deliver()
        shop.work()
        shop.bank.books.payments[payment]["fee"] += 1
        yesterday(shop)

        fee = shop.make.value("select fee from payments")
        result = reconcile(shop)
        assert result["repaired"] == 0
        assert result["differences"] == [
            f"Payment {payment}: the vendor's fee is {fee + 1}, our books have {fee}.",
            f"Payment {payment} was settled with {PRICE - fee - 1} and a fee of {fee + 1}; our books have {PRICE - fee} and {fee}.",
        ]

    def test_a_lost_dispute_whose_messages_are_lost(self, shop: Shop) -> None:
        _, payment = shop.sold()
        dispute = shop.bank.open_dispute(payment)["id"]
        shop.bank.move_dispute(dispute, "lost")
        lost = shop.messages()
        yesterday(shop)

        assert reconcile(shop)["differences"] == [f"Adjustment {dispute} (payment {payment}) moved {-PRICE}, which is not in our books."]
        shop.deliver(lost)
        shop.work()
        clean(shop)

    def test_a_refund_that_the_vendor_refused_and_the_learner_waits_for(self, shop: Shop) -> None:
        order = shop.order()
        shop.pay(order)
        second = shop.pay(order)
        shop.gateway.trouble.append(("refund", "refused"))
        shop.deliver()
        shop.work()

        (difference,) = reconcile(shop)["differences"]
        assert difference.endswith(f"{PRICE} of payment {second} could not be given back. The vendor does not want to.")

    def test_an_order_that_the_vendor_does_not_know(self, shop: Shop) -> None:
        order = shop.order()
        del shop.bank.books.orders[order["razorpay_order_id"]]
        due(shop)

        assert reconcile(shop)["differences"] == [f"Order {order['razorpay_order_id']} is not known to the vendor."]
        assert shop.make.value("select status from orders") == "expired"

    @pytest.mark.parametrize("call", ["order_payments", "payments_between", "settlement", "payment"])
    def test_a_vendor_that_does_not_answer_is_told_and_asked_again(self, shop: Shop, call: str) -> None:
        order, attempt = shop.order(), shop.order()
        shop.pay(order, **LOST)
        shop.pay(attempt, "failure")
        shop.deliver()
        shop.work()
        shop.make.execute(f"update orders set expires_at = now() - interval '1 minute' where id = '{order['id']}'")
        shop.gateway.trouble.append((call, "before"))

        result = reconcile(shop)
        assert (result["incomplete"], len(result["differences"])) == (1, 1)
        assert result["differences"][0].startswith("The vendor could not be asked")
        assert shop.make.value("select finished_at from reconciliations") is None

        assert reconcile(shop)["differences"] == []
        assert shop.enrolled() == 1
        clean(shop)

    def test_what_the_database_refuses_of_one_keeps_none_of_the_others_waiting(self, shop: Shop) -> None:
        orders = [shop.order() for _ in range(3)]
        payments = [shop.pay(order, **LOST) for order in orders]
        shop.make.execute(f"alter table payments add constraint ck_broken check (razorpay_payment_id <> '{payments[1]}')")

        result = reconcile(shop)

        assert result["differences"] == [
            f"Payment {payments[1]} could not be put right: ck_broken.",
            f"Payment {payments[1]}: the vendor took {PRICE} INR, our books have 0.",
        ]
        assert shop.enrolled() == 2

    def test_what_the_vendor_refuses_to_tell_of_one_keeps_none_of_the_others_waiting(self, shop: Shop) -> None:
        orders = [shop.order() for _ in range(3)]
        for order in orders:
            shop.bank.refund(shop.pay(order, **LOST))
        shop.gateway.trouble.append(("refunds_of", "refused"))

        result = reconcile(shop)

        first, second = result["differences"]
        assert first.endswith("could not be put right: GatewayRejected.")
        assert second.endswith(f"the vendor gave {PRICE} back, our books have 0.")
        assert shop.enrolled() == 1
        assert reconcile(shop)["repaired"] == 1
        assert shop.enrolled() == 0
        assert [envelope.kind for envelope in shop.published].count("refund.processed") == 3, "and none waits for a sweep"
        clean(shop)


class TestRunning:
    def test_the_time_is_over(self, shop: Shop) -> None:
        for _ in range(3):
            shop.pay(shop.order(), **LOST)

        result = reconciliation.scheduled(shop.db, shop.gateway, seconds=-1)

        assert (result["checked"], result["incomplete"]) == (0, 1)
        assert shop.gateway.calls == []
        assert reconcile(shop)["differences"] == []
        assert shop.enrolled() == 3

    def test_the_list_is_read_again_from_before_the_last_complete_run(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[datetime] = []
        real = shop.gateway.payments_between

        def listed(start: datetime, end: datetime, **page: int) -> Any:
            asked.append(start)
            return real(start, end, **page)

        monkeypatch.setattr(shop.gateway, "payments_between", listed)
        reconcile(shop)
        first = shop.make.value("select started_at from reconciliations")
        shop.gateway.trouble.append(("settlement", "before"))
        reconcile(shop)  # incomplete: it moves nothing
        reconcile(shop)

        assert abs(asked[0] - (datetime.now(UTC) - timedelta(days=3, hours=1))) < timedelta(minutes=10)
        assert asked[1:] == [first - timedelta(hours=1)] * 2

    def test_five_at_once_do_what_one_does(self, shop: Shop, database_url: str) -> None:
        for _ in range(3):
            shop.pay(shop.order(), **LOST)
        due(shop)
        together = threading.Barrier(5, timeout=60)
        results: list[dict[str, Any]] = []

        def run() -> None:
            own = Database(database_url)
            together.wait()
            results.append(reconciliation.scheduled(own, shop.gateway))
            own.discard()

        threads = [threading.Thread(target=run) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sum(result.get("repaired", 0) for result in results) == 3
        assert len(shop.make.rows("select id from reconciliations")) == 5 - sum(result.get("skipped", 0) for result in results)
        assert shop.enrolled() == 3
        clean(shop)

    def test_without_the_lock_two_do_no_harm_either(self, shop: Shop, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(running, "_LOCK", sql("select true"))
        order = shop.order()
        shop.pay(order, **LOST)
        shop.pay(order, **LOST)
        due(shop)
        together = threading.Barrier(4, timeout=60)

        def run() -> None:
            own = Database(database_url)
            together.wait()
            reconciliation.scheduled(own, shop.gateway)
            own.discard()

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        shop.work()
        shop.make.execute("update refunds set requested_at = now() - interval '1 hour'")
        reconcile(shop)

        assert shop.enrolled() == 1
        assert len(shop.bank.books.refunds) == 1
        clean(shop)


class TestAsking:
    def test_an_admin_presses_the_button(self, shop: Shop) -> None:
        shop.pay(shop.order(), **LOST)

        answer = shop.client.post("/payments/reconcile", user=shop.admin)
        assert answer.status == 202
        assert shop.client.get("/payments/reconciliations", user=shop.admin).data[0]["finishedAt"] is None
        shop.work()

        (row,) = shop.client.get("/payments/reconciliations", user=shop.admin).data
        assert (row["id"], row["requestedBy"]) == (answer.data["id"], str(shop.admin["id"]))
        assert (row["repaired"], row["drift"]) == (1, [])
        assert row["finishedAt"] is not None
        assert shop.make.value("select count(*) from audit_log where action = 'payment.reconcile'") == 1

    def test_while_another_is_under_way_the_queue_tries_again(self, shop: Shop, database_url: str) -> None:
        shop.client.post("/payments/reconcile", user=shop.admin)
        other = Database(database_url)
        assert other.read(lambda work: work.value(running._LOCK))

        with pytest.raises(Exception, match="under way"):
            shop.work()
        assert shop.make.value("select finished_at from reconciliations") is None
        assert handler({"task": "reconcile"}, None) == {"skipped": 1}

        other.read(lambda work: work.value(running._UNLOCK))
        other.discard()
        shop.consumed = 0
        shop.work()
        assert shop.make.value("select finished_at from reconciliations") is not None

    def test_what_was_asked_for_in_vain_is_done_by_the_next_run_of_the_schedule(self, shop: Shop) -> None:
        asked = shop.client.post("/payments/reconcile", user=shop.admin).data["id"]

        assert handler({"task": "reconcile"}, None)["reconciliation_id"] == asked
        finished = shop.make.rows("select finished_at from reconciliations")
        shop.work()  # the queue comes later, and finds it done

        assert shop.make.rows("select finished_at from reconciliations") == finished
        assert finished[0]["finished_at"] is not None
        assert shop.make.value("select count(*) from consumed_events where consumer = 'payments'") == 1
        assert handler({"task": "reconcile"}, None)["reconciliation_id"] != asked

    def test_the_list_goes_page_by_page(self, shop: Shop) -> None:
        for _ in range(3):
            reconcile(shop)
        first = shop.client.get("/payments/reconciliations?limit=2", user=shop.admin).json
        rest = shop.client.get(f"/payments/reconciliations?limit=2&cursor={first['pagination']['nextCursor']}", user=shop.admin).json

        ids = [row["id"] for row in first["data"] + rest["data"]]
        assert first["pagination"]["totalCount"] == 3
        assert ids == [str(row["id"]) for row in shop.make.rows("select id from reconciliations order by started_at desc")]
        assert all(UUID(identity) for identity in ids)

    def test_others_may_not(self, shop: Shop) -> None:
        for user in (shop.teacher, shop.make.user()):
            assert shop.client.post("/payments/reconcile", user=user).status == 403
            assert shop.client.get("/payments/reconciliations", user=user).status == 403
