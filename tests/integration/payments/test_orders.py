"""Ordering a course and paying for it, as a learner's browser does."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from academy.catalog.models import CoursePrerequisite
from academy.payments.signatures import sign
from academy.platform.db import work as unit_of_work
from academy.platform.http import Answer
from infra.local.razorpay.bank import Bank
from tests.api import Client
from tests.factories import Factory
from tests.integration.learning.threads import at_the_same_time
from tests.integration.payments.buying import PRICE, buy, count, open_orders, order, ordering
from tests.integration.payments.shop import Shop
from tests.payments import KEYS, FakeGateway, pay


def test_an_order_is_computed_from_the_database_and_frozen(
    client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any], bank: Bank
) -> None:
    reply = order(client, learner, course)

    assert reply.status == 201
    assert reply.headers["Location"] == f"/api/v1/payments/{reply.data['orderId']}"
    told = {name: reply.data[name] for name in ("keyId", "amount", "currency", "discount", "tax", "price", "status", "enrollmentId")}
    assert told == {
        "keyId": "rzp_test_academy",
        "amount": PRICE,
        "currency": "INR",
        "discount": 0,
        "tax": 7612,
        "price": PRICE,
        "status": "open",
        "enrollmentId": None,
    }
    (row,) = open_orders(make)
    assert (row["taxable"], row["tax"], row["tax_bp"], row["share_bp"], row["place_of_supply"]) == (42288, 7612, 1800, 7000, "33")
    assert row["buyer"] == {"name": learner["full_name"]}
    vendor = bank.order(reply.data["razorpayOrderId"])
    assert (vendor["amount"], vendor["currency"], vendor["receipt"]) == (PRICE, "INR", reply.data["orderId"])
    expires = datetime.fromisoformat(reply.data["expiresAt"]) - row["created_at"]
    assert expires == timedelta(minutes=30)
    assert make.rows("select status, amount from payments where id = :id", id=row["id"]) == [{"status": "created", "amount": PRICE}]
    assert make.value("select count(*) from outbox where kind = 'payment.ordered'") == 1
    assert make.value("select action from audit_log") == "payment.order"

    make.execute("update courses set price = 99900 where id = :id", id=course["id"])
    assert order(client, learner, course).data == reply.data


def test_a_double_click_is_one_order(client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any], bank: Bank) -> None:
    first, second = order(client, learner, course), order(client, learner, course)

    assert (first.status, second.status) == (201, 201)
    assert first.data == second.data
    assert len(open_orders(make)) == 1
    assert len(bank.books.orders) == 1


def test_ten_clicks_at_once_are_one_order(
    client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any], bank: Bank, database_url: str
) -> None:
    answers = at_the_same_time(database_url, [ordering(learner, course)] * 10)

    orders = {json.loads(str(answer.body))["data"]["orderId"] for answer in answers if isinstance(answer, Answer)}
    assert (len(answers), len(orders)) == (10, 1), answers
    assert count(make, "orders") == 1
    assert count(make, "payments") == 1
    # The vendor's orders that lost are never told to anybody; waiting for one's turn keeps them to those who looked at the very moment.
    assert len(bank.books.orders) <= 3


def test_an_order_made_in_that_very_moment_is_the_order(
    client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any], gateway: FakeGateway
) -> None:
    """Whoever gets their turn may have looked a moment before the one before them was done: the index decides."""
    create, others = gateway.create_order, []

    def meanwhile(**asked: Any) -> Any:
        gateway.create_order = create  # type: ignore[method-assign]
        others.append(shop.order(learner=learner, course=course))
        return create(**asked)

    shop = Shop(unit_of_work.database(), make, gateway.bank, gateway, client, [])
    gateway.create_order = meanwhile  # type: ignore[method-assign]

    made = order(client, learner, course)

    assert made.status == 201
    assert made.data["orderId"] == str(others[0]["id"])
    assert count(make, "orders") == 1


def test_who_may_not_buy_is_told_why(client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any], bank: Bank) -> None:
    owner = {"id": course["instructor_id"], "sub": make.value("select sub from users where id = :id", id=course["instructor_id"])}
    first = make.course(owner)
    make.row(CoursePrerequisite, course_id=course["id"], required_id=first["id"])
    free = make.course(owner)
    foreign = make.course(owner, price=PRICE, currency="USD")
    enrolled = make.user()
    make.enrollment(enrolled, course)

    own = order(client, owner, course)
    before = order(client, learner, course)
    again = order(client, enrolled, course)
    nothing = order(client, learner, free)
    dollars = order(client, learner, foreign)

    assert (own.status, own.code) == (422, "OWN_COURSE")
    assert (before.status, before.code) == (422, "PREREQUISITES_NOT_MET")
    assert before.json["details"] == [{"courseId": str(first["id"]), "title": first["title"]}]
    assert (again.status, again.code) == (409, "ALREADY_ENROLLED")
    assert (nothing.status, nothing.code) == (422, "COURSE_IS_FREE")
    assert f"/courses/{free['id']}/enroll" in nothing.json["error"]
    assert (dollars.status, dollars.code) == (422, "CURRENCY_NOT_SUPPORTED")
    for hidden in ({"status": "draft"}, {"status": "archived"}, {"deleted_at": datetime.now(UTC)}, {"visibility": "private"}):
        assert order(client, learner, make.course(owner, price=PRICE, **hidden)).code == "COURSE_NOT_FOUND"
    assert not count(make, "orders")
    assert not bank.books.orders


def test_a_vendor_that_is_down_leaves_nothing(
    client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any], gateway: FakeGateway
) -> None:
    gateway.trouble = [("create_order", "before"), ("create_order", "after")]

    for _ in range(2):
        reply = order(client, learner, course)
        assert (reply.status, reply.code) == (503, "TEMPORARILY_UNAVAILABLE")
        assert "Retry-After" in reply.headers
        for table in ("orders", "payments", "payment_events", "outbox", "audit_log"):
            assert not count(make, table)
    assert order(client, learner, course).status == 201


def test_what_the_vendor_will_not_take_is_said(
    client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any], gateway: FakeGateway
) -> None:
    gateway.trouble = [("create_order", "refused")]

    reply = order(client, learner, course)

    assert (reply.status, reply.code) == (422, "ORDER_REJECTED")
    assert not count(make, "orders")


def test_an_expired_order_makes_room(client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any]) -> None:
    old = order(client, learner, course).data
    make.execute("update orders set expires_at = now() - interval '1 second'")

    new = order(client, learner, course).data

    assert new["orderId"] != old["orderId"]
    assert new["razorpayOrderId"] != old["razorpayOrderId"]
    states = {str(row["id"]): row["status"] for row in make.rows("select id, status from orders")}
    assert states == {old["orderId"]: "expired", new["orderId"]: "open"}


def test_another_bill_is_another_order_and_the_same_is_not(
    client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any]
) -> None:
    plain = order(client, learner, course).data
    business = {"name": "Rao and Daughters", "address": "Hyderabad", "gstin": "27aapfu0939f1zv"}

    billed = order(client, learner, course, billing=business).data
    same = order(client, learner, course, billing=business).data
    silent = order(client, learner, course).data

    assert plain["orderId"] != billed["orderId"] == same["orderId"] == silent["orderId"]
    (row,) = open_orders(make)
    assert row["place_of_supply"] == "27"
    assert row["buyer"] == {"name": "Rao and Daughters", "address": "Hyderabad", "gstin": "27AAPFU0939F1ZV"}
    assert order(client, learner, course, billing={"state": "29"}).data["orderId"] != same["orderId"]
    assert open_orders(make)[0]["place_of_supply"] == "29"


def test_a_bill_that_can_not_be_is_refused(client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any]) -> None:
    wrong = ({"gstin": "27AAPFU0939F1ZW"}, {"gstin": "hello"}, {"state": "99"}, {"state": "Kerala"}, {"name": ""}, {"country": "IN"})
    for billing in wrong:
        assert order(client, learner, course, billing=billing).code == "VALIDATION_FAILED", billing
    assert count(make, "orders") == 0


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
    assert make.value("select count(*) from invoices") == 1
    assert order(client, learner, course).code == "ALREADY_ENROLLED"


FORGED = ("0" * 64, "", "ab", "é" * 64, "z" * 64, "a" * 1000, "०" * 64)
"""Another's, none, too short, not ASCII, not hexadecimal, too long, digits of another script."""


def test_a_bad_signature_changes_nothing_and_is_noted(
    client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any], bank: Bank, gateway: FakeGateway
) -> None:
    told = pay(bank, order(client, learner, course).data["razorpayOrderId"])

    def state() -> tuple[Any, ...]:
        return make.rows("select * from payments"), make.rows("select * from orders"), count(make, "outbox"), count(make, "payment_events")

    before = state()
    gateway.calls.clear()

    for forged in FORGED:
        reply = client.post("/payments/verify", {**told, "razorpay_signature": forged}, user=learner)
        assert (reply.status, reply.code) == (400, "BAD_SIGNATURE"), forged

    assert state() == before
    assert count(make, "enrollments") == 0
    assert not gateway.calls
    noted = make.rows("select target_id, actor_id from audit_log where action = 'payment.forged'")
    assert noted == [{"target_id": told["razorpay_order_id"], "actor_id": learner["id"]}] * len(FORGED)


def test_a_signature_for_another_payment_or_order_is_bad(
    client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any], bank: Bank
) -> None:
    told = pay(bank, order(client, learner, course).data["razorpayOrderId"])
    cheap = make.course({"id": course["instructor_id"]}, price=100)
    other = pay(bank, order(client, learner, cheap).data["razorpayOrderId"])

    for mixed in ({**told, "razorpay_payment_id": other["razorpay_payment_id"]}, {**other, "razorpay_order_id": told["razorpay_order_id"]}):
        assert client.post("/payments/verify", mixed, user=learner).code == "BAD_SIGNATURE"
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
    told = {
        "razorpay_order_id": razorpay_order_id,
        "razorpay_payment_id": failed,
        "razorpay_signature": sign(f"{razorpay_order_id}|{failed}".encode(), KEYS.key_secret),
    }

    reply = client.post("/payments/verify", told, user=learner)

    assert (reply.status, reply.code) == (402, "PAYMENT_FAILED")
    assert "declined" in reply.json["error"]
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


def test_who_paid_and_left_comes_back_without_paying(
    client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any], bank: Bank
) -> None:
    paid = buy(client, bank, learner, course).data
    assert client.delete(f"/courses/{course['id']}/enroll", user=learner).status == 204

    back = order(client, learner, course)

    assert back.status == 201
    assert (back.data["orderId"], back.data["amount"], back.data["status"]) == (paid["orderId"], 0, "paid")
    assert "paid" in back.json["message"]
    (now,) = make.rows("select id, source from enrollments where status = 'active'")
    assert (str(now["id"]), now["source"]) == (back.data["enrollmentId"], "payment")
    assert make.value("select enrollment_id from orders") == now["id"]
    assert make.value("select total_enrollments from courses where id = :id", id=course["id"]) == 1
    assert make.value("select count(*) from outbox where kind = 'enrollment.created'") == 2
    assert len(bank.books.payments) == 1
    assert order(client, learner, course).code == "ALREADY_ENROLLED"


def test_who_got_all_of_it_back_pays_again(
    client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any], bank: Bank
) -> None:
    buy(client, bank, learner, course)
    client.delete(f"/courses/{course['id']}/enroll", user=learner)
    make.execute("update payments set status = 'refunded', amount_refunded = amount_captured")

    again = order(client, learner, course)

    assert (again.status, again.data["amount"], again.data["status"]) == (201, PRICE, "open")


def test_an_order_keeps_within_its_round_trips(
    client: Client, make: Factory, course: dict[str, Any], learner: dict[str, Any], bank: Bank, gateway: FakeGateway, db: Any
) -> None:
    """Admission, a look, everything, COMMIT; the same for a payment, of which the vendor is asked once."""
    coupon = make.coupon({"id": course["instructor_id"]})
    publishing = 2
    db.connection()

    before = db.trips
    ordered = order(client, learner, course, couponCode=coupon["code"]).data
    assert (db.trips - before - publishing, gateway.calls) == (4, ["create_order"])

    told = pay(bank, ordered["razorpayOrderId"])
    gateway.calls.clear()
    before = db.trips
    assert client.post("/payments/verify", told, user=learner).data["enrolled"]
    assert (db.trips - before - publishing, gateway.calls) == (4, ["payment"])
