"""Invoices and credit notes as files: drawn when somebody first asks, by the function that draws, and kept."""

import json
from uuid import UUID

from academy.payments.schemas import InvoiceQuery
from academy.platform import storage
from academy.platform.aws import client
from academy.platform.config import config
from academy.platform.db import sql
from academy.platform.errors import NotFound, Unavailable
from academy.platform.http import Request
from academy.platform.observability import logger

PDF = "application/pdf"
READ_ANY = "payment:read_any"

# By the payment's id, or by the document's own. Of several credit notes the last.
FIND = sql("""
    select i.id::text as id, i.serial from (
        select p.id as payment_id, null::uuid as invoice_id, p.user_id from payments p where p.id = :id::uuid
        union all
        select p.id, x.id, p.user_id from invoices x join payments p on p.id = x.payment_id where x.id = :id::uuid
    ) found left join lateral (
        select x.id, x.serial from invoices x
        where x.payment_id = found.payment_id and case when found.invoice_id is null then x.kind = :kind else x.id = found.invoice_id end
        order by x.issued_at desc, x.id desc limit 1
    ) i on true
    where found.user_id = :caller::uuid or :any::bool
""")


def key_of(invoice_id: UUID | str) -> str:
    return f"invoices/{invoice_id}.pdf"


def invoice_link(request: Request, id: UUID, query: InvoiceQuery) -> str:
    """A link to the PDF for a few minutes. Raises NotFound (also for another's), Unavailable while it can't be drawn."""
    caller = request.caller
    row = request.work.first(FIND, id=id, kind=query.kind, caller=caller.id, any=caller.can(READ_ANY))
    if row is None:
        raise NotFound("payment")
    if row.id is None:
        raise NotFound(
            "invoice",
            "There is no such document of this payment: an invoice is made when it is captured, a credit note when it is refunded.",
        )
    if not storage.exists(key_of(row.id)):
        _draw(row.id)
    return storage.read_link(key_of(row.id), filename=f"{row.serial.replace('/', '-')}.pdf", content_type=PDF)


def _draw(invoice_id: str) -> None:
    """Waits for the drawing. One that outlasts the wait is finished all the same, and there at the next try."""
    answer = client("lambda").invoke(
        FunctionName=config().document_tasks_function, Payload=json.dumps({"task": "draw_invoice", "invoiceId": invoice_id})
    )
    if answer.get("FunctionError"):
        logger().error("an invoice could not be drawn", extra={"invoice_id": invoice_id, "answer": answer["Payload"].read().decode()[:500]})
        raise Unavailable("The document can't be made at the moment. Please try again in a few seconds.")
