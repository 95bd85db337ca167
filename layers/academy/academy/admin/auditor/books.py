"""The books: the ledger against the payments, the refunds and the invoices that it is about, and who is in a course against what was paid for it.

What the last weeks made or moved is looked at: older rows are append-only, and no entry of these weeks is about them. An account's balance is
the sum over payments, so what holds for each payment holds for the accounts.
"""

from collections import Counter

from academy.admin.auditor import walk
from academy.platform.db import Database, sql

ROWS_AT_ONCE = 5_000
NUMBERS_AT_ONCE = 50_000
DAYS = 40

# Laterals with an `offset 0` are fences, as in learning's check: the planner would rather read whole tables than believe how few rows a piece has.
_PAYMENT = """
    , looked as (
        select p.*, o.taxable * o.share_bp / 10000 as share, o.amount as ordered, o.instructor_id,
            coalesce(l.sales, 0) as sales, coalesce(l.parked, 0) as parked, coalesce(l.clearing, 0) as clearing, coalesce(l.tax, 0) as tax,
            coalesce(l.shares, 0) as shares, coalesce(l.others, 0) as others,
            least(p.amount_captured, coalesce(r.processed, 0)::bigint) as given, coalesce(r.processed, 0) as processed, coalesce(r.held, 0) as held,
            coalesce(i.invoices, 0) as invoices, coalesce(i.invoiced, 0) as invoiced, coalesce(i.credited, 0) as credited, coalesce(i.tax, 0) as invoiced_tax
        from p left join orders o on o.id = p.order_id cross join lateral (
            select count(distinct e.id) filter (where e.kind = 'sale' and e.reference = p.id) as sales,
                count(distinct e.id) filter (where e.kind = 'parked' and e.reference = p.id) as parked,
                sum(x.amount) filter (where x.account = 'razorpay_clearing') as clearing,
                sum(x.amount) filter (where x.account = 'tax_payable') as tax,
                sum(x.amount) filter (where x.owner_id = o.instructor_id) as shares,
                count(*) filter (where x.owner_id <> o.instructor_id) as others
            from ledger_entries e join ledger_lines x on x.entry_id = e.id where e.payment_id = p.id offset 0
        ) l cross join lateral (
            select sum(x.amount) filter (where x.status = 'processed') as processed, sum(x.amount) filter (where x.status <> 'failed') as held
            from refunds x where x.payment_id = p.id offset 0
        ) r cross join lateral (
            select count(*) filter (where x.kind = 'invoice') as invoices, sum(x.total) filter (where x.kind = 'invoice') as invoiced,
                sum(x.total) filter (where x.kind = 'credit_note') as credited,
                sum(case x.kind when 'invoice' then x.cgst + x.sgst + x.igst else -(x.cgst + x.sgst + x.igst) end) as tax
            from invoices x where x.payment_id = p.id offset 0
        ) i
    ), judged as (
        select
            count(*) filter (where (sales, parked) is distinct from
                (case when applied and amount_captured > 0 then 1 else 0 end, case when not applied and amount_captured > 0 then 1 else 0 end)
            ) as ledger_sales,
            count(*) filter (where clearing <> amount_captured - processed - fee) as ledger_clearing,
            count(*) filter (where -tax <> invoiced_tax) as ledger_tax,
            count(*) filter (where others > 0
                or -shares <> case when applied and ordered > 0 then share - share * given / ordered else 0 end) as ledger_shares,
            count(*) filter (where amount_refunded <> least(amount_captured, held)) as refunds_counted,
            count(*) filter (where (invoices, invoiced, credited) is distinct from
                case when applied then (1::bigint, ordered::numeric, given::numeric) else (0::bigint, 0::numeric, 0::numeric) end
            ) as invoices_wrong
        from looked
    )"""
_COLUMNS = "p.id, p.order_id, p.currency, p.applied, p.amount_captured, p.amount_refunded, p.fee"

_PAYMENTS = sql(f"""
    with p as (
        select {_COLUMNS} from payments p where p.id > :after::uuid order by p.id limit :limit::int
    ){_PAYMENT}
    select (select id::text from p order by id desc limit 1) as last, (select count(*) from p) as checked, judged.* from judged
""")

# Entries, and those older payments that they are about.
_ENTRIES = sql(f"""
    with e as (
        select id, kind, reference, payment_id, currency from ledger_entries where id > :after::uuid order by id limit :limit::int
    ), p as (
        select {_COLUMNS} from (select distinct payment_id from e where payment_id <= :since::uuid) older join payments p on p.id = older.payment_id
    ){_PAYMENT}
    select (select id::text from e order by id desc limit 1) as last, (select count(*) from e) as checked,
        (select count(*) from e cross join lateral (
            select count(*) as lines, sum(x.amount) as sum, bool_or(x.currency <> e.currency) as foreign_currency
            from ledger_lines x where x.entry_id = e.id offset 0
        ) x where x.lines < 2 or x.sum <> 0 or x.foreign_currency) as ledger_unbalanced,
        judged.*
    from judged
""")

_REFUNDS = sql("""
    with r as (
        select id, payment_id, status, case origin when 'dispute' then 'chargeback' else 'refund' end as due
        from refunds where id > :after::uuid order by id limit :limit::int
    )
    select (select id::text from r order by id desc limit 1) as last, count(*) as checked,
        count(*) filter (where booked.rightly <> (status = 'processed')::int or booked.wrongly > 0) as ledger_refunds
    from r cross join lateral (
        select count(*) filter (where e.kind = r.due and e.payment_id = r.payment_id) as rightly,
            count(*) filter (where e.kind <> r.due or e.payment_id <> r.payment_id) as wrongly
        from ledger_entries e where e.kind in ('refund', 'chargeback') and e.reference = r.id offset 0
    ) booked
""")

_ORDERS = sql("""
    with o as (
        select id, status, amount, enrollment_id from orders where id > :after::uuid order by id limit :limit::int
    )
    select (select id::text from o order by id desc limit 1) as last, count(*) as checked,
        count(*) filter (where (o.status = 'paid') <> (paid.id is not null and o.enrollment_id is not null)) as orders_unpaid,
        count(*) filter (where w.status <> case o.status when 'paid' then 'redeemed' when 'open' then 'reserved' else 'released' end) as coupons_held
    from o left join lateral (
        select p.id from payments p where p.order_id = o.id and p.applied and p.amount_captured >= o.amount
        and p.status in ('captured', 'partially_refunded', 'refunded') offset 0
    ) paid on true left join coupon_uses w on w.order_id = o.id
""")

_COUPONS = sql("""
    with k as (
        select id, uses from coupons where id > :after::uuid order by id limit :limit::int
    )
    select (select id::text from k order by id desc limit 1) as last, count(*) as checked, count(*) filter (where k.uses <> w.uses) as coupons_uses
    from k cross join lateral (
        select count(*) as uses from coupon_uses x where x.coupon_id = k.id and x.status <> 'released' offset 0
    ) w
""")

_ENROLLMENTS = sql("""
    with e as (
        select id, source, status from enrollments where id > :after::uuid order by id limit :limit::int
    )
    select (select id::text from e order by id desc limit 1) as last, count(*) as checked,
        count(*) filter (where source in ('payment', 'coupon') and status <> 'ended' and not exists (
            select from orders o join payments p on p.order_id = o.id and p.applied
            where o.enrollment_id = e.id and o.status = 'paid' and p.amount_captured >= o.amount
            and p.status in ('captured', 'partially_refunded') and (o.amount > 0) = (e.source = 'payment')
        )) as enrollments_unpaid
    from e
""")

_SERIES = sql("select series, financial_year, last_number from invoice_series order by series, financial_year")
_NUMBERS = sql("""
    select count(*) as found from invoices
    where series = :series and financial_year = :financial_year and number > :after::bigint and number <= :until::bigint
""")


def check(db: Database) -> Counter[str]:
    """`ledger_unbalanced`: entries whose lines don't add up to zero in one currency. Of payments: `ledger_sales` (captured, without exactly its
    sale or parking), `ledger_clearing` (not captured less refunds and fee), `ledger_tax` (not that of invoices less credit notes),
    `ledger_shares` (not the instructor's part of what is left), `invoices_wrong` (not one of what was ordered, or credit notes not of what was
    given back), `refunds_counted`. `ledger_refunds`: processed without its entry, or an entry without that. `orders_unpaid`: paid without a
    payment and an enrolment. `coupons_held`, `coupons_uses`: uses against orders and against the coupon's count. `enrollments_unpaid`: in a
    course by a payment or coupon that is not there or was given back whole. `invoice_gaps`: numbers missing in a series and year."""
    since = walk.since(DAYS)
    found = walk.count(db, _PAYMENTS, limit=ROWS_AT_ONCE, start=since)
    found.update(walk.count(db, _ENTRIES, limit=ROWS_AT_ONCE, start=since, since=since))
    for statement in (_REFUNDS, _ORDERS, _ENROLLMENTS):
        found.update(walk.count(db, statement, limit=ROWS_AT_ONCE, start=since))
    found.update(walk.count(db, _COUPONS, limit=ROWS_AT_ONCE))
    found["invoice_gaps"] = _gaps(db)
    return found


def _gaps(db: Database) -> int:
    """First how far each series had got, then the numbers up to there: what is given out meanwhile comes after."""
    gaps = 0
    for row in db.read(lambda work: work.rows(_SERIES)):
        for after in range(0, row.last_number, NUMBERS_AT_ONCE):
            until = min(row.last_number, after + NUMBERS_AT_ONCE)
            numbers = {"series": row.series, "financial_year": row.financial_year, "after": after, "until": until}
            gaps += until - after - db.read(lambda work, numbers=numbers: work.value(_NUMBERS, **numbers))  # type: ignore[misc]
    return gaps
