"""Ordering a course and paying for it, as a learner's browser does."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from academy.catalog.models import CoursePrerequisite
from academy.platform.db import work as unit_of_work
from academy.platform.http import Answer
from infra.local.razorpay.bank import Bank
from tests.api import Client
from tests.factories import Factory
from tests.integration.learning.threads import at_the_same_time
from tests.integration.payments.buying import PRICE, buy, count, open_orders, order, ordering
from tests.integration.payments.shop import Shop
from tests.payments import FakeGateway, pay


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
    publishing = 1
    db.connection()

    before = db.trips
    ordered = order(client, learner, course, couponCode=coupon["code"]).data
    assert (db.trips - before - publishing, gateway.calls) == (4, ["create_order"])

    told = pay(bank, ordered["razorpayOrderId"])
    gateway.calls.clear()
    before = db.trips
    assert client.post("/payments/verify", told, user=learner).data["enrolled"]
    assert (db.trips - before - publishing, gateway.calls) == (4, ["payment"])
