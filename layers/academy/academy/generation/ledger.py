"""What generation has cost, may cost at this moment, and is allowed to cost.

Before each call its worst case is put down against the budgets, and what it really cost takes that place when it is known. So calls
that run side by side can't overspend together. A promise whose process died counts for an hour.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from academy.generation import costs
from academy.generation.costs import Budget
from academy.generation.vendors import Charge, Usage
from academy.platform.db import UnitOfWork, sql
from academy.platform.errors import PaymentRequired, RateLimited
from academy.platform.ids import uuid7

_ONE_AT_A_TIME = sql("select pg_advisory_xact_lock(hashtextextended('generation_charges', 0))")

# `planned` is what unfinished jobs were estimated at beyond what they have spent: five jobs begun at once must not each count on all of it.
_BUDGETS = sql("""
    select b.scope, b.limit_micros, b.window_hours, (
        select coalesce(sum(c.cost_micros), 0)::bigint from generation_charges c
        where c.created_at > now() - make_interval(hours => b.window_hours::int) and (b.scope = 'platform' or c.user_id = :user_id::uuid)
            and (c.settled or c.created_at > now() - interval '1 hour')
    ) as spent, (
        select coalesce(sum(greatest(0, coalesce((j.brief->>'estimatedMicros')::bigint, 0)
            - (select coalesce(sum(c.cost_micros), 0) from generation_charges c where c.job_id = j.id))), 0)::bigint
        from generation_jobs j where j.status in ('queued', 'processing') and (b.scope = 'platform' or j.user_id = :user_id::uuid)
    ) as planned
    from generation_budgets b order by b.scope desc
""")
_RESERVE = sql("""
    insert into generation_charges (id, job_id, user_id, step, model, cost_micros, settled)
    values (:id::uuid, :job_id::uuid, :user_id::uuid, :step, :model, :cost_micros::bigint, false)
""")
_SETTLE = sql("""
    with known as (delete from generation_charges where id = any(:reserved::uuid[]))
    insert into generation_charges (id, job_id, user_id, step, model, input_tokens, output_tokens, cache_write_tokens, cache_read_tokens,
        cost_micros, settled, vendor_request_id)
    select c.id, :job_id::uuid, :user_id::uuid, :step, c.model, c.input_tokens, c.output_tokens, c.cache_write_tokens, c.cache_read_tokens,
        c.cost_micros, true, c.request_id
    from json_to_recordset(:charges::json) as c(id uuid, model text, input_tokens bigint, output_tokens bigint, cache_write_tokens bigint,
        cache_read_tokens bigint, cost_micros bigint, request_id text)
""")
_CHARGES = sql("""
    select step, model, input_tokens, output_tokens, cache_write_tokens, cache_read_tokens, vendor_request_id
    from generation_charges where job_id = :job_id::uuid and settled order by created_at, id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose money a step spends."""

    job_id: UUID
    user_id: UUID
    step: str


class UserBudgetExceeded(PaymentRequired):
    code = "GENERATION_BUDGET_EXCEEDED"
    message = "Your budget for generated courses is used up. It fills up again over the next days."


class PlatformBudgetExceeded(RateLimited):
    code = "PLATFORM_BUDGET_EXCEEDED"


def hold(work: UnitOfWork) -> None:
    """Keep others from the ledger until the transaction ends; a statement of its own, so that the next one sees what they wrote."""
    work.execute(_ONE_AT_A_TIME)


def require_room(work: UnitOfWork, *, user_id: UUID, micros: int) -> None:
    """Before a job begins, with the ledger held. Raises UserBudgetExceeded (402) or PlatformBudgetExceeded (429)."""
    for row in work.rows(_BUDGETS, user_id=user_id):
        budget = Budget(name=row.scope, limit_micros=row.limit_micros, spent_micros=row.spent + row.planned)
        if not budget.allows(micros):
            if row.scope == "user":
                raise UserBudgetExceeded
            raise PlatformBudgetExceeded(3600, "The academy's budget for generated courses is used up for now. Please try again later.")


def reserve(work: UnitOfWork, account: Account, *, model: str, micros: int) -> UUID:
    """Before a call. Raises `vendors.BudgetExceeded`."""
    hold(work)
    for row in work.rows(_BUDGETS, user_id=account.user_id):
        Budget(name=f"{row.scope}'s", limit_micros=row.limit_micros, spent_micros=row.spent).require(micros)
    identifier = uuid7()
    work.execute(
        _RESERVE, id=identifier, job_id=account.job_id, user_id=account.user_id, step=account.step, model=model, cost_micros=micros
    )
    return identifier


def settle(work: UnitOfWork, account: Account, *, reserved: Sequence[UUID], charges: Sequence[Charge]) -> None:
    """After the calls of a step, whatever came of them."""
    rows = [
        {
            "id": str(uuid7()),
            "model": charge.model,
            "input_tokens": charge.usage.input_tokens,
            "output_tokens": charge.usage.output_tokens,
            "cache_write_tokens": charge.usage.cache_write_tokens,
            "cache_read_tokens": charge.usage.cache_read_tokens,
            "cost_micros": costs.cost_micros(charge.model, charge.usage),
            "request_id": charge.request_id,
        }
        for charge in charges
    ]
    work.execute(
        _SETTLE,
        reserved=[str(one) for one in reserved],
        job_id=account.job_id,
        user_id=account.user_id,
        step=account.step,
        charges=json.dumps(rows),
    )


def charges_of(work: UnitOfWork, job_id: UUID) -> list[Charge]:
    """Everything that was paid for this job, also for what was thrown away."""
    return [
        Charge(
            purpose=row.step,
            model=row.model,
            usage=Usage(
                input_tokens=row.input_tokens,
                output_tokens=row.output_tokens,
                cache_write_tokens=row.cache_write_tokens,
                cache_read_tokens=row.cache_read_tokens,
            ),
            request_id=row.vendor_request_id,
        )
        for row in work.rows(_CHARGES, job_id=job_id)
    ]
