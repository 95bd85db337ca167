"""Whatever order the vendor's words come in, the same is written."""

import itertools
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import DBAPIError

from academy.payments.books.gst import financial_year
from academy.payments.gateway import VendorPayment
from academy.payments.models import Coupon, CouponUse, Order, Payment
from academy.payments.settlement import Settled, settle
from academy.payments.values import FORWARD, PaymentStatus, Source
from academy.platform.db import Database, DatabaseFailure
from academy.platform.ids import uuid7
from tests.factories import Factory

NOW = datetime(2026, 11, 21, tzinfo=UTC)
INDIA = ZoneInfo("Asia/Kolkata")
AMOUNT = 49900


def ordered(make: Factory, learner: dict[str, Any], course: dict[str, Any], **values: Any) -> dict[str, Any]:
    """An open order with its first payment."""
    defaults = {
        "id": uuid7(),
        "user_id": learner["id"],
        "course_id": course["id"],
        "instructor_id": course["instructor_id"],
        "currency": "INR",
        "price": AMOUNT,
        "discount": 0,
        "taxable": 42288,
        "tax": 7612,
        "amount": AMOUNT,
        "tax_bp": 1800,
        "share_bp": 7000,
        "place_of_supply": "33",
        "course_title": "Bridges",
        "buyer": {"name": "Asha"},
        "expires_at": datetime.now(UTC) + timedelta(minutes=30),
    }
    order = make.row(Order, **{**defaults, "razorpay_order_id": f"order_{uuid7().hex[-14:]}", **values})
    make.row(
        Payment,
        id=order["id"],
        order_id=order["id"],
        user_id=learner["id"],
        course_id=course["id"],
        amount=order["amount"],
        currency="INR",
        razorpay_order_id=order["razorpay_order_id"],
    )
    return order


class Sale:
    """A learner, a priced course, an order."""

    def __init__(self, db: Database, make: Factory, **values: Any) -> None:
        self.db, self.make = db, make
        self.teacher, self.learner = make.user("instructor"), make.user()
        self.course = make.course(self.teacher, price=AMOUNT)
        self.order = ordered(make, self.learner, self.course, **values)

    def facts(self, status: str = "captured", **values: Any) -> VendorPayment:
        defaults: dict[str, Any] = {
            "id": "pay_1",
            "order_id": self.order["razorpay_order_id"],
            "status": status,
            "captured": status == "captured",
            "amount": AMOUNT,
            "currency": "INR",
            "fee": 1178 if status == "captured" else 0,
            "fee_tax": 180 if status == "captured" else 0,
            "created_at": NOW,
        }
        return VendorPayment(**{**defaults, **values})

    def settle(self, facts: VendorPayment, source: Source = Source.WEBHOOK, db: Database | None = None) -> Settled:
        settled, _ = (db or self.db).transact(lambda work: settle(work, facts, source))
        assert settled is not None
        return settled

    def payments(self) -> list[dict[str, Any]]:
        return self.make.rows("select status, amount_captured, amount_refunded, applied, fee from payments order by id")

    def enrolled(self) -> int:
        return int(self.make.value("select count(*) from enrollments where status <> 'ended'"))

    def balances(self) -> dict[str, int]:
        return {row["account"]: int(row["sum"]) for row in self.make.rows("select account, sum(amount) from ledger_lines group by account")}


@pytest.fixture
def sale(db: Database, make: Factory) -> Sale:
    return Sale(db, make)


def test_a_captured_payment_lets_the_learner_in_with_all_that_belongs_to_it(sale: Sale) -> None:
    settled = sale.settle(sale.facts())

    assert settled.changed
    assert sale.payments() == [{"status": "captured", "amount_captured": AMOUNT, "amount_refunded": 0, "applied": True, "fee": 1178}]
    row = sale.make.rows("select o.status, o.enrollment_id, e.source, c.total_enrollments from orders o join enrollments e "
                         "on e.id = o.enrollment_id join courses c on c.id = e.course_id")[0]  # fmt: skip
    assert row == {"status": "paid", "enrollment_id": settled.enrollment_id, "source": "payment", "total_enrollments": 1}
    assert sale.balances() == {
        "razorpay_clearing": AMOUNT - 1178,
        "fees": 1178,
        "tax_payable": -7612,
        "instructor_payable": -29601,
        "revenue": -(42288 - 29601),
        "learner_receivable": 0,
    }
    year = financial_year(datetime.now(INDIA).date())
    assert sale.make.rows("select serial, taxable, cgst, sgst, igst, total from invoices") == [
        {"serial": f"DCA/{year}/000001", "taxable": 42288, "cgst": 3806, "sgst": 3806, "igst": 0, "total": AMOUNT}
    ]
    assert sorted(row["kind"] for row in sale.make.rows("select kind from outbox")) == ["enrollment.created", "payment.captured"]
    steps = [row["kind"] for row in sale.make.rows("select kind from payment_events order by id")]
    assert steps == ["attempted", "captured", "enrolled", "invoiced", "charged"]


@pytest.mark.parametrize("words", list(itertools.permutations(["failed", "authorized", "captured"])))
def test_any_order_of_words_any_number_of_times_ends_alike(sale: Sale, words: tuple[str, ...]) -> None:
    for word in (*words, *words):
        sale.settle(sale.facts(word))

    assert sale.payments() == [{"status": "captured", "amount_captured": AMOUNT, "amount_refunded": 0, "applied": True, "fee": 1178}]
    assert sale.enrolled() == 1
    assert sale.make.value("select count(*) from invoices") == 1


def test_many_at_once_write_it_once(sale: Sale, database_url: str) -> None:
    errors: list[Exception] = []

    def tell() -> None:
        own = Database(database_url)
        try:
            sale.settle(sale.facts(), db=own)
        except Exception as error:  # noqa: BLE001 - a thread's is asserted below
            errors.append(error)
        finally:
            own.discard()

    threads = [threading.Thread(target=tell) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [error for error in errors if not isinstance(error, DatabaseFailure)] == []
    sale.settle(sale.facts())
    assert sale.enrolled() == 1
    assert sale.make.value("select count(*) from payments") == 1
    assert sale.make.value("select count(*) from ledger_entries where kind = 'sale'") == 1


def test_the_fee_is_booked_when_it_is_told_later(sale: Sale) -> None:
    sale.settle(sale.facts(fee=0, fee_tax=0))
    sale.settle(sale.facts())
    sale.settle(sale.facts())

    assert sale.balances()["fees"] == 1178


@pytest.mark.parametrize("wrong", [{"amount": AMOUNT - 1}, {"amount": AMOUNT + 1}, {"currency": "USD"}])
def test_another_amount_is_parked_for_a_person_to_look_at(sale: Sale, wrong: dict[str, Any]) -> None:
    settled = sale.settle(sale.facts("authorized", **wrong))
    assert not settled.needs_capture

    sale.settle(sale.facts(**wrong))
    sale.settle(sale.facts(**wrong))

    assert [row["status"] for row in sale.payments()] == ["needs_review"]
    assert sale.enrolled() == 0
    assert sale.make.value("select count(*) from outbox where kind = 'payment.needs_review'") == 1
    assert sale.make.value("select status from orders") == "open"
    assert sale.balances()["razorpay_clearing"] > 0


def test_paid_twice_the_second_goes_back_by_itself(sale: Sale) -> None:
    sale.settle(sale.facts())
    sale.settle(sale.facts(id="pay_2"))
    sale.settle(sale.facts(id="pay_2"))

    assert [(row["applied"], row["amount_refunded"]) for row in sale.payments()] == [(True, 0), (False, AMOUNT)]
    assert sale.make.rows("select origin, amount, status from refunds") == [
        {"origin": "paid_twice", "amount": AMOUNT, "status": "requested"}
    ]
    assert sale.make.value("select count(*) from outbox where kind = 'refund.requested'") == 1
    assert sale.make.value("select count(*) from invoices") == 1


def test_two_orders_of_a_course_paid_at_once_let_in_once(sale: Sale, database_url: str) -> None:
    sale.make.execute("update orders set status = 'replaced'")
    other = ordered(sale.make, sale.learner, sale.course)
    words = [sale.facts(), sale.facts(id="pay_2", order_id=other["razorpay_order_id"])]
    barrier = threading.Barrier(2)

    def tell(facts: VendorPayment) -> None:
        own = Database(database_url)
        barrier.wait()
        sale.settle(facts, db=own)
        own.discard()

    threads = [threading.Thread(target=tell, args=(facts,)) for facts in words]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sale.enrolled() == 1
    assert sorted((row["applied"], row["amount_refunded"]) for row in sale.payments()) == [(False, AMOUNT), (True, 0)]


@pytest.mark.parametrize(
    ("broken", "origin"),
    [
        ("update courses set deleted_at = now()", "course_gone"),
        ("update users set status = 'erased' where role = 'student'", "learner_gone"),
    ],
)
def test_money_for_what_is_gone_goes_back(sale: Sale, broken: str, origin: str) -> None:
    sale.make.execute(broken)

    sale.settle(sale.facts())

    assert sale.enrolled() == 0
    assert sale.make.value("select origin from refunds") == origin


def test_an_archived_course_or_a_suspended_learner_gets_what_was_paid_for(sale: Sale) -> None:
    sale.make.execute("update courses set status = 'archived'")
    sale.make.execute("update users set status = 'suspended' where role = 'student'")

    sale.settle(sale.facts())

    assert sale.enrolled() == 1


class TestLate:
    """Paid after the order had expired and let its coupon go."""

    @pytest.fixture
    def late(self, db: Database, make: Factory) -> Sale:
        owner = make.user("admin")
        coupon = make.row(Coupon, id=uuid7(), code="HALF", owner_id=owner["id"], academy_wide=True, percent=50, max_uses=1, uses=0)
        late = Sale(db, make, status="expired", coupon_id=coupon["id"])
        make.row(
            CouponUse,
            order_id=late.order["id"],
            coupon_id=coupon["id"],
            user_id=late.learner["id"],
            number=1,
            status="released",
            discount=1,
        )
        return late

    def test_it_takes_the_coupon_again(self, late: Sale) -> None:
        late.settle(late.facts())

        assert late.enrolled() == 1
        assert late.make.rows("select uses from coupons") == [{"uses": 1}]
        assert late.make.rows("select status from coupon_uses") == [{"status": "redeemed"}]

    def test_it_goes_back_where_the_coupon_is_used_up(self, late: Sale) -> None:
        late.make.execute("update coupons set uses = 1")

        late.settle(late.facts())

        assert late.enrolled() == 0
        assert late.make.value("select origin from refunds") == "coupon_gone"
        assert late.make.value("select uses from coupons") == 1


def test_money_for_an_order_that_is_not_ours_is_held_once(sale: Sale) -> None:
    for _ in range(3):
        settled = sale.settle(sale.facts(order_id="order_unknown", id="pay_9"))

    assert settled.status == "needs_review"
    assert sale.make.rows("select status, amount_captured, order_id from payments where razorpay_payment_id = 'pay_9'") == [
        {"status": "needs_review", "amount_captured": AMOUNT, "order_id": None}
    ]
    assert sale.make.value("select count(*) from ledger_entries where kind = 'parked'") == 1


def test_anothers_order_is_not_found(sale: Sale) -> None:
    other: UUID = sale.make.user()["id"]

    assert sale.db.transact(lambda work: settle(work, sale.facts(), Source.VERIFY, user_id=other))[0] is None
    assert sale.enrolled() == 0


def test_what_was_only_authorised_and_let_go_is_over(sale: Sale) -> None:
    assert sale.settle(sale.facts("authorized")).needs_capture
    sale.settle(replace(sale.facts("refunded"), captured=False))

    assert [(row["status"], row["amount_captured"]) for row in sale.payments()] == [("refunded", 0)]


def test_the_database_refuses_a_step_back_and_an_unbalanced_entry(sale: Sale) -> None:
    sale.settle(sale.facts())
    for statement, constraint in (
        ("update payments set status = 'authorized'", "ck_payments_forward"),
        ("update payments set amount_captured = 1", "ck_payments_forward"),
        ("update payments set amount_refunded = amount_captured + 1", "ck_payments_amount_refunded"),
        (
            "insert into ledger_lines (entry_id, position, account, currency, amount) select id, 9, 'fees', 'INR', 1 from ledger_entries limit 1",
            "ck_ledger_entries_balanced",
        ),
    ):
        from academy.platform.db import sql

        with pytest.raises(DatabaseFailure) as raised:
            sale.db.transact(lambda work, text=statement: work.execute(sql(text)))  # type: ignore[misc]
        assert raised.value.constraint == constraint


def test_the_database_lets_a_payment_go_where_the_code_does(make: Factory) -> None:
    went: dict[PaymentStatus, set[PaymentStatus]] = {status: set() for status in PaymentStatus}
    for before, after in itertools.permutations(PaymentStatus, 2):
        with make.engine.connect() as connection:
            identity = uuid7()
            connection.execute(insert(Payment).values(id=identity, status=before, amount=1, currency="INR", review_reason="Too much."))
            try:
                connection.execute(update(Payment).where(Payment.id == identity).values(status=after))
                went[before].add(after)
            except DBAPIError as refusal:
                if "ck_payments_forward" not in str(refusal):
                    raise

    assert went == FORWARD
