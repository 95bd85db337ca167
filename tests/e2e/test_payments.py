"""Paying on the running academy: the checkout's page, the vendor's messages, the queue behind them, the comparison with the vendor."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from academy.platform.db import Database, sql
from infra.local import functions
from tests.e2e.conftest import ROOT, LiveAcademy
from tests.e2e.test_main_job import Headers, eventually, sign_in

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

DELIVERED = sql("select count(*) from webhook_events where handled_at is not null and body like '%' || :about || '%'")


@dataclass(frozen=True)
class Shop:
    web: httpx.Client
    checkout: httpx.Client
    db: Database
    academy: LiveAcademy

    def order(self, learner: Headers) -> dict[str, Any]:
        """Of the first priced course that the learner can buy."""
        listed = self.web.get("/api/v1/courses", params={"limit": 100}).json()["data"]
        for course in listed:
            if not course["price"]:
                continue
            reply = self.web.post("/api/v1/payments/order", headers=learner, json={"courseId": course["id"]})
            if reply.status_code == 201:
                return {**reply.json()["data"], "courseId": course["id"]}
        raise AssertionError("the seed has no course to buy")

    def pay(self, order: dict[str, Any], outcome: str = "success", webhooks: str = "normal") -> dict[str, Any]:
        """By the form on the checkout's page, as a program fills it in."""
        form = {"outcome": outcome, "webhooks": webhooks}
        reply = self.checkout.post(f"/pay/{order['razorpayOrderId']}", data=form, headers={"Accept": "application/json"})
        assert reply.status_code == 200, reply.text
        handed: dict[str, Any] = reply.json()
        return handed

    def enrolled(self, learner: Headers, order: dict[str, Any]) -> bool:
        mine = self.web.get("/api/v1/enrollments", headers=learner, params={"limit": 100}).json()["data"]
        return any(one["courseId"] == order["courseId"] and one["status"] == "active" for one in mine)

    def payment(self, learner: Headers, order: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.web.get(f"/api/v1/payments/{order['orderId']}", headers=learner).json()["data"]
        return found

    def reported(self, admin: Headers, reconciliation_id: str) -> bool:
        """Whether it is over."""
        listed = self.web.get("/api/v1/payments/reconciliations", headers=admin).json()["data"]
        return any(one["id"] == reconciliation_id and one["finishedAt"] for one in listed)

    def invoice(self, learner: Headers, order: dict[str, Any]) -> str | None:
        """The link; None while it is drawn, which a slow machine takes longer for than a request waits."""
        reply = self.web.get(f"/api/v1/payments/{order['orderId']}/invoice", headers=learner)
        assert reply.status_code in {302, 503}, reply.text
        link: str | None = reply.headers.get("location")
        return link

    def delivered(self, order: dict[str, Any]) -> int:
        count: int = self.db.read(lambda work: work.value(DELIVERED, about=order["razorpayOrderId"]))
        return count


@pytest.fixture(scope="module")
def shop(academy: LiveAcademy) -> Iterator[Shop]:
    db = Database(academy.variables["DATABASE_URL"])
    with (
        httpx.Client(base_url=academy.url, timeout=60) as web,
        httpx.Client(base_url=academy.variables["RAZORPAY_URL"], timeout=60) as checkout,
    ):
        yield Shop(web, checkout, db, academy)
    db.discard()


def test_whoever_pays_is_in_and_has_an_invoice(shop: Shop) -> None:
    """Given an order, when it is paid on the checkout's page and verified, then the learner is in, once, however often the vendor tells it."""
    learner = sign_in(shop.web, "student5@academy.test")
    order = shop.order(learner)
    page = shop.checkout.get(f"/pay/{order['razorpayOrderId']}")
    assert order["razorpayOrderId"] in page.text

    verified = shop.web.post("/api/v1/payments/verify", headers=learner, json=shop.pay(order, webhooks="duplicate"))

    assert verified.status_code == 200, verified.text
    assert verified.json()["data"]["enrolled"] is True
    assert shop.enrolled(learner, order)
    eventually(lambda: shop.delivered(order) == 3, "three messages, each of which came twice")
    payment = shop.payment(learner, order)
    assert (payment["status"], payment["amount"]) == ("captured", order["amount"])
    assert [step["kind"] for step in payment["timeline"]].count("captured") == 1
    link = eventually(lambda: shop.invoice(learner, order), "the invoice")
    assert httpx.get(link, timeout=60).content.startswith(b"%PDF-")


def test_the_vendors_messages_alone_let_a_learner_in(shop: Shop) -> None:
    """Given a learner who closes the page after paying, when the messages come in the wrong order, then they are in all the same."""
    learner = sign_in(shop.web, "student6@academy.test")
    order = shop.order(learner)

    shop.pay(order, webhooks="shuffled")

    eventually(lambda: shop.enrolled(learner, order), "the vendor's messages")
    eventually(lambda: shop.delivered(order) == 3, "all three")
    assert shop.payment(learner, order)["status"] == "captured"


def test_a_late_authorisation_lets_in_whoever_was_told_that_it_failed(shop: Shop) -> None:
    learner = sign_in(shop.web, "student7@academy.test")
    order = shop.order(learner)
    assert "error" in shop.pay(order, "late")
    eventually(lambda: shop.delivered(order) == 1, "the failure")
    assert not shop.enrolled(learner, order)

    shop.checkout.post("/_dashboard/authorize-late").raise_for_status()

    eventually(lambda: shop.enrolled(learner, order), "the late authorisation")


def test_the_comparison_finds_who_paid_without_a_word(shop: Shop) -> None:
    """Given a payment of which no message is ever sent, when the schedule compares, then the learner is in."""
    learner, admin = sign_in(shop.web, "student8@academy.test"), sign_in(shop.web, "admin@academy.test")
    order = shop.order(learner)
    shop.pay(order, webhooks="none")
    assert not shop.enrolled(learner, order)

    figures = functions.invoke(shop.academy.settings, shop.academy.stack.resources["PaymentTasksFunction"], {"task": "reconcile"})

    # Another run may have had its turn just now: the schedule's own.
    assert figures.get("skipped") or figures["repaired"] >= 1, figures
    eventually(lambda: shop.enrolled(learner, order), "the comparison")
    asked = shop.web.post("/api/v1/payments/reconcile", headers=admin)
    assert asked.status_code == 202, asked.text
    eventually(lambda: shop.reported(admin, asked.json()["data"]["id"]), "the one that an admin asked for")


def test_whoever_is_given_all_of_it_back_is_out(shop: Shop) -> None:
    """Given a course that was paid for, when an admin refunds it, then it ends with the vendor's word that the money has arrived."""
    learner, admin = sign_in(shop.web, "student10@academy.test"), sign_in(shop.web, "admin@academy.test")
    order = shop.order(learner)
    shop.pay(order)
    eventually(lambda: shop.enrolled(learner, order), "the vendor's messages")

    refund = shop.web.post(f"/api/v1/payments/{order['orderId']}/refund", headers=admin, json={"reason": "Bought by mistake."})

    assert refund.status_code == 202, refund.text
    eventually(lambda: shop.payment(learner, order)["status"] == "refunded", "the money to arrive")
    assert not shop.enrolled(learner, order)


def test_a_signature_that_does_not_fit_changes_nothing(shop: Shop) -> None:
    learner = sign_in(shop.web, "student9@academy.test")
    order = shop.order(learner)
    handed = shop.pay(order, webhooks="none")

    forged = shop.web.post("/api/v1/payments/verify", headers=learner, json={**handed, "razorpay_signature": "0" * 64})
    message = shop.web.post(
        "/api/v1/payments/webhook", content=b'{"event": "payment.captured"}', headers={"x-razorpay-signature": "0" * 64}
    )

    assert (forged.status_code, forged.json()["code"]) == (400, "BAD_SIGNATURE")
    assert (message.status_code, message.json()["code"]) == (400, "BAD_SIGNATURE")
    assert not shop.enrolled(learner, order)


def test_the_readmes_lines_pay_for_a_course(shop: Shop, tmp_path: Path) -> None:
    """Given the tour's helpers, when the five lines are pasted, then the last one says that the money was taken."""
    readme = (ROOT / "README.md").read_text()
    helpers, lines = (
        re.findall(r"^```bash\n(.*?)^```$", readme.split(f"\n## {title}\n")[1].split("\n## ")[0], re.MULTILINE | re.DOTALL)[0]
        for title in ("A five-minute tour", "Paying in test mode")
    )
    variables = {**os.environ, "ACADEMY_URL": shop.academy.url, "RAZORPAY_URL": shop.academy.variables["RAZORPAY_URL"]}

    pasted = subprocess.run(
        ["bash", "--norc", "-u"],
        input=f"{helpers}\n{lines}",
        cwd=tmp_path,
        env=variables,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert (pasted.returncode, pasted.stderr) == (0, ""), pasted.stdout
    assert pasted.stdout == "captured\n"
