"""What is compared, in pieces: messages that nobody acted on, refunds under way, orders that are due, the vendor's list, its settlements."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import batched
from typing import Any
from uuid import UUID

from academy.payments import deliveries, refunds
from academy.payments.coupon_repository import RELEASED
from academy.payments.gateway import GatewayRejected, VendorPayment, VendorSettlementLine
from academy.payments.reconciliation.comparing import ask, compare, difference, known, refunds_of, repair
from academy.payments.reconciliation.report import Run
from academy.platform import outbox
from academy.platform.db import Row, Statement, sql
from academy.platform.ids import earlier, uuid7

PIECE = 100
NOT_FINAL_DAYS = 3
MOST_NOT_FINAL = 300
"""Asked for one by one, the newest first: the older ones are found in the vendor's settlements."""
LATE_REFUND_DAYS = 10
SETTLED_AT_ONCE = 500

_MESSAGES = sql("""
    select id::text, received_at::text as at from webhook_events
    where handled_at is null and received_at < now() - interval '5 minutes' and (received_at, id) > (:after_at::timestamptz, :after_id::uuid)
    order by received_at, id limit :limit::int
""")
_REFUNDS = sql("""
    select r.id::text, r.requested_at::text as at, r.status, p.razorpay_payment_id,
        r.requested_at < now() - make_interval(days => :days::int) as late
    from refunds r join payments p on p.id = r.payment_id
    where r.status in ('requested', 'pending') and r.requested_at < now() - interval '2 minutes'
    and (r.requested_at, r.id) > (:after_at::timestamptz, :after_id::uuid)
    order by r.requested_at, r.id limit :limit::int
""")
_REFUND_STATUS = sql("select status from refunds where id = :id::uuid")
_NOT_GIVEN_BACK = sql("""
    select r.id::text, r.payment_id::text as payment_id, p.razorpay_payment_id, r.amount, r.last_error from refunds r join payments p on p.id = r.payment_id
    where r.status = 'failed' and r.origin not in ('admin', 'vendor', 'dispute') and p.amount_refunded < p.amount_captured
    and not exists (select from refunds x where x.payment_id = r.payment_id and x.origin = r.origin and x.id > r.id)
    order by r.id limit :limit::int
""")
_DUE = sql("""
    select id::text, expires_at::text as at, razorpay_order_id from orders
    where status = 'open' and expires_at < now() and (expires_at, id) > (:after_at::timestamptz, :after_id::uuid)
    order by expires_at, id limit :limit::int
""")
_EXPIRE = sql(f"""
    with closed as (
        update orders set status = 'expired', version = version + 1 where id = :id::uuid and status = 'open' and expires_at < now() returning id
    ), {RELEASED}, freed as (
        update coupons k set uses = k.uses - 1 from released r where k.id = r.coupon_id
    )
    select count(*) from closed
""")
_NOT_FINAL = sql("""
    select p.razorpay_payment_id as id from payments p
    where p.id > :since::uuid and p.razorpay_payment_id is not null and p.status in ('created', 'authorized', 'failed')
    order by p.id desc limit :limit::int
""")
_GIVEN = sql("select razorpay_refund_id as id, amount from refunds where razorpay_refund_id = any(:ids::text[]) and status = 'processed'")


def messages(run: Run) -> None:
    """Stored and not acted on: their events are lost, or failed until the queue gave up."""
    for row in _walk(run, _MESSAGES):

        def act(row: Row = row) -> None:
            deliveries.act(run.db, run.gateway, UUID(row.id))
            run.report.repaired += 1

        run.attempt(f"Message {row.id}", act)


def refunds_under_way(run: Run) -> None:
    for row in _walk(run, _REFUNDS, days=LATE_REFUND_DAYS):

        def follow(row: Row = row) -> None:
            if row.status == "requested":
                run.report.repaired += refunds.carry_out(run.db, run.gateway, UUID(row.id))
            else:
                run.report.repaired += refunds_of(run, row.razorpay_payment_id)
            status = run.db.read(lambda work: work.value(_REFUND_STATUS, id=row.id))
            if row.late and status in {"requested", "pending"}:
                run.report.differs(
                    f"Refund {row.id} of payment {row.razorpay_payment_id} is {status} for more than {LATE_REFUND_DAYS} days."
                )

        run.attempt(f"Refund {row.id}", follow)
    for row in run.db.read(lambda work: work.rows(_NOT_GIVEN_BACK, limit=PIECE)):
        requested, work = run.db.transact(lambda work, row=row: refunds.request_rest(work, UUID(row.id), UUID(row.payment_id)))  # type: ignore[misc]
        outbox.finish(run.db, work)
        if requested:
            run.report.repaired += 1
            continue
        run.report.differs(f"Refund {row.id}: {row.amount} of payment {row.razorpay_payment_id} could not be given back. {row.last_error}")


def due_orders(run: Run) -> None:
    """Their time is over: what was paid for them counts, then they are closed and their coupon is free."""
    for row in _walk(run, _DUE):

        def close(row: Row = row) -> None:
            for facts in _payments_of(run, row.razorpay_order_id) if row.razorpay_order_id else ():
                repair(run, facts)
            run.db.transact(lambda work: work.execute(_EXPIRE, id=row.id))

        run.attempt(f"Order {row.id}", close)


def listed(run: Run, since: datetime, until: datetime) -> None:
    """All payments that were begun at the vendor in that time. It lists the newest first; as `until` stays, so do the pages."""
    skip = 0
    while True:
        run.in_time()
        page = run.gateway.payments_between(since, until, skip=skip, count=PIECE)
        compare(run, page)
        if len(page) < PIECE:
            return
        skip += PIECE


def not_final(run: Run) -> None:
    """Attempts of these days that had not come to an end: one that failed may be authorised days later."""
    since = earlier(uuid7(), timedelta(days=NOT_FINAL_DAYS))
    rows = run.db.read(lambda work: work.rows(_NOT_FINAL, since=since, limit=MOST_NOT_FINAL))
    for row in rows:
        run.in_time()
        facts = ask(run, row.id)
        if facts is None:
            run.report.differs(f"Payment {row.id} is not known to the vendor.")
        else:
            compare(run, [facts])


def settled(run: Run, day: date) -> None:
    """What reached the bank that day, line by line."""
    for lines in batched(run.gateway.settlement(day), SETTLED_AT_ONCE, strict=False):
        run.in_time()
        _payments_settled(run, [line for line in lines if line.kind == "payment"])
        _refunds_settled(run, [line for line in lines if line.kind == "refund"])
        _adjusted(run, [line for line in lines if line.kind not in {"payment", "refund"}])


def _payments_settled(run: Run, lines: Sequence[VendorSettlementLine]) -> None:
    ours = known(run, [line.entity_id for line in lines])
    for line in lines:
        mine = ours.get(line.entity_id)
        if mine is None or not mine.amount_captured or not mine.fee:
            facts = ask(run, line.entity_id)
            if facts is None:
                run.report.differs(f"Payment {line.entity_id} was settled, and the vendor does not know it.")
                continue
            run.attempt(f"Payment {line.entity_id}", lambda facts=facts: repair(run, facts))  # type: ignore[misc]
            mine = known(run, [line.entity_id]).get(line.entity_id)
            if mine is None or difference(mine, facts) is not None:
                run.report.differs(difference(mine, facts) or f"Payment {line.entity_id} was settled and is not in our books.")
                continue
        else:
            run.report.checked += 1
        if (line.fee, line.credit) != (mine.fee, mine.amount_captured - mine.fee):
            run.report.differs(
                f"Payment {line.entity_id} was settled with {line.credit} and a fee of {line.fee}; "
                f"our books have {mine.amount_captured - mine.fee} and {mine.fee}."
            )


def _refunds_settled(run: Run, lines: Sequence[VendorSettlementLine]) -> None:
    ours = _given(run, lines)
    for line in lines:
        run.report.checked += 1
        if ours.get(line.entity_id) != line.debit and line.payment_id is not None:
            facts = ask(run, line.payment_id)
            if facts is not None:
                run.attempt(f"Payment {line.payment_id}", lambda facts=facts: repair(run, facts))  # type: ignore[misc]
            ours |= _given(run, [line])
        if ours.get(line.entity_id) != line.debit:
            run.report.differs(
                f"Refund {line.entity_id} of payment {line.payment_id} was settled with {line.debit}; our books have {ours.get(line.entity_id, 0)}."
            )


def _given(run: Run, lines: Sequence[VendorSettlementLine]) -> dict[str, int]:
    ids = [line.entity_id for line in lines]
    rows = run.db.read(lambda work: work.rows(_GIVEN, ids=ids)) if ids else []
    return {row.id: row.amount for row in rows}


def _adjusted(run: Run, lines: Sequence[VendorSettlementLine]) -> None:
    """A lost dispute is in our books by its message. The vendor has no list of them: what is not there needs a person."""
    ours = known(run, [line.payment_id for line in lines if line.payment_id])
    for line in lines:
        run.report.checked += 1
        mine = ours.get(line.payment_id or "")
        if mine is None or not line.debit or mine.charged_back < line.debit:
            run.report.differs(
                f"{line.kind.capitalize()} {line.entity_id} (payment {line.payment_id}) moved {line.credit - line.debit}, which is not in our books."
            )


def _payments_of(run: Run, razorpay_order_id: str) -> Sequence[VendorPayment]:
    try:
        return run.gateway.order_payments(razorpay_order_id)
    except GatewayRejected:
        run.report.differs(f"Order {razorpay_order_id} is not known to the vendor.")
        return ()


def _walk(run: Run, statement: Statement, **parameters: Any) -> Iterator[Row]:
    """A statement's rows by their time and id, a piece at a time: what could not be put right is passed by."""
    after: tuple[str, str] = ("-infinity", str(UUID(int=0)))
    while True:
        read: Callable[[Any], list[Row]] = lambda work, after=after: work.rows(  # type: ignore[misc]  # noqa: E731
            statement, after_at=after[0], after_id=after[1], limit=PIECE, **parameters
        )
        rows = run.db.read(read)
        yield from rows
        if len(rows) < PIECE:
            return
        after = (rows[-1].at, rows[-1].id)
