"""The statements that book.

Concurrency (READ COMMITTED): LOCK takes the learner's row first, so all booking of one learner is one after the other; the statement after it has a
snapshot from after the wait, and may count what is there. It books, sums, and leaves word for the leaderboards at once, so no crash comes between.
"""

from academy.engagement.xp.values import HoldStatus, XpKind
from academy.platform.db import nearest, sql
from academy.platform.ids import NEW_ID

LOCK = sql("select 1 from users where id = :user_id::uuid and status <> 'erased' for no key update")

_HOUR = "interval '1 hour'"
_LESSON = f"'{XpKind.LESSON_COMPLETE.value}'"
_COURSE = f"'{XpKind.COURSE_COMPLETE.value}'"
TODAY = "(statement_timestamp() at time zone :zone::text)::date"
"""The day that a booking counts on, in the academy's time zone. By the statement's clock: the transaction's may be from before a wait for the lock."""

SUMS = """
    daily as (
        insert into xp_daily as d (user_id, day, points, awards)
        select user_id, day, sum(points), count(*) filter (where points > 0) from booked where points <> 0 group by user_id, day
        on conflict (user_id, day) do update set points = d.points + excluded.points, awards = d.awards + excluded.awards
    ), pending as (
        insert into xp_pending (xp_id, user_id, domain, course_id, day, points, booked_at)
        select id, user_id, domain, course_id, day, points, booked_at from booked where points <> 0
    ), total as (
        update users u set xp_total = u.xp_total + x.points
        from (select user_id, sum(points)::bigint as points from booked group by user_id) x where u.id = x.user_id and x.points <> 0
    )"""
"""What follows from the rows of `booked`."""
_POINTS = "select coalesce(sum(points), 0)::bigint as points from booked"
BOOKED = "id, user_id, kind, source, subject, points, capped, domain, course_id, minutes, rule_version, day, earned_at, booked_at"

BOOK = sql(f"""
    with asked as (
        select distinct on (a.kind, a.id) a.*, a.id::text as source from json_to_recordset(:awards::json)
            as a(n int, kind text, id uuid, subject text, course_id uuid, enrollment_id uuid, earned_at timestamptz)
        where exists (select from users where id = :user_id::uuid and status <> 'erased')
        order by a.kind, a.id, a.n
    ), fresh as (
        select a.n, a.kind, a.source, a.subject, a.earned_at, a.enrollment_id, c.id as course_id, c.domain, r.points, r.daily_cap, r.version,
            case when a.kind = {_LESSON} then (
                select greatest(l.estimated_minutes, sum(s.estimated_minutes)) from lessons l
                left join sections s on s.lesson_id = l.id and s.deleted_at is null where l.id = a.id group by l.id)
            when a.kind = {_COURSE} then c.estimated_minutes end as minutes
        from asked a
        join lateral (select version, points, daily_cap from xp_rules where kind = a.kind order by version desc limit 1) r on true
        left join courses c on c.id = a.course_id
        where not exists (select from xp x where x.user_id = :user_id::uuid and x.kind = a.kind and x.source = a.source)
            and not exists (select from xp_voids v where v.user_id = :user_id::uuid and v.kind = a.kind and v.source = a.source)
            and not exists (select from xp_holds h where h.user_id = :user_id::uuid and h.kind = a.kind and h.source = a.source)
            and not exists (
                select from xp x where x.user_id = :user_id::uuid and x.kind = a.kind and x.subject = a.subject
                and not exists (select from xp_voids v where v.user_id = x.user_id and v.kind = x.kind and v.source = x.source))
    ), near as materialized (
        select x.earned_at, x.minutes from xp x
        where x.user_id = :user_id::uuid and x.kind = {_LESSON} and x.minutes > 0
            and x.day >= (((select min(earned_at) from fresh) - {_HOUR}) at time zone :zone::text)::date
        union all
        select h.earned_at, h.minutes from xp_holds h where h.user_id = :user_id::uuid and h.kind = {_LESSON}
    ), lessons as (
        select f.n, coalesce(sum(f.minutes) over (order by f.n), 0) + greatest(
            (select coalesce(sum(minutes), 0) from near where earned_at > f.earned_at - {_HOUR} and earned_at <= f.earned_at),
            (select coalesce(sum(minutes), 0) from near where earned_at >= f.earned_at and earned_at < f.earned_at + {_HOUR})) > 60 * :pace::int as held
        from fresh f where f.kind = {_LESSON}
    ), judged as (
        select f.*, coalesce(l.held, f.kind = {_COURSE} and (
            f.minutes > :pace::int * greatest(60, extract(epoch from f.earned_at - e.enrolled_at) / 60)
            or exists (select from lessons o join fresh g on g.n = o.n where o.held and g.course_id = f.course_id)
            or exists (select from xp_holds h where h.user_id = :user_id::uuid and h.course_id = f.course_id and h.status = 'held')), false) as held
        from fresh f left join lessons l on l.n = f.n left join enrollments e on e.id = f.enrollment_id
    ), numbered as (
        select j.*, row_number() over (partition by j.kind order by j.n) + (
            select count(*) from xp x where x.user_id = :user_id::uuid and x.day = {TODAY} and x.kind = j.kind) > j.daily_cap as capped
        from judged j where not j.held
    ), booked as (
        insert into xp ({BOOKED})
        select {NEW_ID}, :user_id::uuid, kind, source, subject, case when capped then 0 else points end, capped, domain, course_id,
            case when kind = {_LESSON} then coalesce(minutes, 0) else 0 end, version, {TODAY}, earned_at, statement_timestamp()
        from numbered order by n
        returning *
    ), held as (
        insert into xp_holds (id, user_id, kind, source, points, domain, course_id, minutes, rule_version, earned_at, held_at)
        select {NEW_ID}, :user_id::uuid, kind, source, points, domain, course_id,
            case when kind = {_LESSON} then coalesce(minutes, 0) else 0 end, version, earned_at, statement_timestamp()
        from judged where held order by n
    ), {SUMS}
    {_POINTS}
""")
"""Book what is due of `awards` to a learner who is there: not what is in the ledger, held or voided. What is too fast is held, what exceeds the day's
cap is booked without points."""

TAKE_BACK = sql(f"""
    with voided as (
        insert into xp_voids (user_id, kind, source) values (:user_id::uuid, :kind, :source) on conflict do nothing
    ), dismissed as (
        update xp_holds set status = 'dismissed', decided_at = now() where user_id = :user_id::uuid and kind = :kind and source = :source and status = 'held'
    ), booked as (
        insert into xp ({BOOKED})
        select {NEW_ID}, x.user_id, 'reversal', x.id::text, null, -x.points, false, x.domain, x.course_id, 0, x.rule_version, {TODAY},
            statement_timestamp(), statement_timestamp()
        from xp x where x.user_id = :user_id::uuid and x.kind = :kind and x.source = :source and x.points > 0
        on conflict (user_id, kind, source) do nothing
        returning *
    ), {SUMS}
    {_POINTS}
""")
"""A row of the other sign for what was booked, and nothing for what is still to come."""

# ---- What is held, and decided on ----

_HOLD = """json_build_object('id', h.id, 'userId', h.user_id, 'fullName', u.full_name, 'kind', h.kind, 'source', h.source, 'points', h.points,
    'courseId', h.course_id, 'courseTitle', c.title, 'minutes', h.minutes, 'earnedAt', h.earned_at, 'heldAt', h.held_at, 'status', h.status,
    'decidedBy', h.decided_by, 'decidedAt', h.decided_at)"""
_WITH_NAMES = "join users u on u.id = h.user_id left join courses c on c.id = h.course_id"
_HELD = "xp_holds h where h.status = :status [? and h.user_id = :user_id::uuid ?]"
_NEAREST = nearest(f"select h.* from {_HELD} [? and h.id > :after_id::uuid ?] order by h.id")
LIST_HOLDS = sql(f"""
    with chosen as ({_NEAREST}), page as (
        select {_HOLD}::text as item, json_build_array(h.id)::text as cursor from chosen h {_WITH_NAMES} order by h.id
    )
    select page.item, page.cursor, case when :counted::bool then (select count(*) from {_HELD}) end as total
    from (select 1) one left join page on true
""")
LOCK_HOLD = sql("""
    select h.user_id::text, h.kind, h.source, h.points from xp_holds h join users u on u.id = h.user_id where h.id = :id::uuid for no key update of u
""")

_DECIDED = f"""
    update xp_holds set status = '{{status}}', decided_by = :caller::uuid, decided_at = now()
    where id = :id::uuid and status = '{HoldStatus.HELD.value}' returning *"""
_DISMISS = _DECIDED.format(status=HoldStatus.DISMISSED.value)
_RELEASE = _DECIDED.format(status=HoldStatus.RELEASED.value)
DISMISS = sql(f"with h as ({_DISMISS}) select {_HOLD}::text as json from h {_WITH_NAMES}")
RELEASE = sql(f"""
    with h as ({_RELEASE}), booked as (
        insert into xp ({BOOKED})
        select {NEW_ID}, user_id, kind, source, null, points, false, domain, course_id, minutes, rule_version, {TODAY}, earned_at, statement_timestamp()
        from h returning *
    ), {SUMS}
    select {_HOLD}::text as json from h {_WITH_NAMES}
""")
"""Booked on the day that it is released, with the points of the rule by which it was held."""

# ---- Rules ----

RULES = sql("""
    with history as (
        select kind, max(version) as version, json_agg(json_build_object('version', version, 'points', points, 'dailyCap', daily_cap,
            'setBy', set_by, 'setAt', set_at) order by version desc) as versions
        from xp_rules group by kind
    )
    select json_agg(json_build_object('kind', r.kind, 'version', r.version, 'points', r.points, 'dailyCap', r.daily_cap, 'history', h.versions)
        order by r.kind)::text
    from xp_rules r join history h on h.kind = r.kind and h.version = r.version
""")
CHANGE_RULES = sql("""
    with asked as (
        select * from json_to_recordset(:rules::json) as a(kind text, version bigint, points bigint, daily_cap bigint)
    ), present as (
        select distinct on (kind) kind, version, points, daily_cap from xp_rules order by kind, version desc
    ), changed as (
        insert into xp_rules (kind, version, points, daily_cap, set_by)
        select a.kind, a.version + 1, a.points, a.daily_cap, :caller::uuid from asked a join present p on p.kind = a.kind and p.version = a.version
        where (a.points, a.daily_cap) <> (p.points, p.daily_cap)
        returning kind
    )
    select a.kind, p.version = a.version as seen, a.kind in (select kind from changed) as changed, p.points, p.daily_cap
    from asked a join present p on p.kind = a.kind order by a.kind
""")
"""A row for each rule that is asked for, with what it was."""
