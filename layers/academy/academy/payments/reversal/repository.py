"""A payment's file in one statement, and everything that a decision about it changes in another."""

from academy.learning.repository.enrollments import LEFT, RETURNED
from academy.payments.settlement.repository import INVOICED, LEDGER, STEPS
from academy.platform.db import sql

FILE = sql("""
    select json_build_object(
        'id', p.id, 'order_id', p.order_id, 'version', o.version, 'row_version', p.xmin::text, 'user_id', p.user_id, 'course_id', p.course_id,
        'course_title', o.course_title, 'status', p.status, 'currency', p.currency, 'amount_captured', p.amount_captured,
        'amount_refunded', p.amount_refunded, 'razorpay_payment_id', p.razorpay_payment_id,
        'enrollment_id', case when p.applied then o.enrollment_id end,
        'present', p.applied and exists (select from enrollments e where e.id = o.enrollment_id and e.status <> 'ended'),
        'sale', case when p.applied then
            json_build_object('taxable', o.taxable, 'tax', o.tax, 'share_bp', o.share_bp, 'instructor_id', o.instructor_id) end,
        'invoice', (select row_to_json(i) from invoices i where i.payment_id = p.id and i.kind = 'invoice'),
        'refunds', (
            select coalesce(json_agg(json_build_object('id', r.id, 'amount', r.amount, 'status', r.status, 'origin', r.origin, 'reason', r.reason,
                'razorpay_refund_id', r.razorpay_refund_id, 'last_error', r.last_error) order by r.id), '[]')
            from refunds r where r.payment_id = p.id),
        'disputes', (
            select coalesce(json_agg(json_build_object('id', d.id, 'razorpay_dispute_id', d.razorpay_dispute_id, 'status', d.status,
                'amount', d.amount, 'reason_code', d.reason_code, 'phase', d.phase, 'respond_by', d.respond_by,
                'paused', exists (select from payment_events s
                    where s.payment_id = p.id and s.kind = 'access_paused' and s.reference = d.id::text)) order by d.id), '[]')
            from disputes d where d.payment_id = p.id),
        'today', (now() at time zone 'Asia/Kolkata')::date
    )::text as json
    from payments p left join orders o on o.id = p.order_id
    where p.razorpay_payment_id = :razorpay_payment_id
""")

# Guarded by the order's version as all that is decided about its money; money without an order by its own row, which everything here rewrites.
WRITE = sql(f"""
    with ordered as (
        update orders set version = version + 1 where id = :order_id::uuid and version = :version::bigint returning id
    ), held as (
        select id from payments where id = :payment_id::uuid and order_id is null and xmin::text = :row_version for update
    ), guard as (
        select from ordered union all select from held
    ), moved as (
        update payments p set status = :status, amount_refunded = :amount_refunded::bigint
        from guard where p.id = :payment_id::uuid returning p.id
    ), written as (
        insert into refunds as r (id, payment_id, amount, status, origin, reason, razorpay_refund_id, last_error, processed_at)
        select x.id, :payment_id::uuid, x.amount, x.status, x.origin, x.reason, x.razorpay_refund_id, x.last_error,
            case when x.status = 'processed' then now() end
        from guard cross join json_to_recordset(:refunds::json)
            as x(id uuid, amount bigint, status text, origin text, reason text, razorpay_refund_id text, last_error text)
        on conflict (id) do update set status = excluded.status, last_error = excluded.last_error,
            razorpay_refund_id = excluded.razorpay_refund_id, processed_at = coalesce(r.processed_at, excluded.processed_at)
    ), disputed as (
        insert into disputes as d (id, payment_id, razorpay_dispute_id, status, amount, reason_code, phase, respond_by, closed_at)
        select x.id, :payment_id::uuid, x.razorpay_dispute_id, x.status, x.amount, x.reason_code, x.phase, x.respond_by,
            case when x.status in ('won', 'lost', 'closed') then now() end
        from guard cross join json_to_recordset(:disputes::json) as x(id uuid, razorpay_dispute_id text, status text, amount bigint,
            reason_code text, phase text, respond_by timestamptz)
        on conflict (id) do update set status = excluded.status, phase = excluded.phase, respond_by = excluded.respond_by,
            closed_at = coalesce(d.closed_at, excluded.closed_at)
    ), leaving as (
        select :leaving::uuid as enrollment_id from guard where :leaving::uuid is not null
    ), {LEFT}, returning_to as (
        select :returning::uuid as enrollment_id from guard where :returning::uuid is not null
    ), {RETURNED}, {LEDGER}, {INVOICED}, {STEPS}
    select exists (select from moved) as moved, exists (select from gone) as gone, exists (select from returned) as returned
""")
