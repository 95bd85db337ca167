"""Refunds: asked for by an admin, carried out at the vendor, followed until the learner's bank has the money.

What is asked for is taken from what is left of the payment in the request's transaction. It is carried out after that commit and outside of any
transaction: under the refund's id, which the vendor knows for the same however often it is asked. So a crash anywhere repeats nothing, and what
was not carried out yet is by the queue's next delivery, or by reconciliation.
"""

from collections.abc import Callable
from typing import Literal
from uuid import UUID

from academy.learning.repository.fragments import percent
from academy.payments import keys, reversal
from academy.payments.admin_schemas import NewRefund
from academy.payments.events import RefundRequested
from academy.payments.gateway import Gateway, GatewayRejected, VendorRefund
from academy.payments.policy import policy
from academy.payments.settlement.booking import step_parameters
from academy.payments.settlement.decision import Step
from academy.payments.settlement.repository import STEPS
from academy.payments.values import RefundOrigin, RefundStatus, Source
from academy.platform import outbox
from academy.platform.db import Database, UnitOfWork, sql
from academy.platform.errors import NotFound, RuleBroken
from academy.platform.http import Json, Request
from academy.platform.ids import uuid7

type Heard = Literal["unknown", "unchanged", "booked"]

# What everything that is decided about a payment's money locks first. A statement of its own, so that the next one sees what holds then.
_LOCK = sql("""
    with ordered as (
        select id from orders where id = (select order_id from payments where id = :payment_id::uuid) for no key update
    ), alone as (
        select id from payments where id = :payment_id::uuid and order_id is null for no key update
    )
    select exists (select from ordered) or exists (select from alone) as there
""")
_LEFT = sql(f"""
    select p.amount_captured - p.amount_refunded as remaining, p.currency, p.amount_refunded, p.applied,
        (p.captured_at < now() - make_interval(days => :days::int)) as late, {percent("e.completed_sections", "c.section_count")} as progress
    from payments p left join orders o on o.id = p.order_id left join enrollments e on e.id = o.enrollment_id left join courses c on c.id = e.course_id
    where p.id = :payment_id::uuid
""")
_REQUEST = sql(f"""
    with guard as (
        update payments p set amount_refunded = amount_refunded + :amount::bigint where id = :payment_id::uuid returning id, order_id, currency
    ), counted as (
        update orders o set version = version + 1 from guard g where o.id = g.order_id
    ), refund as (
        insert into refunds (id, payment_id, amount, origin, reason, overruled, requested_by)
        select :id::uuid, g.id, :amount::bigint, :origin, :reason, :overruled::bool, :caller::uuid from guard g returning *
    ), {STEPS}
    select json_build_object('id', r.id, 'paymentId', r.payment_id, 'amount', r.amount, 'currency', g.currency, 'status', r.status,
        'origin', r.origin, 'reason', r.reason, 'overruled', r.overruled, 'requestedAt', r.requested_at)::text as json
    from refund r cross join guard g
""")
_REST = sql("""
    select p.amount_captured - p.amount_refunded as rest, r.origin, r.reason from refunds r join payments p on p.id = r.payment_id
    where r.id = :id::uuid and r.status = 'failed' and p.amount_captured - p.amount_refunded between 1 and r.amount - 1
    and not exists (select from refunds x where x.payment_id = r.payment_id and x.origin = r.origin and x.id > r.id)
""")
_UNDER_WAY = sql("""
    select r.status, r.amount, p.razorpay_payment_id from refunds r join payments p on p.id = r.payment_id where r.id = :id::uuid
""")


def request_refund(request: Request, payment_id: UUID, body: NewRefund) -> Json:
    """Promise the learner their money back: all that is left, or a part. Raises NotFound, RuleBroken."""
    work = request.work
    if not work.value(_LOCK, payment_id=payment_id):
        raise NotFound("payment")
    left = work.first(_LEFT, payment_id=payment_id, days=policy().refund_days)
    if left is None:
        raise NotFound("payment")
    amount = left.remaining if body.amount is None else body.amount
    if not 0 < amount <= left.remaining:
        raise RuleBroken(
            "REFUND_EXCEEDS_PAYMENT", f"Of this payment {left.remaining} is left to be refunded.", details=[{"left": left.remaining}]
        )
    against = left.applied and (left.late or left.progress > policy().refund_progress_percent)
    if against and not body.overrule:
        raise RuleBroken(
            "REFUND_AGAINST_POLICY",
            f"Refunds are given within {policy().refund_days} days and up to {policy().refund_progress_percent} % of the course. "
            "With `overrule` it is refunded all the same.",
            details=[{"late": bool(left.late), "progress": left.progress}],
        )
    refund_id = uuid7()
    request.audit(
        "payment.refund",
        "payment",
        payment_id,
        before={"amountRefunded": left.amount_refunded},
        after={"amountRefunded": left.amount_refunded + amount, "refundId": str(refund_id), "reason": body.reason, "overruled": against},
    )
    work.emit(RefundRequested(refund_id=refund_id, payment_id=payment_id))
    step = Step(kind="refund_requested", source=Source.ADMIN, reference=str(refund_id), amount=amount, note=body.reason)
    row = work.first(
        _REQUEST,
        id=refund_id,
        payment_id=payment_id,
        amount=amount,
        origin=RefundOrigin.ADMIN,
        reason=body.reason,
        overruled=against,
        caller=request.caller.id,
        **step_parameters(payment_id, [step]),
    )
    if row is None:
        raise AssertionError("the payment is locked")
    work.after_commit.append(lambda: _at_once(refund_id))
    return Json(row.json)


def request_rest(work: UnitOfWork, refund_id: UUID, payment_id: UUID) -> bool:
    """An automatic refund that failed because somebody had given a part back at the vendor: what is left is asked for, once."""
    work.value(_LOCK, payment_id=payment_id)
    row = work.first(_REST, id=refund_id)
    if row is None:
        return False
    rest_id = uuid7()
    work.emit(RefundRequested(refund_id=rest_id, payment_id=payment_id))
    step = Step(kind="refund_requested", source=Source.RECONCILIATION, reference=str(rest_id), amount=row.rest, note=row.reason)
    work.first(
        _REQUEST,
        id=rest_id,
        payment_id=payment_id,
        amount=row.rest,
        origin=row.origin,
        reason=row.reason,
        overruled=False,
        caller=None,
        **step_parameters(payment_id, [step]),
    )
    return True


def _at_once(refund_id: UUID) -> None:
    """So that who looks next sees it done. Should it fail, the queue does it."""
    from academy.platform.db import database

    carry_out(database(), keys.gateway(), refund_id)


def carry_out(db: Database, gateway: Gateway, refund_id: UUID, *, first: Callable[[UnitOfWork], bool] = lambda _: True) -> bool:
    """Have the vendor do what was asked for, and book its answer. False: nothing was to be done.

    `first` is asked in the transaction of the booking whether it still has to be done. Raises GatewayUnavailable.
    """
    row = db.read(lambda work: work.first(_UNDER_WAY, id=refund_id))
    if row is None or row.status != RefundStatus.REQUESTED:
        db.transact(first)
        return False
    answer = _asked_for(gateway, refund_id, row.razorpay_payment_id, row.amount)

    def book(work: UnitOfWork) -> bool:
        if not first(work):
            return False
        if isinstance(answer, GatewayRejected):
            return _refused(work, row.razorpay_payment_id, refund_id, answer)
        return refund_moved(work, answer, Source.SYSTEM) == "booked"

    booked, work = db.transact(book)
    outbox.finish(db, work)
    return booked


def _asked_for(gateway: Gateway, refund_id: UUID, razorpay_payment_id: str, amount: int) -> VendorRefund | GatewayRejected:
    """A refusal is believed only where the vendor has no refund of ours: it may have carried it out when its answer was lost."""
    try:
        return gateway.refund(razorpay_payment_id, amount=amount, refund_id=refund_id)
    except GatewayRejected as refusal:
        made = (refund for refund in gateway.refunds_of(razorpay_payment_id) if refund.receipt == str(refund_id))
        return next(made, refusal)


def _refused(work: UnitOfWork, razorpay_payment_id: str, refund_id: UUID, refusal: GatewayRejected) -> bool:
    file = reversal.find(work, razorpay_payment_id)
    changes = reversal.decide_refusal(file, refund_id, refusal.description, Source.SYSTEM) if file else None
    if changes is None:
        return False
    reversal.write(work, changes)
    return True


def refund_moved(work: UnitOfWork, facts: VendorRefund, source: Source) -> Heard:
    """Make the vendor's word about a refund ours. The same word again changes nothing, and an older one undoes nothing.

    "unknown": its payment is. Raises DatabaseFailure 40001 if something was decided meanwhile, which `Database.transact` answers by another run.
    """
    file = reversal.find(work, facts.payment_id)
    if file is None:
        return "unknown"
    changes = reversal.decide_refund(file, facts, source)
    if changes is None:
        return "unchanged"
    reversal.write(work, changes)
    return "booked"
