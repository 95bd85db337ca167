"""Statements that make orders.

One makes the orders of one learner follow each other, and LOOK, sent together with it, looks at everything. ORDER writes everything. Between them the
vendor is asked, and nothing is locked then that anybody else waits for: neither the course nor the coupon.
"""

from academy.learning.repository.enrollments import ENTERED, JUDGED, MISSING
from academy.payments.coupon_repository import IN_TIME, RELEASED
from academy.platform.db import sql
from academy.platform.limits import HITS

TURN = sql("select pg_advisory_xact_lock(hashtextextended('orders of ' || :caller::uuid, 0))")
"""Wait for one's turn. A statement of its own: what is locked and looked at in one is looked at by a snapshot from before the lock, and misses what
was committed in between."""

LOOK = sql(f"""
    with course as (
        select id, instructor_id, title, price, currency, visibility from courses
        where id = :course_id::uuid and deleted_at is null and status = 'published' and visibility = 'public'
    ), {JUDGED}, present as (
        select o.*, o.expires_at <= now() as expired, k.code as coupon_code
        from orders o left join coupons k on k.id = o.coupon_id
        where o.user_id = :caller::uuid and o.course_id = :course_id::uuid and o.status = 'open'
    ), bought as (
        select o.id, o.version, o.currency, o.expires_at, p.id as payment_id, e.source, exists (
            select from disputes d where d.payment_id = p.id and d.status in ('open', 'under_review')) as disputed
        from orders o join payments p on p.order_id = o.id and p.applied join enrollments e on e.id = o.enrollment_id
        where o.user_id = :caller::uuid and o.course_id = :course_id::uuid and o.status = 'paid' and p.status in ('captured', 'partially_refunded')
            and (p.amount_refunded < p.amount_captured or o.amount = 0)
        order by o.paid_at desc limit 1
    ), coupon as (
        -- The code as a subquery, which is known before the coupons are looked at: joined, it would have all of them read.
        -- What the learner's open order for this course holds, the one that takes its place can hold again.
        select k.* from coupons k cross join course c left join present x on true
        where lower(k.code) = (select lower(coalesce(:code::text, (select coupon_code from present where not expired)))) and k.deleted_at is null
            and (k.academy_wide or k.owner_id = c.instructor_id)
            and (k.course_id is null or k.course_id = c.id) and k.currency = c.currency and {IN_TIME}
            and (k.max_uses is null or k.uses - case when x.coupon_id = k.id then 1 else 0 end < k.max_uses)
            and (k.max_uses_per_user is null or k.max_uses_per_user > (
                select count(*) from coupon_uses w where w.coupon_id = k.id and w.user_id = :caller::uuid and w.status <> 'released'
                and w.order_id is distinct from x.id))
            and not (k.first_purchase_only and (
                exists (select from orders o where o.user_id = :caller::uuid and o.status = 'paid')
                or exists (select from coupon_uses w join coupons f on f.id = w.coupon_id and f.first_purchase_only
                    where w.user_id = :caller::uuid and w.status <> 'released' and w.order_id is distinct from x.id)))
    )
    select v.says, v.id as course_id, v.title, v.price, v.currency, v.instructor_id,
        {MISSING} as missing,
        coalesce(u.full_name, concat_ws(' ', u.first_name, u.last_name)) as name,
        x.id as order_id, x.version as order_version, x.expired, x.coupon_code, x.razorpay_order_id, x.amount as order_amount,
        x.currency as order_currency, x.discount as order_discount, x.tax as order_tax, x.price as order_price, x.place_of_supply, x.buyer::text as buyer,
        to_json(x.expires_at) #>> '{{}}' as expires_at,
        b.id as bought_id, b.version as bought_version, b.payment_id, b.source, b.currency as bought_currency, b.disputed,
        to_json(b.expires_at) #>> '{{}}' as bought_expires_at,
        k.id as coupon_id, k.code, k.version as coupon_version, k.percent, k.amount as coupon_amount, k.max_discount,
        case when :code::text is not null then {HITS} end::text as guesses
    from (select * from users where id = :caller::uuid) u
    left join verdict v on true left join present x on true left join bought b on true left join coupon k on true
""")

# In one statement: what was open is closed, and what it held is free; the order, its first payment, what it holds.
# `counted` is empty where the coupon is no longer what it was when it was looked at.
ORDER = sql(f"""
    with closed as (
        update orders set status = case when expires_at <= now() then 'expired' else 'replaced' end, version = version + 1
        where id = :open_id::uuid and status = 'open' and version = :open_version::bigint returning id
    ), {RELEASED}, moved as (
        select id, sum(change)::bigint as change from (
            select coupon_id as id, -1 as change from released
            union all select :coupon_id::uuid, 1 where :coupon_id::uuid is not null) m
        group by id
    ), counted as (
        update coupons k set uses = k.uses + m.change from moved m
        where k.id = m.id and (k.id is distinct from :coupon_id::uuid
            or k.deleted_at is null and k.version = :coupon_version::bigint and (k.max_uses is null or k.uses + m.change <= k.max_uses))
        returning k.id
    ), made as (
        insert into orders (id, user_id, course_id, instructor_id, coupon_id, currency, price, discount, taxable, tax, amount, tax_bp, share_bp,
            place_of_supply, course_title, buyer, razorpay_order_id, expires_at)
        select :id::uuid, :caller::uuid, :course_id::uuid, :instructor_id::uuid, :coupon_id::uuid, :currency::text, :price::bigint,
            :discount::bigint, :taxable::bigint, :tax::bigint, :amount::bigint, :tax_bp::bigint, :share_bp::bigint, :place::text, :title::text,
            :buyer::jsonb, :razorpay_order_id::text, now() + make_interval(mins => :minutes::int)
        where (:open_id::uuid is null or exists (select from closed))
            and (:coupon_id::uuid is null or exists (select from counted where id = :coupon_id::uuid))
        returning *
    ), held as (
        insert into coupon_uses (order_id, coupon_id, user_id, number, discount)
        select m.id, m.coupon_id, m.user_id, 1 + coalesce((
            select max(number) from coupon_uses w where w.coupon_id = m.coupon_id and w.user_id = m.user_id and w.status <> 'released'), 0), m.discount
        from made m where m.coupon_id is not null
    ), attempt as (
        insert into payments (id, order_id, user_id, course_id, amount, currency, razorpay_order_id)
        select m.id, m.id, m.user_id, m.course_id, m.amount, m.currency, m.razorpay_order_id from made m
    ), stepped as (
        insert into payment_events (id, payment_id, kind, source, amount, note)
        select :step_id::uuid, m.id, 'created', 'order', m.amount, :code::text from made m
    )
    select id, to_json(expires_at) #>> '{{}}' as expires_at, (now() at time zone 'Asia/Kolkata')::date::text as today from made
""")

REENTER = sql(f"""
    with guard as (
        update orders set version = version + 1, enrollment_id = :enrollment_id::uuid
        where id = :order_id::uuid and version = :version::bigint returning id, user_id, course_id
    ), entering as (
        select :enrollment_id::uuid as enrollment_id, user_id, course_id, :source::text as source from guard
    ), {ENTERED}, stepped as (
        insert into payment_events (id, payment_id, kind, reference, source)
        select :step_id::uuid, :payment_id::uuid, 'enrolled', :enrollment_id::text, 'order' from guard
    )
    select id::text from entered
""")
"""Into a course that was paid for and left. The order now explains the new enrolment."""
