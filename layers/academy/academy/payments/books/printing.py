"""The task that draws an invoice. Only the function that draws imports it."""

import hashlib
from datetime import date
from typing import Any
from uuid import UUID

from academy.payments.books.drawing import draw_invoice
from academy.payments.books.wording import wording
from academy.payments.documents import PDF, key_of
from academy.platform import storage
from academy.platform.db import Database, sql
from academy.platform.observability import logger
from academy.platform.pdf.shaping import FontBook, Role, missing

PRINTED = sql("""
    select i.kind, i.serial, i.payment_id::text as payment_id, i.issued_on::text as issued_on, i.seller, i.buyer, i.place_of_supply, i.description,
        i.sac, i.currency, i.price, i.discount, i.taxable, i.tax_bp, i.cgst, i.sgst, i.igst, i.total,
        o.serial as original_serial, o.issued_on::text as original_day
    from invoices i left join invoices o on o.id = i.original_id where i.id = :id::uuid
""")


def print_invoice(db: Database, fonts: FontBook, *, invoice_id: UUID) -> dict[str, Any]:
    """Draw the PDF from its row and store it. The row never changes, so doing it again stores the same bytes."""
    row = db.read(lambda work: work.first(PRINTED, id=invoice_id))
    if row is None:
        raise LookupError(f"there is no invoice {invoice_id}")
    columns = row.as_dict() | {"issued_on": date.fromisoformat(row.issued_on)}
    words = wording(columns, (row.original_serial, date.fromisoformat(row.original_day)) if row.original_serial else None)
    unknown = missing(words.seller.name + words.buyer.name + words.buyer.address + words.description, Role.TEXT, fonts)
    if unknown:
        # Not the text itself: it may hold a name.
        logger().warning(
            "characters without a font", extra={"invoice_id": str(invoice_id), "code_points": [f"U+{ord(c):04X}" for c in unknown]}
        )
    pdf = draw_invoice(words, fonts)
    key = key_of(invoice_id)
    storage.put(key, pdf, content_type=PDF)
    return {"key": key, "sha256": hashlib.sha256(pdf).hexdigest()}
