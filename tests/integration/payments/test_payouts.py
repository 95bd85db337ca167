"""What instructors earn: the ledger's lines, month by month."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest

from academy.payments.books import ledger
from academy.payments.books.ledger import Sale
from academy.platform.ids import uuid7
from infra.local.razorpay.bank import Bank
from tests.api import Client
from tests.factories import Factory
from tests.integration.payments.buying import PRICE, buy

SHARE, TAX = 29601, 7612
"""Of 49900: 70 % of 42288, which is what is left without 18 %."""


def sale(owner: dict[str, Any]) -> Sale:
    return Sale(taxable=42288, tax=TAX, share_bp=7000, instructor_id=owner["id"])


@pytest.fixture
def sold(make: Factory, owner: dict[str, Any]) -> dict[str, Any]:
    """A year's business. April has a sale of its first minute in India, which is March's last day in London."""
    payment = make.purchase(make.user(), make.course(make.user("instructor"), price=PRICE))["id"]
    at = {
        "march": datetime(2026, 3, 31, 18, 29, tzinfo=UTC),
        "april": datetime(2026, 3, 31, 18, 30, tzinfo=UTC),
        "may": datetime(2026, 5, 10, tzinfo=UTC),
    }
    for month, sales in (("march", 1), ("april", 2), ("may", 1)):
        for _ in range(sales):
            entry = ledger.sold(uuid7(), "INR", sale(owner))
            assert entry is not None
            make.entry(
                ledger.Entry(kind=entry.kind, reference=entry.reference, payment_id=payment, currency="INR", lines=entry.lines),
                booked_at=at[month],
            )
    back = ledger.given_back(uuid7(), payment, "INR", sale(owner), before=0, amount=PRICE, chargeback=False)
    lost = ledger.given_back(uuid7(), payment, "INR", sale(owner), before=0, amount=PRICE, chargeback=True)
    assert back is not None
    assert lost is not None
    make.entry(back, booked_at=at["april"])
    make.entry(lost, booked_at=at["may"])
    return {"payment": payment}


def months(client: Client, user: dict[str, Any], query: str = "") -> list[dict[str, Any]]:
    reply = client.get(f"/payments/payouts{query}", user=user)
    assert reply.status == 200, reply.text
    return list(reply.data["months"])


def test_a_month_is_what_was_booked_in_india(client: Client, owner: dict[str, Any], sold: dict[str, Any]) -> None:
    may, april, march = months(client, owner, "?from=2026-03&to=2026-05")

    base = {"currency": "INR", "chargebacks": 0, "refunds": 0}
    assert march == {**base, "month": "2026-03", "sales": 1, "gross": PRICE, "tax": TAX, "share": SHARE}
    assert april == {**base, "month": "2026-04", "sales": 2, "refunds": 1, "gross": PRICE, "tax": TAX, "share": SHARE}
    assert may == {**base, "month": "2026-05", "sales": 1, "chargebacks": 1, "gross": 0, "tax": 0, "share": 0}
    assert [row["month"] for row in months(client, owner, "?from=2026-04&to=2026-04")] == ["2026-04"]
    assert [row["month"] for row in months(client, owner, "?to=2026-04")] == ["2026-04", "2026-03"]
    assert [row["month"] for row in months(client, owner, "?from=2026-05")] == ["2026-05"]


def test_what_is_sold_now_is_in_this_month(client: Client, make: Factory, owner: dict[str, Any], bank: Bank) -> None:
    course = make.course(owner, price=PRICE)
    for learner in (make.user(), make.user()):
        buy(client, bank, learner, course)

    (row,) = months(client, owner)

    assert (row["sales"], row["gross"], row["tax"], row["share"]) == (2, 2 * PRICE, 2 * TAX, 2 * SHARE)
    assert row["month"] == make.value("select to_char(now() at time zone 'Asia/Kolkata', 'YYYY-MM')")


def test_payouts_are_ones_own(client: Client, make: Factory, owner: dict[str, Any], sold: dict[str, Any]) -> None:
    other, admin = make.user("instructor"), make.user("admin")

    assert months(client, other, "?from=2026-03&to=2026-05") == []
    assert client.get(f"/payments/payouts?instructorId={owner['id']}", user=other).code == "INSTRUCTOR_NOT_FOUND"
    assert len(months(client, admin, f"?from=2026-03&to=2026-05&instructorId={owner['id']}")) == 3
    assert client.get(f"/payments/payouts?instructorId={uuid7()}", user=admin).code == "INSTRUCTOR_NOT_FOUND"
    assert client.get("/payments/payouts", user=make.user()).status == 403


def test_payouts_as_csv(client: Client, owner: dict[str, Any], sold: dict[str, Any]) -> None:
    reply = client.get("/payments/payouts?from=2026-03&to=2026-05", user=owner, headers={"Accept": "text/csv"})

    assert reply.status == 200
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert reply.headers["Content-Disposition"] == 'attachment; filename="payouts.csv"'
    rows = list(csv.reader(io.StringIO(reply.text)))
    assert rows[0] == ["Month", "Currency", "Sales", "Refunds", "Chargebacks", "Gross", "Tax", "Share"]
    assert rows[3] == ["2026-03", "INR", "1", "0", "0", str(PRICE), str(TAX), str(SHARE)]
    assert len(rows) == 4


def test_months_that_can_not_be_are_refused(client: Client, owner: dict[str, Any]) -> None:
    for months in ("from=2026-13", "from=2026-1", "from=March", "from=2026-05&to=2026-04", "from=2020-01&to=2026-01", "to=0001-01"):
        assert client.get(f"/payments/payouts?{months}", user=owner).code == "VALIDATION_FAILED", months
