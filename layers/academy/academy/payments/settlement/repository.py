"""An order's state in one statement, and everything that a decision changes in another."""

from academy.learning.repository.enrollments import ENTERED
from academy.platform.db import sql

STATE = sql("""
    select json_build_object(
        'id', o.id, 'version', o.version, 'status', o.status, 'user_id', o.user_id, 'course_id', o.course_id, 'instructor_id', o.instructor_id,
        'coupon_id', o.coupon_id, 'currency', o.currency, 'price', o.price, 'discount', o.discount, 'taxable', o.taxable, 'tax', o.tax,
        'amount', o.amount, 'tax_bp', o.tax_bp, 'share_bp', o.share_bp, 'place_of_supply', o.place_of_supply, 'course_title', o.course_title,
        'buyer', o.buyer, 'razorpay_order_id', o.razorpay_order_id, 'enrollment_id', o.enrollment_id,
        'coupon_use', w.status,
        'coupon_retake', case when k.deleted_at is null and (k.max_uses is null or k.uses < k.max_uses)
            and (k.max_uses_per_user is null or mine.uses < k.max_uses_per_user) then mine.last + 1 end,
        'enrolled', exists (select from enrollments e where e.user_id = o.user_id and e.course_id = o.course_id and e.status <> 'ended'),
        'course_gone', c.deleted_at is not null, 'learner_gone', u.status = 'erased',
        'today', (now() at time zone 'Asia/Kolkata')::date,
        'payments', (
            select coalesce(json_agg(json_build_object('id', p.id, 'status', p.status, 'razorpay_payment_id', p.razorpay_payment_id,
                'amount', p.amount, 'currency', p.currency, 'amount_captured', p.amount_captured, 'amount_refunded', p.amount_refunded,
                'fee', p.fee, 'applied', p.applied, 'review_reason', p.review_reason) order by p.id), '[]')
            from payments p where p.order_id = o.id)
    )::text as json
    from orders o join courses c on c.id = o.course_id join users u on u.id = o.user_id
    left join coupon_uses w on w.order_id = o.id left join coupons k on k.id = w.coupon_id
    left join lateral (
        select count(*) as uses, coalesce(max(x.number), 0) as last from coupon_uses x
        where x.coupon_id = w.coupon_id and x.user_id = o.user_id and x.status <> 'released'
    ) mine on w.status = 'released'
    where o.razorpay_order_id = :razorpay_order_id [? and o.user_id = :user_id::uuid ?]
""")

LEDGER = """
    booked as (
        insert into ledger_entries (id, kind, reference, payment_id, currency)
        select x.id, x.kind, x.reference, x.payment_id, x.currency
        from guard cross join json_to_recordset(:ledger::json) as x(id uuid, kind text, reference uuid, payment_id uuid, currency text)
    ), booked_lines as (
        insert into ledger_lines (entry_id, position, account, owner_id, currency, amount)
        select x.entry_id, x.position, x.account, x.owner_id, x.currency, x.amount
        from guard cross join json_to_recordset(:lines::json)
            as x(entry_id uuid, position bigint, account text, owner_id uuid, currency text, amount bigint)
    )"""
"""Entries and their lines, after a CTE `guard` without which nothing is to be written."""

INVOICED = """
    drafted as (
        select x.* from guard cross join json_to_recordset(:invoices::json) as x(id uuid, kind text, series text, financial_year text, payment_id uuid,
            refund_id uuid, original_id uuid, issued_on date, seller jsonb, buyer jsonb, place_of_supply text, description text, sac text,
            currency text, price bigint, discount bigint, taxable bigint, tax_bp bigint, cgst bigint, sgst bigint, igst bigint, total bigint)
    ), numbered as (
        insert into invoice_series as s (series, financial_year, last_number) select series, financial_year, 1 from drafted
        on conflict (series, financial_year) do update set last_number = s.last_number + 1
        returning s.series, s.financial_year, s.last_number
    ), invoiced as (
        insert into invoices (id, kind, series, financial_year, number, serial, payment_id, refund_id, original_id, issued_on, seller, buyer,
            place_of_supply, description, sac, currency, price, discount, taxable, tax_bp, cgst, sgst, igst, total)
        select d.id, d.kind, d.series, d.financial_year, n.last_number,
            d.series || '/' || case when n.last_number < 1000000 then d.financial_year || '/' || lpad(n.last_number::text, 6, '0')
                else replace(d.financial_year, '-', '') || '/' || n.last_number end, d.payment_id, d.refund_id, d.original_id,
            d.issued_on, d.seller, d.buyer, d.place_of_supply, d.description, d.sac, d.currency, d.price, d.discount, d.taxable, d.tax_bp,
            d.cgst, d.sgst, d.igst, d.total
        from drafted d join numbered n using (series, financial_year)
    )"""
"""At most one invoice or credit note, with the next number of its series: the series' row is locked until the commit, so no number is ever missing.
A serial has at most 16 characters (CGST Rule 46(b)): from the millionth of a year on, the year goes without its hyphen, for ten million in all."""

STEPS = """
    stepped as (
        insert into payment_events (id, payment_id, kind, reference, source, amount, note)
        select x.id, x.payment_id, x.kind, x.reference, x.source, x.amount, x.note
        from guard cross join json_to_recordset(:steps::json)
            as x(id uuid, payment_id uuid, kind text, reference text, source text, amount bigint, note text)
        on conflict (payment_id, kind, reference) do nothing
    )"""

REQUESTED = """
    requested as (
        insert into refunds (id, payment_id, amount, status, origin, reason)
        select x.id, x.payment_id, x.amount, x.status, x.origin, x.reason
        from guard cross join json_to_recordset(:refunds::json)
            as x(id uuid, payment_id uuid, amount bigint, status text, origin text, reason text)
    )"""

APPLY = sql(f"""
    with guard as (
        update orders set version = version + 1, status = case when :sold::bool then 'paid' else status end,
            paid_at = case when :sold::bool then now() else paid_at end,
            enrollment_id = case when :sold::bool then :enrollment_id::uuid else enrollment_id end
        where id = :order_id::uuid and version = :version returning *
    ), paid as (
        insert into payments as p (id, order_id, user_id, course_id, status, amount, currency, amount_captured, amount_refunded, fee, fee_tax,
            applied, method, razorpay_order_id, razorpay_payment_id, error_code, error_description, review_reason,
            authorized_at, captured_at, failed_at)
        select x.id, g.id, g.user_id, g.course_id, x.status, x.amount, x.currency, x.amount_captured, x.amount_refunded, x.fee, x.fee_tax,
            x.applied, x.method, g.razorpay_order_id, x.razorpay_payment_id, x.error_code, x.error_description, x.review_reason,
            case when x.status = 'authorized' then now() end,
            case when x.status = 'captured' or x.amount_captured > 0 then now() end, case when x.status = 'failed' then now() end
        from guard g cross join json_to_record(:payment::json) as x(id uuid, status text, amount bigint, currency text, amount_captured bigint,
            amount_refunded bigint, fee bigint, fee_tax bigint, applied bool, method text, razorpay_payment_id text, error_code text,
            error_description text, review_reason text)
        on conflict (id) do update set status = excluded.status, amount = excluded.amount, currency = excluded.currency,
            amount_captured = excluded.amount_captured, amount_refunded = excluded.amount_refunded, fee = excluded.fee,
            fee_tax = greatest(p.fee_tax, excluded.fee_tax), applied = excluded.applied, method = coalesce(excluded.method, p.method),
            razorpay_payment_id = excluded.razorpay_payment_id, error_code = coalesce(excluded.error_code, p.error_code),
            error_description = coalesce(excluded.error_description, p.error_description),
            review_reason = excluded.review_reason,
            authorized_at = coalesce(p.authorized_at, excluded.authorized_at), captured_at = coalesce(p.captured_at, excluded.captured_at),
            failed_at = coalesce(p.failed_at, excluded.failed_at)
        returning p.id
    ), entering as (
        select g.enrollment_id, g.user_id, g.course_id, :enrollment_source::text as source from guard g where :sold::bool
    ), {ENTERED}, redeemed as (
        update coupon_uses w set status = 'redeemed', number = coalesce(:coupon_retake::bigint, w.number), updated_at = now()
        from guard g where w.order_id = g.id and :sold::bool and w.status <> 'redeemed'
    ), retaken as (
        update coupons k set uses = k.uses + 1 from guard g where k.id = g.coupon_id and :coupon_retake::bigint is not null
    ), {LEDGER}, {INVOICED}, {STEPS}, {REQUESTED}
    select exists (select from paid) as paid
""")

PARK = sql(f"""
    with guard as (
        insert into payments as p (id, status, amount, currency, amount_captured, fee, fee_tax, method, razorpay_order_id, razorpay_payment_id,
            review_reason, captured_at)
        values (:id::uuid, 'needs_review', :amount, :currency, :amount, :fee, :fee_tax, :method, :razorpay_order_id, :razorpay_payment_id,
            :reason, now())
        on conflict (razorpay_payment_id) do nothing returning p.id
    ), {LEDGER}, {STEPS}
    select (select id::text from guard) as parked, p.id::text as known, p.status
    from (select 1) one left join payments p on p.razorpay_payment_id = :razorpay_payment_id
""")
"""Money for an order that is not ours: held, and shown to an admin. Nothing is written where it is known."""
