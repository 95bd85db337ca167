"""Statements about coupons. Another's is a missing one; what was removed stays as a row, without its code."""

from academy.platform.db import nearest, sql

COLUMNS = "code, percent, amount, currency, max_discount, course_id, starts_at, ends_at, max_uses, max_uses_per_user, first_purchase_only"
_VALUES = ", ".join(f"r.{column.strip()}" for column in COLUMNS.split(","))

IN_TIME = "(k.starts_at is null or k.starts_at <= now()) and (k.ends_at is null or k.ends_at > now())"

RELEASED = """released as (
        update coupon_uses w set status = 'released', updated_at = now() from closed c where w.order_id = c.id and w.status = 'reserved'
        returning w.coupon_id
    )"""
"""What a CTE `closed` of orders had reserved is free: whoever uses it lowers the coupons' `uses` by it."""

_ACTIVE = f"({IN_TIME} and (k.max_uses is null or k.uses < k.max_uses))"

_COUPON = f"""json_build_object(
        'id', k.id, 'code', k.code, 'ownerId', k.owner_id, 'academyWide', k.academy_wide, 'courseId', k.course_id, 'percent', k.percent,
        'amount', k.amount, 'currency', k.currency, 'maxDiscount', k.max_discount, 'startsAt', k.starts_at, 'endsAt', k.ends_at,
        'maxUses', k.max_uses, 'maxUsesPerUser', k.max_uses_per_user, 'firstPurchaseOnly', k.first_purchase_only, 'uses', k.uses,
        'active', {_ACTIVE}, 'createdAt', k.created_at, 'updatedAt', k.updated_at)"""

_LISTED = f"""coupons k where k.deleted_at is null [? and k.owner_id = :owner_id::uuid ?] [? and k.course_id = :course_id::uuid ?]
        [? and {_ACTIVE} = :active::bool ?]"""
_NEAREST = nearest(f"""
    select {_COUPON}::text as item, json_build_array(k.id)::text as cursor from {_LISTED} [? and k.id < :after_id::uuid ?] order by k.id desc
""")
LIST = sql(f"""
    with page as ({_NEAREST})
    select page.item, page.cursor, case when :counted::bool then (select count(*) from {_LISTED}) end as total
    from (select 1) one left join page on true
""")

_MINE = "k.id = :id::uuid and k.deleted_at is null and (k.owner_id = :caller::uuid or :any::bool)"

GET = sql(f"select {_COUPON}::text as json, k.version from coupons k where {_MINE}")

# No row where the course is not one that the owner may give away.
CREATE = sql(f"""
    with k as (
        insert into coupons (id, owner_id, academy_wide, {COLUMNS})
        select :id::uuid, :caller::uuid, :any::bool, {_VALUES} from json_populate_record(null::coupons, :values::json) r
        where r.course_id is null or exists (
            select from courses c where c.id = r.course_id and c.deleted_at is null and c.visibility = 'public'
            and (c.instructor_id = :caller::uuid or :any::bool))
        returning *
    )
    select {_COUPON}::text as json, k.version from k
""")

LOCK = sql(f"""
    select k.version, k.code, k.uses, :course_id::uuid is null or exists (
        select from courses c where c.id = :course_id::uuid and c.deleted_at is null and c.visibility = 'public'
        and (c.instructor_id = k.owner_id or k.academy_wide)) as course_fits
    from coupons k where {_MINE} for no key update
""")

UPDATE = sql(f"""
    with k as (
        update coupons x set version = x.version + 1, updated_at = now(),
            ({COLUMNS}) = (select {_VALUES} from jsonb_populate_record(x, :changes::jsonb) r)
        where x.id = :id::uuid returning *
    )
    select {_COUPON}::text as json, k.version from k
""")

REMOVE = sql("update coupons set deleted_at = now(), updated_at = now(), version = version + 1 where id = :id::uuid")
