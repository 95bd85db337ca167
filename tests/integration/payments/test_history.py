"""What one has paid, and what became of it."""

from datetime import UTC, datetime
from typing import Any

from academy.payments.models import Payment, PaymentEvent, Refund
from academy.platform.ids import uuid7
from infra.local.razorpay.bank import Bank
from tests.api import Client
from tests.factories import Factory
from tests.integration.payments.buying import PRICE, buy, order


def test_a_payment_tells_its_life(client: Client, make: Factory, owner: dict[str, Any], learner: dict[str, Any], bank: Bank) -> None:
    course = make.course(owner, price=PRICE, title="Bridges that stand")
    coupon = make.coupon(owner)
    paid = buy(client, bank, learner, course, couponCode=coupon["code"]).data

    (row,) = client.get("/payments/history", user=learner).data
    whole = client.get(f"/payments/{paid['paymentId']}", user=learner).data

    assert {
        name: row[name] for name in ("id", "courseId", "courseTitle", "amount", "currency", "price", "discount", "tax", "refunded")
    } == {
        "id": paid["paymentId"],
        "courseId": str(course["id"]),
        "courseTitle": "Bridges that stand",
        "amount": 39920,
        "currency": "INR",
        "price": PRICE,
        "discount": 9980,
        "tax": 6089,
        "refunded": 0,
    }
    assert row["status"] == "captured"
    assert row["invoiceUrl"].endswith(f"/api/v1/payments/{paid['paymentId']}/invoice")
    assert row["razorpayPaymentId"] in bank.books.payments
    assert row["razorpayOrderId"] in bank.books.orders
    assert {name: whole[name] for name in row} == row
    assert [(step["kind"], step["source"]) for step in whole["timeline"]] == [
        ("created", "order"),
        ("attempted", "verify"),
        ("captured", "verify"),
        ("enrolled", "verify"),
        ("invoiced", "verify"),
    ]
    assert whole["timeline"][0]["note"] == coupon["code"]
    assert whole["timeline"] == sorted(whole["timeline"], key=lambda step: step["at"])
    # What the vendor takes for it is no matter of the learner's.
    seen_by_admin = client.get(f"/payments/{paid['paymentId']}", user=make.user("admin")).data
    assert [step["kind"] for step in seen_by_admin["timeline"]][-1] == "charged"


def test_an_open_order_is_a_payment_that_was_created(client: Client, make: Factory, owner: dict[str, Any], learner: dict[str, Any]) -> None:
    made = order(client, learner, make.course(owner, price=PRICE)).data

    (row,) = client.get("/payments/history", user=learner).data

    assert (row["id"], row["status"], row["invoiceUrl"], row["razorpayPaymentId"]) == (made["orderId"], "created", None, None)


def test_refunds_are_told_with_their_reason(client: Client, make: Factory, owner: dict[str, Any], learner: dict[str, Any]) -> None:
    bought = make.purchase(learner, make.course(owner, price=PRICE))
    make.execute("update payments set amount_refunded = 1000, status = 'partially_refunded'")
    refund = make.row(
        Refund,
        id=uuid7(),
        payment_id=bought["id"],
        amount=1000,
        status="processed",
        origin="admin",
        reason="A lesson is missing.",
        processed_at=datetime.now(UTC),
    )
    make.row(PaymentEvent, id=uuid7(), payment_id=bought["id"], kind="refunded", reference=str(refund["id"]), source="webhook", amount=1000)

    whole = client.get(f"/payments/{bought['id']}", user=learner).data

    assert (whole["refunded"], whole["status"]) == (1000, "partially_refunded")
    (told,) = whole["refunds"]
    assert (told["amount"], told["status"], told["reason"]) == (1000, "processed", "A lesson is missing.")
    assert (whole["timeline"][-1]["kind"], whole["timeline"][-1]["amount"]) == ("refunded", 1000)


def test_anothers_payment_is_not_there(client: Client, make: Factory, owner: dict[str, Any], learner: dict[str, Any]) -> None:
    bought = make.purchase(learner, make.course(owner, price=PRICE))

    for stranger in (make.user(), owner):
        assert client.get(f"/payments/{bought['id']}", user=stranger).code == "PAYMENT_NOT_FOUND"
        assert client.get("/payments/history", user=stranger).data == []
    assert client.get(f"/payments/{bought['id']}", user=make.user("admin")).data["userId"] == str(learner["id"])


def test_history_in_pages(client: Client, make: Factory, owner: dict[str, Any], learner: dict[str, Any]) -> None:
    bought = [str(make.purchase(learner, make.course(owner, price=PRICE))["id"]) for _ in range(5)]
    make.purchase(make.user(), make.course(owner, price=PRICE))
    make.execute("update payments set status = 'refunded', amount_refunded = amount_captured where id = :id", id=bought[1])

    page = client.get("/payments/history?limit=2&page=2", user=learner).json
    first = client.get("/payments/history?limit=3", user=learner).json
    rest = client.get(f"/payments/history?limit=3&cursor={first['pagination']['nextCursor']}", user=learner).json

    newest_first = bought[::-1]
    assert [row["id"] for row in page["data"]] == newest_first[2:4]
    assert page["pagination"]["totalCount"] == 5
    assert [row["id"] for row in first["data"] + rest["data"]] == newest_first
    assert [row["id"] for row in client.get("/payments/history?status=refunded", user=learner).data] == [bought[1]]
    course_id = make.value("select course_id from payments where id = :id", id=bought[2])
    assert [row["id"] for row in client.get(f"/payments/history?courseId={course_id}", user=learner).data] == [bought[2]]


def test_what_an_admin_has_to_look_at(client: Client, make: Factory, owner: dict[str, Any], learner: dict[str, Any]) -> None:
    make.purchase(learner, make.course(owner, price=PRICE))
    parked = [
        make.row(
            Payment,
            id=uuid7(),
            status="needs_review",
            amount=100 + n,
            currency="INR",
            amount_captured=100 + n,
            razorpay_payment_id=f"pay_{n}",
            review_reason="It came for an order that is not known here.",
        )
        for n in range(3)
    ]

    first = client.get("/payments?status=needs_review&limit=2", user=make.user("admin")).json
    rest = client.get(f"/payments?limit=2&cursor={first['pagination']['nextCursor']}", user=make.user("admin")).json

    rows = first["data"] + rest["data"]
    assert [row["id"] for row in rows] == [str(each["id"]) for each in reversed(parked)]
    assert first["pagination"]["totalCount"] == 3
    assert (rows[0]["userId"], rows[0]["orderId"], rows[0]["courseTitle"]) == (None, None, None)
    assert "not known" in rows[0]["reviewReason"]
    assert client.get("/payments", user=owner).status == 403
    assert client.get("/payments?status=captured", user=make.user("admin")).code == "VALIDATION_FAILED"
