"""Drawing: the steps of certificate issuance, which the state machine names, and invoices when somebody asks for one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from academy.certificates import tasks
from academy.payments.books import printing
from academy.platform.db import database
from academy.platform.observability import logger
from academy.platform.pdf.shaping import FontBook

FONTS = FontBook(Path(__file__).parent / "fonts")

TASKS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "reserve_certificate": lambda order: tasks.reserve(database(), user_id=UUID(order["userId"]), course_id=UUID(order["courseId"])),
    "draw_certificate": lambda order: tasks.draw(database(), FONTS, certificate_id=UUID(order["certificateId"])),
    "issue_certificate": lambda order: tasks.issue(
        database(), certificate_id=UUID(order["certificateId"]), key=order["key"], sha256=order["sha256"]
    ),
    "record_certificate_failure": lambda order: tasks.record_failure(
        database(), user_id=UUID(order["userId"]), course_id=UUID(order["courseId"]), error=order["error"]
    ),
    "draw_invoice": lambda order: printing.print_invoice(database(), FONTS, invoice_id=UUID(order["invoiceId"])),
}


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`{"task": "draw_certificate", "certificateId": …}`, `{"task": "draw_invoice", "invoiceId": …}`. Raises the errors of
    `academy.certificates.tasks`, KeyError for an unknown task."""
    task = event["task"]
    result = TASKS[task](event)
    logger().info("task", extra={"task": task, **result})
    return result
