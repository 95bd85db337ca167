"""Invoices and credit notes as files: drawn once, for who may have them."""

import io
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import boto3
import pypdf
import pytest
from moto import mock_aws

from academy.payments import documents
from academy.payments.books import printing
from academy.platform import aws
from academy.platform.db import Database
from functions.document_tasks.app import handler
from tests.api import Client, Reply
from tests.cloud import REGION
from tests.conftest import TEST_ENVIRONMENT
from tests.factories import Factory
from tests.integration.payments.shop import Shop
from tests.painter import Painter

BUCKET = TEST_ENVIRONMENT["BUCKET"]


@pytest.fixture(autouse=True)
def painter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Painter]:
    """A bucket, and who draws into it."""
    painter = Painter()
    monkeypatch.setattr(documents, "client", lambda _service: painter)
    with mock_aws():
        aws.client.cache_clear()
        boto3.client("s3", REGION).create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        yield painter
    aws.client.cache_clear()


def stored() -> list[str]:
    return [item["Key"] for item in boto3.client("s3", REGION).list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def file(key: str) -> bytes:
    return bytes(boto3.client("s3", REGION).get_object(Bucket=BUCKET, Key=key)["Body"].read())


def text(reply: Reply) -> str:
    """What the document behind the link says."""
    assert reply.status == 302
    key = urlsplit(reply.headers["Location"]).path.removeprefix(f"/{BUCKET}").lstrip("/")
    return pypdf.PdfReader(io.BytesIO(file(key))).pages[0].extract_text()


@pytest.fixture
def bought(make: Factory) -> dict[str, Any]:
    """An order that was paid, with its invoice."""
    learner = make.user(full_name="Asha Rao")
    return make.purchase(learner, make.course(make.user("instructor"), price=49900)) | {"learner": learner}


def test_an_invoice_is_drawn_once_and_found_then(client: Client, make: Factory, painter: Painter, bought: dict[str, Any]) -> None:
    address = f"/payments/{bought['id']}/invoice"
    invoice = str(make.value("select id from invoices"))

    first, second = (client.get(address, user=bought["learner"]) for _ in range(2))

    assert (first.status, second.status) == (302, 302)
    assert painter.asked == [{"function": "academy-test-document-tasks", "task": "draw_invoice", "invoiceId": invoice}]
    assert stored() == [f"invoices/{invoice}.pdf"]
    assert first.headers["Cache-Control"] == "private, no-store"
    link = parse_qs(urlsplit(first.headers["Location"]).query)
    serial = make.value("select serial from invoices").replace("/", "-")
    assert link["response-content-disposition"] == [f'attachment; filename="{serial}.pdf"']
    assert link["response-content-type"] == ["application/pdf"]
    assert "Asha Rao" in text(second)
    assert "TAX INVOICE" in text(second)


def test_drawing_it_again_stores_the_same_bytes(client: Client, make: Factory, bought: dict[str, Any]) -> None:
    invoice = str(make.value("select id from invoices"))
    first = handler({"task": "draw_invoice", "invoiceId": invoice}, None)
    before = file(first["key"])
    assert handler({"task": "draw_invoice", "invoiceId": invoice}, None) == first
    assert file(first["key"]) == before


def test_an_invoice_that_is_not_there_can_not_be_drawn(db: Database) -> None:
    with pytest.raises(LookupError):
        handler({"task": "draw_invoice", "invoiceId": str(uuid4())}, None)


def test_it_is_found_by_its_own_id_too(client: Client, make: Factory, bought: dict[str, Any]) -> None:
    reply = client.get(f"/payments/{make.value('select id from invoices')}/invoice", user=bought["learner"])
    assert make.value("select serial from invoices") in text(reply)


@pytest.mark.parametrize("by", ["payment", "invoice"])
def test_anothers_is_not_found_and_an_admins_is_everybodys(client: Client, make: Factory, bought: dict[str, Any], by: str) -> None:
    address = f"/payments/{bought['id'] if by == 'payment' else make.value('select id from invoices')}/invoice"
    reply = client.get(address, user=make.user())
    assert (reply.status, reply.code) == (404, "PAYMENT_NOT_FOUND")
    assert client.get(address, user=make.user("instructor")).code == "PAYMENT_NOT_FOUND"
    assert client.get(address).status == 401
    assert client.get(address, user=make.user("admin")).status == 302
    assert client.get(f"/payments/{uuid4()}/invoice", user=bought["learner"]).code == "PAYMENT_NOT_FOUND"


def test_before_the_payment_is_captured_there_is_none(client: Client, shop: Shop, painter: Painter) -> None:
    learner = shop.make.user()
    order = shop.order(learner=learner)
    reply = client.get(f"/payments/{order['id']}/invoice", user=learner)
    assert (reply.status, reply.code) == (404, "INVOICE_NOT_FOUND")
    assert painter.asked == []


def test_a_refund_has_its_credit_note(client: Client, shop: Shop) -> None:
    learner = shop.make.user()
    order, _ = shop.sold(learner=learner)
    address = f"/payments/{order['id']}/invoice"
    assert client.get(address, user=learner, query={"kind": "credit_note"}).code == "INVOICE_NOT_FOUND"
    for amount in (10_000, 5_000):
        asked = client.post(f"/payments/{order['id']}/refund", {"amount": amount, "reason": "Asked for it."}, user=shop.admin)
        assert asked.status == 202
        shop.work()
        shop.deliver()
        shop.work()
    notes = shop.make.rows("select id, serial, total from invoices where kind = 'credit_note' order by number")
    assert [note["total"] for note in notes] == [10_000, 5_000]

    invoice, last = (client.get(address, user=learner, query={"kind": kind}) for kind in ("invoice", "credit_note"))
    refunds = client.get(f"/payments/{order['id']}", user=learner).data["refunds"]
    assert [urlsplit(refund["creditNoteUrl"]).path for refund in refunds] == [f"/api/v1/payments/{note['id']}/invoice" for note in notes]
    first = client.get(urlsplit(refunds[0]["creditNoteUrl"]).path.removeprefix("/api/v1"), user=learner)

    serial = shop.make.value("select serial from invoices where kind = 'invoice'")
    assert "TAX INVOICE" in text(invoice)
    assert "CREDIT NOTE" in text(last)
    assert "INR 50.00" in text(last)
    assert "INR 100.00" in text(first)
    assert serial in text(first), "the note names the invoice"


def test_what_can_not_be_drawn_is_asked_for_again(client: Client, bought: dict[str, Any], painter: Painter) -> None:
    painter.fails = True
    reply = client.get(f"/payments/{bought['id']}/invoice", user=bought["learner"])
    assert (reply.status, reply.code) == (503, "TEMPORARILY_UNAVAILABLE")
    painter.fails = False
    assert client.get(f"/payments/{bought['id']}/invoice", user=bought["learner"]).status == 302


def test_another_kind_of_document_there_is_not(client: Client, bought: dict[str, Any]) -> None:
    assert client.get(f"/payments/{bought['id']}/invoice", user=bought["learner"], query={"kind": "receipt"}).status == 400


def test_names_without_a_font_are_drawn_all_the_same_and_noted_without_being_told(
    db: Database, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.purchase(make.user(full_name="你好"), make.course(make.user("instructor"), price=49900))
    noted: list[dict[str, Any]] = []
    monkeypatch.setattr(printing, "logger", lambda: SimpleNamespace(warning=lambda _message, extra: noted.append(extra)))
    invoice = str(make.value("select id from invoices"))

    key = handler({"task": "draw_invoice", "invoiceId": invoice}, None)["key"]

    assert file(key).startswith(b"%PDF")
    assert noted == [{"invoice_id": invoice, "code_points": ["U+4F60", "U+597D"]}]
