"""Money goes back once, never more than came, and everything that hung on it follows."""

import random
import threading
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from academy.payments import keys, refunds
from academy.payments.admin_schemas import NewRefund
from academy.payments.gateway import GatewayUnavailable, VendorRefund
from academy.payments.razorpay_entities import refund_of
from academy.payments.reversal import booking
from academy.payments.values import Source
from academy.platform.db import Database, DatabaseFailure
from academy.platform.errors import RuleBroken
from functions.payment_tasks.app import consume
from tests.api import Reply
from tests.integration.payments.shop import PRICE, Shop
from tests.integration.payments.test_webhooks import body, signed

REASON = "The learner bought the wrong course."


def ask(shop: Shop, order: dict[str, Any], amount: int | None = None, **options: Any) -> Reply:
    body = {"reason": REASON, **({"amount": amount} if amount is not None else {}), **options.pop("body", {})}
    return shop.client.post(f"/payments/{order['id']}/refund", body, user=shop.admin, **options)


def delivered(shop: Shop) -> None:
    shop.deliver()
    shop.work()


class TestAsking:
    def test_all_of_it_goes_back_and_the_learner_is_out(self, shop: Shop) -> None:
        order, payment = shop.sold()
        before = shop.make.rows("select completed_sections, time_spent from enrollments")

        answer = ask(shop, order)

        assert answer.status == 202
        assert (answer.data["amount"], answer.data["status"], answer.data["overruled"]) == (PRICE, "requested", False)
        # Already carried out when the answer is there.
        assert shop.payment(order["id"]) == {"status": "refunded", "amount_captured": PRICE, "amount_refunded": PRICE, "applied": True}
        assert shop.refunds() == [{"amount": PRICE, "status": "processed", "origin": "admin"}]
        (enrollment,) = shop.make.rows("select e.status, c.total_enrollments from enrollments e join courses c on c.id = e.course_id")
        assert enrollment == {"status": "ended", "total_enrollments": 0}
        assert shop.make.rows("select completed_sections, time_spent from enrollments") == before
        assert shop.bank.payment(payment)["amount_refunded"] == PRICE
        delivered(shop)
        assert shop.steps(order["id"])[-2:] == ["refund_requested", "refunded"]
        kinds = shop.kinds()
        assert [kinds.count(kind) for kind in ("refund.requested", "refund.processed", "enrollment.ended")] == [1, 1, 1]
        (told,) = (event.payload for event in shop.published if event.kind == "refund.processed")
        assert (told["whole"], told["amount"], told["userId"]) == (True, PRICE, str(order["user_id"]))
        shop.agrees()

    def test_what_is_left_of_the_books_is_the_fee(self, shop: Shop) -> None:
        order, _ = shop.sold()
        ask(shop, order, 12345)
        ask(shop, order, 101)
        ask(shop, order)
        delivered(shop)

        fee = shop.make.value("select fee from payments")
        assert shop.balances() == {
            "fees": fee,
            "razorpay_clearing": -fee,
            # The academy's part: what it had earned, against what it gave back.
            "revenue": -12687,
            "refunds": 12687,
        }
        notes = shop.make.rows("select total, cgst + sgst + igst as tax, taxable from invoices where kind = 'credit_note' order by number")
        assert [note["total"] for note in notes] == [12345, 101, PRICE - 12446]
        assert sum(note["tax"] for note in notes) == 7612
        shop.agrees()

    def test_a_part_leaves_the_learner_in(self, shop: Shop) -> None:
        order, _ = shop.sold()

        assert ask(shop, order, 100).status == 202

        assert shop.payment(order["id"])["status"] == "partially_refunded"
        assert shop.enrolled() == 1

    def test_never_more_than_is_left(self, shop: Shop) -> None:
        order, _ = shop.sold()
        for amount in (PRICE + 1, 2**53):
            answer = ask(shop, order, amount)
            assert (answer.status, answer.code) == (422, "REFUND_EXCEEDS_PAYMENT")
        ask(shop, order, PRICE - 10)
        assert ask(shop, order, 11).code == "REFUND_EXCEEDS_PAYMENT"
        assert ask(shop, order, 10).status == 202
        assert ask(shop, order).code == "REFUND_EXCEEDS_PAYMENT"
        assert len(shop.refunds()) == 2
        shop.agrees()

    def test_nothing_was_paid_yet(self, shop: Shop) -> None:
        order = shop.order()

        assert ask(shop, order).code == "REFUND_EXCEEDS_PAYMENT"
        assert shop.client.post(f"/payments/{uuid4()}/refund", {"reason": REASON}, user=shop.admin).code == "PAYMENT_NOT_FOUND"

    def test_bad_input_changes_nothing(self, shop: Shop) -> None:
        order, _ = shop.sold()
        for wrong in (
            {"amount": 0},
            {"amount": -1},
            {"amount": 1.5},
            {"amount": "100"},
            {"amount": True},
            {"amount": 2**53 + 1},
            {"reason": ""},
            {"reason": None},
            {"overrule": "yes"},
            {"status": "processed"},
        ):
            assert ask(shop, order, body=wrong).code == "VALIDATION_FAILED", wrong
        assert shop.refunds() == []

    def test_against_the_policy_only_by_overruling_it(self, shop: Shop) -> None:
        order, _ = shop.sold()
        shop.make.execute("update payments set captured_at = now() - interval '15 days'")

        refused = ask(shop, order)
        assert (refused.status, refused.code) == (422, "REFUND_AGAINST_POLICY")
        assert ask(shop, order, body={"overrule": True}).data["overruled"]
        (entry,) = shop.make.rows("select action, after from audit_log where action = 'payment.refund'")
        assert (entry["after"]["overruled"], entry["after"]["reason"], entry["after"]["amountRefunded"]) == (True, REASON, PRICE)

    def test_too_much_of_the_course_was_done(self, shop: Shop) -> None:
        order, _ = shop.sold()
        shop.make.execute("update courses set section_count = 10")
        shop.make.execute("update enrollments set completed_sections = 4")
        assert ask(shop, order).code == "REFUND_AGAINST_POLICY"

        shop.make.execute("update enrollments set completed_sections = 3")
        assert ask(shop, order).status == 202

    def test_parked_money_is_given_back_whatever_the_policy_says(self, shop: Shop) -> None:
        order = shop.order()
        shop.bank.authorize(shop.bank.attempt(order["razorpay_order_id"], amount=500)["id"])
        delivered(shop)
        shop.make.execute("update payments set captured_at = now() - interval '99 days'")

        assert ask(shop, order).status == 202
        delivered(shop)
        assert shop.payment(order["id"])["status"] == "refunded"
        shop.agrees()

    def test_money_without_an_order_is_given_back(self, shop: Shop) -> None:
        vendor = shop.bank.create_order(amount=700)
        shop.bank.pay(vendor["id"])
        delivered(shop)
        payment = shop.make.value("select id from payments")

        for amount in (300, 400):
            assert ask(shop, {"id": payment}, amount).status == 202
        delivered(shop)

        assert shop.payment(payment)["status"] == "refunded"
        assert "learner_receivable" not in shop.balances()
        shop.agrees()

    def test_the_same_request_again_gets_the_first_answer(self, shop: Shop) -> None:
        order, _ = shop.sold()
        answers = [ask(shop, order, 100, headers={"Idempotency-Key": "once"}) for _ in range(3)]

        assert len({answer.text for answer in answers}) == 1
        assert len(shop.refunds()) == 1
        assert len(shop.bank.books.refunds) == 1

    def test_who_may_not(self, shop: Shop) -> None:
        order, _ = shop.sold()
        for user in (shop.teacher, shop.make.user()):
            assert shop.client.post(f"/payments/{order['id']}/refund", {"reason": REASON}, user=user).status == 403

    def test_twenty_at_once_never_exceed_what_came(self, shop: Shop, database_url: str) -> None:
        order, _ = shop.sold()
        together = threading.Barrier(20, timeout=60)
        statuses: list[str] = []

        def refund(_: int) -> None:
            own = Database(database_url)
            together.wait()

            def act(work: Any) -> Any:
                request: Any = SimpleNamespace(work=work, caller=SimpleNamespace(id=shop.admin["id"]), audit=lambda *_, **__: None)
                return refunds.request_refund(request, order["id"], NewRefund(amount=PRICE // 7, reason=REASON))

            try:
                own.transact(act)
                statuses.append("accepted")
            except RuleBroken as refusal:
                statuses.append(refusal.code)
            finally:
                own.discard()

        threads = [threading.Thread(target=refund, args=(n,)) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(statuses) == ["REFUND_EXCEEDS_PAYMENT"] * 13 + ["accepted"] * 7
        assert shop.payment(order["id"])["amount_refunded"] == PRICE // 7 * 7
        assert shop.make.value("select sum(amount) from refunds") == PRICE // 7 * 7


class TestCarryingOut:
    @pytest.fixture
    def waiting(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], str, UUID]:
        """A refund that was asked for and whose process died before it was carried out."""
        order, payment = shop.sold()
        with monkeypatch.context() as dead:
            dead.setattr(refunds, "_at_once", lambda _: None)
            answer = ask(shop, order)
        return order, payment, UUID(answer.data["id"])

    def test_the_queue_does_what_was_left_undone(self, shop: Shop, waiting: tuple[dict[str, Any], str, UUID]) -> None:
        order, _, _ = waiting
        assert shop.payment(order["id"])["status"] == "captured"

        shop.work()

        assert shop.payment(order["id"])["status"] == "refunded"
        shop.agrees()

    @pytest.mark.parametrize("trouble", ["before", "after"])
    def test_an_answer_that_is_lost_is_asked_for_again_and_refunds_once(
        self, shop: Shop, waiting: tuple[dict[str, Any], str, UUID], trouble: str
    ) -> None:
        order, _, refund = waiting
        shop.gateway.trouble.append(("refund", trouble))
        with pytest.raises(GatewayUnavailable):
            refunds.carry_out(shop.db, keys.gateway(), refund)
        assert shop.refunds()[0]["status"] == "requested"

        shop.work()
        delivered(shop)

        assert [each["amount"] for each in shop.bank.books.refunds.values()] == [PRICE]
        assert shop.payment(order["id"])["status"] == "refunded"
        shop.agrees()

    def test_killed_between_the_vendors_answer_and_the_commit(
        self, shop: Shop, waiting: tuple[dict[str, Any], str, UUID], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def killed(*_: Any) -> None:
            raise DatabaseFailure({"C": "57P01", "M": "terminating connection due to administrator command"})

        with monkeypatch.context() as dying:
            dying.setattr(booking, "ledger_parameters", killed)
            for _ in range(3):
                with pytest.raises(DatabaseFailure):
                    refunds.carry_out(shop.db, keys.gateway(), waiting[2])
        assert shop.refunds()[0]["status"] == "requested"
        assert len(shop.bank.books.refunds) == 1

        shop.work()
        delivered(shop)

        assert shop.refunds() == [{"amount": PRICE, "status": "processed", "origin": "admin"}]
        assert len(shop.bank.books.refunds) == 1
        shop.agrees()

    def test_a_refusal_frees_the_amount(self, shop: Shop, waiting: tuple[dict[str, Any], str, UUID]) -> None:
        order, _, _ = waiting
        shop.gateway.trouble.append(("refund", "refused"))

        shop.work()

        assert shop.payment(order["id"]) == {"status": "captured", "amount_captured": PRICE, "amount_refunded": 0, "applied": True}
        assert shop.make.rows("select status, last_error from refunds") == [
            {"status": "failed", "last_error": "The vendor does not want to."}
        ]
        assert "refund.failed" in shop.kinds()
        assert shop.enrolled() == 1
        assert ask(shop, order).status == 202
        assert shop.payment(order["id"])["status"] == "refunded"

    def test_a_refusal_is_not_believed_where_the_vendor_has_done_it(self, shop: Shop, waiting: tuple[dict[str, Any], str, UUID]) -> None:
        _, payment, refund = waiting
        shop.gateway.refund(payment, amount=PRICE, refund_id=refund)
        shop.gateway.trouble.append(("refund", "refused"))

        shop.work()

        assert shop.refunds() == [{"amount": PRICE, "status": "processed", "origin": "admin"}]
        shop.agrees()

    def test_ten_at_once_ask_for_one_refund(self, shop: Shop, waiting: tuple[dict[str, Any], str, UUID], database_url: str) -> None:
        together, errors = threading.Barrier(10, timeout=60), []

        def carry_out() -> None:
            own = Database(database_url)
            together.wait()
            try:
                refunds.carry_out(own, shop.gateway, waiting[2])
            except DatabaseFailure as failure:
                errors.append(failure.sqlstate)
            finally:
                own.discard()

        threads = [threading.Thread(target=carry_out) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert set(errors) <= {"40001"}
        assert shop.refunds() == [{"amount": PRICE, "status": "processed", "origin": "admin"}]
        assert len(shop.bank.books.refunds) == 1
        assert shop.make.value("select count(*) from ledger_entries where kind = 'refund'") == 1
        assert shop.make.value("select count(*) from invoices where kind = 'credit_note'") == 1
        shop.agrees()

    def test_the_events_again_change_nothing(self, shop: Shop, waiting: tuple[dict[str, Any], str, UUID]) -> None:
        shop.work()
        written = shop.kinds()
        for envelope in list(shop.published):
            if envelope.kind == "refund.requested":
                consume(envelope)
        assert shop.kinds() == written
        assert shop.gateway.calls.count("refund") == 1


class TestHearing:
    def test_pending_first_processed_later(self, shop: Shop) -> None:
        order, _ = shop.sold()
        shop.bank.pending_refunds = True
        ask(shop, order)
        assert shop.refunds()[0]["status"] == "pending"
        assert (shop.payment(order["id"])["status"], shop.enrolled()) == ("captured", 1)

        (refund,) = shop.bank.books.refunds
        shop.bank.process_refund(refund)
        delivered(shop)

        assert (shop.payment(order["id"])["status"], shop.enrolled()) == ("refunded", 0)
        shop.agrees()

    def test_one_that_fails_at_the_learners_bank_frees_its_amount(self, shop: Shop) -> None:
        order, _ = shop.sold()
        shop.bank.pending_refunds = True
        ask(shop, order)
        (refund,) = shop.bank.books.refunds
        shop.bank.fail_refund(refund)
        messages = shop.messages()
        shop.deliver(messages[::-1])  # "failed" before "created"
        shop.work()

        assert shop.payment(order["id"])["amount_refunded"] == 0
        assert shop.refunds()[0]["status"] == "failed"
        assert shop.enrolled() == 1
        shop.agrees()

    def test_one_that_was_made_in_the_vendors_dashboard_is_booked(self, shop: Shop) -> None:
        order, payment = shop.sold()
        shop.bank.refund(payment, 100)
        shop.bank.refund(payment)
        delivered(shop)

        assert shop.refunds() == [
            {"amount": 100, "status": "processed", "origin": "vendor"},
            {"amount": PRICE - 100, "status": "processed", "origin": "vendor"},
        ]
        assert (shop.payment(order["id"])["status"], shop.enrolled()) == ("refunded", 0)
        shop.agrees()

    def test_the_dashboard_was_faster_than_what_we_were_about_to_do(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        order, payment = shop.sold()
        with monkeypatch.context() as dead:
            dead.setattr(refunds, "_at_once", lambda _: None)
            ask(shop, order, PRICE - 5)
        shop.bank.refund(payment)
        delivered(shop)
        delivered(shop)

        assert sorted((row["origin"], row["status"]) for row in shop.refunds()) == [("admin", "failed"), ("vendor", "processed")]
        assert shop.payment(order["id"]) == {"status": "refunded", "amount_captured": PRICE, "amount_refunded": PRICE, "applied": True}
        shop.agrees()

    def test_a_refund_heard_of_before_its_payment(self, shop: Shop) -> None:
        order = shop.order()
        payment = shop.pay(order, told="none")
        shop.bank.books.payments[payment]["_webhooks"] = "normal"
        shop.bank.refund(payment)
        delivered(shop)

        assert (shop.payment(order["id"])["status"], shop.enrolled()) == ("refunded", 0)
        assert shop.make.rows("select status from enrollments") == [{"status": "ended"}]
        shop.agrees()

    def test_a_refund_of_a_payment_that_nobody_knows(self, shop: Shop) -> None:
        refund = {"id": "rfnd_1", "payment_id": "pay_1", "amount": 5, "currency": "INR", "status": "processed", "created_at": 1}
        raw = body(event="refund.processed", payload={"refund": {"entity": refund}})
        shop.send((signed(raw), raw))
        shop.work()

        assert shop.make.value("select outcome from webhook_events") == "unknown payment"
        assert shop.refunds() == []

    def test_refunds_of_money_without_an_order_at_once_are_all_booked(self, shop: Shop, database_url: str) -> None:
        vendor = shop.bank.create_order(amount=700)
        payment = shop.bank.pay(vendor["id"])["razorpay_payment_id"]
        delivered(shop)
        for _ in range(3):
            shop.bank.refund(payment, 200)
        facts = [refund_of(entity) for entity in shop.bank.books.refunds.values()]
        together = threading.Barrier(6, timeout=60)

        def hear(refund: VendorRefund) -> None:
            own = Database(database_url)
            together.wait()
            for _ in range(20):
                try:
                    own.transact(lambda work: refunds.refund_moved(work, refund, Source.WEBHOOK))
                    break
                except DatabaseFailure as failure:  # so many were faster: the queue brings it again
                    if failure.sqlstate != "40001":
                        raise
            own.discard()

        threads = [threading.Thread(target=hear, args=(refund,)) for refund in facts * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert shop.refunds() == [{"amount": 200, "status": "processed", "origin": "vendor"}] * 3
        assert shop.make.rows("select status, amount_refunded from payments") == [{"status": "needs_review", "amount_refunded": 600}]
        shop.agrees()

    def test_any_order_of_many_refunds_ends_alike(self, shop: Shop) -> None:
        dice = random.Random(11)
        orders = [shop.sold() for _ in range(6)]
        for order, payment in orders:
            for amount in (100, 2000, 30000):
                if dice.random() < 0.5:
                    shop.bank.refund(payment, amount)
                else:
                    ask(shop, order, amount)
            messages = shop.messages()
            shop.deliver([*messages, *messages], dice=dice)
            shop.work(dice=dice)

        for order, _ in orders:
            assert shop.payment(order["id"])["amount_refunded"] == 32100
            tax = shop.make.value(
                f"select sum(cgst + sgst + igst) from invoices where payment_id = '{order['id']}' and kind = 'credit_note'"
            )
            assert tax == 7612 * 32100 // PRICE
        assert shop.enrolled() == 6
        shop.agrees()


def test_what_is_left_of_money_that_needs_review_still_does(shop: Shop) -> None:
    shop.order()
    vendor = shop.bank.create_order(amount=PRICE)
    payment = shop.bank.pay(vendor["id"])["razorpay_payment_id"]
    shop.deliver()
    shop.work()
    (parked,) = shop.make.rows("select id, status from payments where amount_captured > 0")
    assert parked["status"] == "needs_review"

    for amount, status in ((4950, "needs_review"), (None, "refunded")):
        shop.bank.refund(payment, amount)
        shop.deliver()
        shop.work()
        assert shop.payment(parked["id"])["status"] == status
    shop.agrees()
