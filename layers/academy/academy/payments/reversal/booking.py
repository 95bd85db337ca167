"""Reading and writing a payment's file, inside the caller's transaction, which may be run again as a whole."""

import json
from dataclasses import asdict
from uuid import UUID

from academy.learning.events import EnrollmentEnded
from academy.payments.reversal import repository
from academy.payments.reversal.decision import Changes
from academy.payments.reversal.state import PaymentFile
from academy.payments.settlement.booking import clash, ledger_parameters, step_parameters
from academy.platform.db import DatabaseFailure, UnitOfWork


def find(work: UnitOfWork, razorpay_payment_id: str) -> PaymentFile | None:
    text = work.value(repository.FILE, razorpay_payment_id=razorpay_payment_id)
    return PaymentFile.read(text) if text else None


def write(work: UnitOfWork, changes: Changes) -> None:
    """All of it in one statement. Raises DatabaseFailure 40001 if something was decided about the payment meanwhile."""
    file = changes.file
    try:
        row = work.first(
            repository.WRITE,
            order_id=file.order_id,
            version=file.version,
            row_version=file.row_version,
            payment_id=file.id,
            status=file.status,
            amount_refunded=file.amount_refunded,
            refunds=json.dumps([asdict(refund) for refund in changes.refunds], default=str),
            disputes=json.dumps([asdict(changes.dispute)] if changes.dispute else [], default=str),
            leaving=_if(changes.leaving, file.enrollment_id),
            returning=_if(changes.returning, file.enrollment_id),
            invoices=json.dumps([changes.credit_note] if changes.credit_note else [], default=str),
            **ledger_parameters(changes.entries),
            **step_parameters(file.id, changes.steps),
        )
    except DatabaseFailure as failure:
        # The same refund or dispute of the vendor's, inserted at the same moment; or the learner entered the course again.
        if failure.sqlstate == "23505":
            raise clash() from failure
        raise
    if row is None or not row.moved:
        raise clash()
    for event in changes.events:
        work.emit(event)
    if row.gone and file.user_id and file.course_id and file.enrollment_id:
        work.emit(EnrollmentEnded(enrollment_id=file.enrollment_id, user_id=file.user_id, course_id=file.course_id))


def _if(wanted: bool, identifier: UUID | None) -> UUID | None:
    return identifier if wanted else None
