"""A comparison from its beginning to its report. Two at once would do no harm; one is enough."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from academy.payments.admin_schemas import ReconciliationList
from academy.payments.events import ReconciliationRequested
from academy.payments.gateway import Gateway, GatewayRejected, GatewayUnavailable
from academy.payments.reconciliation import phases
from academy.payments.reconciliation.report import OutOfTime, Report, Run
from academy.platform.db import Database, UnitOfWork, nearest, sql
from academy.platform.errors import Unavailable
from academy.platform.http import Page, Request
from academy.platform.ids import uuid7
from academy.platform.observability import logger

SECONDS = 200.0
"""Then nothing more is begun: the function has 300, and the vendor may take its time for what is under way."""
OVERLAP = timedelta(hours=1)
"""So much before the last complete run the vendor's list is read again: its clock is not ours."""

_LOCK = sql("select pg_try_advisory_lock(hashtextextended('payments.reconciliation', 0))")
_UNLOCK = sql("select pg_advisory_unlock(hashtextextended('payments.reconciliation', 0))")
_REQUEST = sql("insert into reconciliations (id, requested_by) values (:id::uuid, :requested_by::uuid)")
_ASKED_FOR = sql("""
    select id::text from reconciliations
    where started_at > now() - interval '1 day' and finished_at is null and requested_by is not null order by started_at, id limit 1
""")
_BEGIN = sql("""
    insert into reconciliations as r (id) values (:id::uuid)
    on conflict (id) do update set started_at = now(), checked = 0, repaired = 0, drift = '{}' where r.finished_at is null
    returning now()::text as now, (now() at time zone 'Asia/Kolkata')::date::text as today,
        coalesce((select max(started_at) from reconciliations where finished_at is not null), now() - interval '3 days')::text as since
""")
_END = sql("""
    update reconciliations set checked = :checked::bigint, repaired = :repaired::bigint, drift = :drift::text[],
        finished_at = case when :incomplete::bool then null else now() end
    where id = :id::uuid and finished_at is null
""")
_PAGE = nearest("""
    select json_build_object('id', r.id, 'requestedBy', r.requested_by, 'checked', r.checked, 'repaired', r.repaired, 'drift', r.drift,
            'startedAt', r.started_at, 'finishedAt', r.finished_at)::text as item,
        json_build_array(r.started_at, r.id)::text as cursor
    from reconciliations r where true [? and (r.started_at, r.id) < (:after_at::timestamptz, :after_id::uuid) ?]
    order by r.started_at desc, r.id desc
""")
_LIST = sql(f"""
    with page as ({_PAGE})
    select page.item, page.cursor, case when :counted::bool then (select count(*) from reconciliations) end as total
    from (select 1) one left join page on true
""")


def request_reconciliation(request: Request) -> UUID:
    """To be carried out in a moment."""
    reconciliation_id = uuid7()
    request.work.execute(_REQUEST, id=reconciliation_id, requested_by=request.caller.id)
    request.work.emit(ReconciliationRequested(reconciliation_id=reconciliation_id))
    request.audit("payment.reconcile", "reconciliation", reconciliation_id)
    return reconciliation_id


def list_reconciliations(request: Request, query: ReconciliationList) -> Page:
    after = query.after(str, str) or [None, None]
    rows = request.work.rows(_LIST, after_at=after[0], after_id=after[1], limit=query.limit, offset=query.offset, counted=query.counted)
    return Page.of(rows, query)


def scheduled(db: Database, gateway: Gateway, *, seconds: float = SECONDS) -> dict[str, Any]:
    """What it counted, and `differences` in words; `skipped` while another one is under way."""
    with _alone(db) as alone:
        if not alone:
            return {"skipped": 1}
        # One that was asked for while another was under way, or that could not look at everything, need not wait for the queue.
        asked_for = db.read(lambda work: work.value(_ASKED_FOR))
        reconciliation_id = UUID(asked_for) if asked_for else uuid7()
        report = _compare(db, gateway, reconciliation_id, seconds)
        db.transact(lambda work: _end(work, reconciliation_id, report))
    return {
        "reconciliation_id": str(reconciliation_id),
        "checked": report.checked,
        "repaired": report.repaired,
        "drift": len(report.drift),
        "incomplete": int(report.incomplete),
        "differences": report.drift,
    }


def carry_out(
    db: Database,
    gateway: Gateway,
    reconciliation_id: UUID,
    *,
    first: Callable[[UnitOfWork], bool] = lambda _: True,
    seconds: float = SECONDS,
) -> None:
    """One that was asked for. Raises Unavailable while another one is under way."""
    with _alone(db) as alone:
        if not alone:
            raise Unavailable("Another reconciliation is under way.")
        report = _compare(db, gateway, reconciliation_id, seconds)

        def end(work: UnitOfWork) -> None:
            if first(work):
                _end(work, reconciliation_id, report)

        db.transact(end)


def _compare(db: Database, gateway: Gateway, reconciliation_id: UUID, seconds: float) -> Report:
    begun, _ = db.transact(lambda work: work.first(_BEGIN, id=reconciliation_id))
    run = Run(db=db, gateway=gateway, deadline=time.monotonic() + seconds)
    if begun is None:
        return run.report  # it was finished before
    since, now = datetime.fromisoformat(begun.since) - OVERLAP, datetime.fromisoformat(begun.now)
    yesterday = date.fromisoformat(begun.today) - timedelta(days=1)
    steps: dict[str, Callable[[], None]] = {
        "messages": lambda: phases.messages(run),
        "refunds": lambda: phases.refunds_under_way(run),
        "orders that are due": lambda: phases.due_orders(run),
        "the vendor's list of payments": lambda: phases.listed(run, since, now),
        "settlements": lambda: phases.settled(run, yesterday),
        "payments without an end": lambda: phases.not_final(run),
    }
    for name, step in steps.items():
        try:
            run.in_time()
            step()
        except OutOfTime:
            run.report.incomplete = True
            run.report.differs(f"The time was over before all was compared ({name}).")
            break
        except GatewayUnavailable:
            logger().exception("reconciliation: the vendor can't be asked", extra={"step": name})
            run.report.incomplete = True
            run.report.differs(f"The vendor could not be asked ({name}).")
        except GatewayRejected as refusal:
            run.report.incomplete = True
            run.report.differs(f"The vendor refused to tell ({name}): {refusal}.")
    return run.report


def _end(work: UnitOfWork, reconciliation_id: UUID, report: Report) -> None:
    work.execute(
        _END,
        id=reconciliation_id,
        checked=report.checked,
        repaired=report.repaired,
        drift=report.drift,
        incomplete=report.incomplete,
    )


@contextmanager
def _alone(db: Database) -> Iterator[bool]:
    """The lock is the session's: whoever dies frees it, and it holds no transaction open while the vendor is asked."""
    mine = bool(db.read(lambda work: work.value(_LOCK)))
    try:
        yield mine
    finally:
        if mine:
            db.read(lambda work: work.value(_UNLOCK))
