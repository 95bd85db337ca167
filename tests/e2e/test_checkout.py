"""A learner buys a course in a real browser: order, the checkout's page, my courses, the invoice. The frontend is a page of an allowed origin."""

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pypdf
import pytest

from infra.local.settings import PASSWORD
from tests.e2e.chromium import Page, opened
from tests.e2e.conftest import LiveAcademy
from tests.e2e.test_main_job import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

FRONTEND = "http://localhost:5173/"
HANDED = ("razorpay_order_id", "razorpay_payment_id", "razorpay_signature")

CALL = """
    const reply = await fetch(api + path, {
        method, credentials: "include", body: body && JSON.stringify(body),
        headers: {"Content-Type": "application/json", ...(token && {Authorization: "Bearer " + token})},
    });
    return {status: reply.status, ...(await reply.json())};
"""
DOWNLOAD = """
    const reply = await fetch(link);
    const bytes = new Uint8Array(await reply.arrayBuffer());
    return [reply.headers.get("Content-Type"), btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(""))];
"""


class Frontend:
    """Asks by fetch, from its own origin: the browser lets it as far as the academy's CORS allows."""

    def __init__(self, page: Page, academy: LiveAcademy) -> None:
        self.page, self.api = page, f"{academy.url}/api/v1"
        self.token: str | None = None
        page.stand_in(FRONTEND, "<!doctype html><title>A frontend</title><h1>My courses</h1>")
        page.open(FRONTEND)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.page.run(CALL, api=self.api, method=method, path=path, body=body, token=self.token)
        assert answer["status"] < 300, answer
        return answer["data"]

    def sign_in(self, email: str) -> None:
        self.token = self.call("POST", "/auth/signin", {"email": email, "password": PASSWORD})["accessToken"]

    def courses(self) -> set[str]:
        return {one["courseId"] for one in self.call("GET", "/enrollments?limit=100") if one["status"] == "active"}

    def invoice(self, payment_id: str) -> pypdf.PdfReader:
        """No script learns where a redirect leads, and after one from origin to origin the browser names none: the link is asked for without it."""
        asked = httpx.Client(base_url=self.api, headers={"Authorization": f"Bearer {self.token}"}, timeout=60)

        def link() -> str | None:
            reply = asked.get(f"/payments/{payment_id}/invoice")
            assert reply.status_code in {302, 503}, reply.text  # drawn at the first request, for as long as that may wait
            location: str | None = reply.headers.get("Location")
            return location

        with asked:
            kind, content = self.page.run(DOWNLOAD, link=eventually(link, "the invoice"))
        assert kind == "application/pdf"
        return pypdf.PdfReader(io.BytesIO(base64.b64decode(content)))


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with opened(tmp_path) as page:
        yield page


def test_a_course_is_bought_in_the_browser(academy: LiveAcademy, page: Page) -> None:
    """Given a signed-in learner, when they order a course and press Pay, then it is among their courses, and its invoice says what was paid."""
    frontend = Frontend(page, academy)
    frontend.sign_in("student12@academy.test")
    mine = frontend.courses()
    course = next(one for one in frontend.call("GET", "/courses?limit=100") if one["price"] and one["id"] not in mine)
    order = frontend.call("POST", "/payments/order", {"courseId": course["id"]})

    page.open(f"{academy.variables['RAZORPAY_URL']}/pay/{order['razorpayOrderId']}")
    amount = page.text("h1")
    assert amount == f"₹{order['amount'] / 100:,.2f}"
    assert page.text("button") == f"Pay {amount}"
    page.click("button", loads=True)
    assert page.text("[role=status]") == f"{amount} paid."
    handed = {name: page.text(f"#{name}") for name in HANDED}

    page.open(FRONTEND)
    verified = frontend.call("POST", "/payments/verify", handed)

    assert verified["enrolled"] is True
    assert frontend.courses() == mine | {course["id"]}
    (payment,) = [one for one in frontend.call("GET", "/payments/history") if one["courseId"] == course["id"]]
    assert (payment["status"], payment["amount"]) == ("captured", course["price"])
    (sheet,) = frontend.invoice(payment["id"]).pages
    text = sheet.extract_text()
    assert re.search(r"\bDCA/\d\d-\d\d/\d{6}\b", text)
    assert amount.removeprefix("₹") in text
    assert course["title"] in " ".join(text.split())
