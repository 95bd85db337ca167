"""What an instructor earned, month by month, read from the ledger: nothing is reckoned that was not booked."""

from academy.payments.history import READ_ANY
from academy.payments.schemas import MONTHS_AT_ONCE, PayoutsQuery, PayoutsView, PayoutView
from academy.platform.db import sql
from academy.platform.errors import NotFound
from academy.platform.http import Answer, Request, ok
from academy.platform.http.spreadsheet import csv_file, csv_text, wants_csv

CSV_HEADER = ("Month", "Currency", "Sales", "Refunds", "Chargebacks", "Gross", "Tax", "Share")

# Months are India's. An entry has one line of an instructor's; beside it stand what moved at the vendor, and the tax. A credit is a sale: only of
# debits the entry is looked up, one by one (`offset 0` is a fence), as the planner would rather read all entries there are than believe it.
PAYOUTS = sql(f"""
    with present as (
        select date_trunc('month', now() at time zone 'Asia/Kolkata')::date as month
    ), ended as (
        select coalesce(:last::date, least(month, (:first::date + interval '{MONTHS_AT_ONCE - 1} months')::date)) as month from present
    ), span as (
        select coalesce(:first::date, (month - interval '11 months')::date)::timestamp at time zone 'Asia/Kolkata' as first,
            (month + interval '1 month') at time zone 'Asia/Kolkata' as after
        from ended
    ), months as (
        select to_char(l.booked_at at time zone 'Asia/Kolkata', 'YYYY-MM') as month, l.currency,
            count(*) filter (where l.amount < 0) as sales, count(*) filter (where e.kind = 'refund') as refunds,
            count(*) filter (where e.kind = 'chargeback') as chargebacks,
            sum(beside.clearing)::bigint as gross, -sum(beside.tax)::bigint as tax, -sum(l.amount)::bigint as share
        from span cross join ledger_lines l left join lateral (
            select kind from ledger_entries where id = l.entry_id and l.amount > 0 offset 0) e on true cross join lateral (
            select coalesce(sum(x.amount) filter (where x.account = 'razorpay_clearing'), 0) as clearing,
                coalesce(sum(x.amount) filter (where x.account = 'tax_payable'), 0) as tax
            from ledger_lines x where x.entry_id = l.entry_id) beside
        where l.owner_id = :instructor_id::uuid and l.account = 'instructor_payable' and l.booked_at >= span.first and l.booked_at < span.after
        group by 1, 2
    )
    select u.id, m.month, m.currency, m.sales, m.refunds, m.chargebacks, m.gross, m.tax, m.share
    from users u left join months m on true where u.id = :instructor_id::uuid and u.status <> 'erased'
    order by m.month desc, m.currency
""")


def payouts(request: Request, query: PayoutsQuery) -> Answer:
    """One's own; anybody's for who may read any payment. As CSV if that is what is accepted. Raises NotFound, ValidationFailed."""
    instructor_id = query.instructor_id or request.caller.id
    if instructor_id != request.caller.id and not request.caller.can(READ_ANY):
        raise NotFound("instructor")
    first, last = query.months()
    rows = request.work.rows(PAYOUTS, instructor_id=instructor_id, first=first, last=last)
    if not rows:
        raise NotFound("instructor")
    columns = tuple(PayoutView.model_fields)
    months = [{name: getattr(row, name) for name in columns} for row in rows if row.month is not None]
    if wants_csv(request):
        return csv_file(csv_text(CSV_HEADER, [tuple(month.values()) for month in months]), "payouts")
    return ok(PayoutsView(instructor_id=instructor_id, months=[PayoutView(**month) for month in months]))
