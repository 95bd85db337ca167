"""What the vendor says of a payment, beside what we know of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from academy.payments.deliveries import settle_facts
from academy.payments.gateway import GatewayRejected, VendorPayment, VendorRefund
from academy.payments.reconciliation.report import Run
from academy.payments.refunds import Heard, refund_moved
from academy.payments.settlement.decision import NOT_TAKEN_YET
from academy.payments.values import PaymentStatus, Source
from academy.platform import outbox
from academy.platform.db import sql

_KNOWN = sql("""
    select p.razorpay_payment_id as id, p.status, p.amount_captured, p.fee, r.back, r.charged_back
    from payments p cross join lateral (
        select coalesce(sum(x.amount) filter (where x.status in ('pending', 'processed') and x.origin <> 'dispute'), 0)::bigint as back,
            coalesce(sum(x.amount) filter (where x.status = 'processed' and x.origin = 'dispute'), 0)::bigint as charged_back
        from refunds x where x.payment_id = p.id
    ) r where p.razorpay_payment_id = any(:ids::text[])
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """`id` is the vendor's. `back`: refunds that the vendor has taken on."""

    id: str
    status: str
    amount_captured: int
    fee: int
    back: int
    charged_back: int


def known(run: Run, ids: Iterable[str]) -> dict[str, Known]:
    """By the vendor's ids."""
    wanted = list(ids)
    rows = run.db.read(lambda work: work.rows(_KNOWN, ids=wanted)) if wanted else []
    return {row.id: Known(**row.as_dict()) for row in rows}


def difference(ours: Known | None, facts: VendorPayment) -> str | None:
    """A sentence about what we don't know yet; None where our books say what the vendor says."""
    if facts.captured:
        return _difference_in_money(ours, facts)
    if facts.status == "authorized" and facts.order_id is not None and not _taken(ours):
        # What was captured since is looked at with the vendor's next word of it.
        return f"Payment {facts.id} is authorised and not captured."
    if facts.status == "failed" and ours is not None and ours.status == PaymentStatus.CREATED:
        return f"Payment {facts.id} has failed."
    if facts.status == "refunded" and ours is not None and ours.status in NOT_TAKEN_YET:
        return f"Payment {facts.id} was authorised, and let go by the vendor."
    return None


def _difference_in_money(ours: Known | None, facts: VendorPayment) -> str | None:
    if ours is None or ours.amount_captured != facts.amount:
        return f"Payment {facts.id}: the vendor took {facts.amount} {facts.currency}, our books have {_taken(ours)}."
    if facts.fee and ours.fee != facts.fee:
        return f"Payment {facts.id}: the vendor's fee is {facts.fee}, our books have {ours.fee}."
    if facts.amount_refunded != ours.back:
        return f"Payment {facts.id}: the vendor gave {facts.amount_refunded} back, our books have {ours.back}."
    return None


def compare(run: Run, payments: Sequence[VendorPayment]) -> None:
    """Put right what differs, and look again."""
    ours = known(run, [facts.id for facts in payments])
    strange = []
    for facts in payments:
        if facts.id in ours and difference(ours[facts.id], facts) is None:
            run.report.checked += 1
            continue
        run.attempt(f"Payment {facts.id}", lambda facts=facts: repair(run, facts))  # type: ignore[misc]
        strange.append(facts)
    now = known(run, [facts.id for facts in strange])
    for facts in strange:
        after = difference(now.get(facts.id), facts)
        if after is not None:
            run.report.differs(after)


def repair(run: Run, facts: VendorPayment) -> None:
    """Make this payment ours with all that became of it. Raises GatewayUnavailable."""
    settled = settle_facts(run.db, run.gateway, facts, Source.RECONCILIATION)
    changed = settled is not None and settled.changed
    if settled is not None and settled.changed and settled.status is PaymentStatus.NEEDS_REVIEW:
        run.report.differs(
            f"Payment {facts.id} of {facts.amount} {facts.currency} fits no order and is held: see payment {settled.payment_id}."
        )
    # Perhaps given back by our books alone: the vendor took it on, and the learner's bank did not.
    if facts.captured and (facts.amount_refunded or known(run, [facts.id])[facts.id].back):
        changed = refunds_of(run, facts.id) or changed
    run.report.repaired += changed


def refunds_of(run: Run, razorpay_payment_id: str) -> bool:
    """Whether the vendor's list of a payment's refunds had something new."""
    return "booked" in [_heard(run, facts) for facts in run.gateway.refunds_of(razorpay_payment_id)]


def _heard(run: Run, facts: VendorRefund) -> Heard:
    heard, work = run.db.transact(lambda work: refund_moved(work, facts, Source.RECONCILIATION))
    outbox.finish(run.db, work)
    return heard


def ask(run: Run, razorpay_payment_id: str) -> VendorPayment | None:
    try:
        return run.gateway.payment(razorpay_payment_id)
    except GatewayRejected:
        return None


def _taken(ours: Known | None) -> int:
    return ours.amount_captured if ours else 0
