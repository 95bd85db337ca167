"""XP: the ledger, its sums, and that nothing which gives points was passed over."""

from collections import Counter

from academy.admin.auditor import deliveries, walk
from academy.engagement.xp.values import XpKind
from academy.learning.events import CourseCompleted, LessonCompleted
from academy.platform.db import Database, sql

LEARNERS_AT_ONCE = 500
EVENTS_AT_ONCE = 20_000

# Laterals with an `offset 0` are fences, as for courses: a piece's learners are few, whatever the planner thinks.
_LEDGER = sql("""
    with u as (
        select id, xp_total from users where id > :after::uuid order by id limit :limit::int
    ), days as (
        select u.id, x.day, sum(x.points) as points, count(*) filter (where x.points > 0) as awards
        from u cross join lateral (select day, points from xp where user_id = u.id offset 0) x group by u.id, x.day
    ), daily as (
        select d.* from u cross join lateral (select user_id, day, points, awards from xp_daily where user_id = u.id offset 0) d
    )
    select (select id::text from u order by id desc limit 1) as last, (select count(*) from u) as checked,
        (select count(*) from u left join (select id, sum(points) as points from days group by id) s on s.id = u.id
            where u.xp_total <> coalesce(s.points, 0)) as xp_totals,
        (select count(*) from days full join daily on daily.user_id = days.id and daily.day = days.day
            where (coalesce(days.points, 0), coalesce(days.awards, 0)) is distinct from (coalesce(daily.points, 0), coalesce(daily.awards, 0))) as xp_days,
        (select count(*) from u cross join lateral (select * from xp where user_id = u.id and kind = 'reversal' offset 0) r
            left join xp a on a.user_id = r.user_id and a.id = r.source::uuid
            where a.points + r.points is distinct from 0) as xp_reversals,
        (select count(*) from u cross join lateral (select * from xp_voids where user_id = u.id offset 0) v
            join xp a on a.user_id = v.user_id and a.kind = v.kind and a.source = v.source and a.points > 0
            where not exists (select from xp r where r.user_id = a.user_id and r.kind = 'reversal' and r.source = a.id::text)) as xp_kept,
        (select count(*) from u cross join lateral (select * from xp_holds where user_id = u.id offset 0) h
            where (h.status = 'released') <> exists (
                select from xp a where a.user_id = h.user_id and a.kind = h.kind and a.source = h.source)) as xp_holds
""")

_EVENTS = sql(f"""
    with o as (
        select id, kind, payload, published_at from outbox where id > :after::uuid order by id limit :limit::int
    ), due as (
        select (o.payload->>'userId')::uuid as user_id,
            case o.kind when :lesson then '{XpKind.LESSON_COMPLETE.value}' else '{XpKind.COURSE_COMPLETE.value}' end as kind,
            o.payload->>(case o.kind when :lesson then 'lessonId' else 'courseId' end) as source
        from o join consumed_events k on k.consumer = 'engagement' and k.event_id = o.id
        where o.kind in (:lesson, :course) and o.published_at < now() - :undelivered::interval
    )
    select (select id::text from o order by id desc limit 1) as last, (select count(*) from o) as checked,
        (select count(*) from due d join users u on u.id = d.user_id and u.status <> 'erased'
            where not exists (select from xp x where x.user_id = d.user_id and x.kind = d.kind and x.source = d.source)
            and not exists (select from xp_holds h where h.user_id = d.user_id and h.kind = d.kind and h.source = d.source)
            and not exists (select from xp_voids v where v.user_id = d.user_id and v.kind = d.kind and v.source = d.source)) as xp_unbooked
""")


def check(db: Database) -> Counter[str]:
    """`xp_totals`, `xp_days`: sums that are not the ledger's. `xp_reversals`: what takes back something else than was given. `xp_kept`: given for what was
    voided. `xp_holds`: booked though held or dismissed, or released and not booked. `xp_unbooked`: completions noted as heard that gave nothing."""
    found = walk.count(db, _LEDGER, limit=LEARNERS_AT_ONCE)
    found.update(
        walk.count(
            db,
            _EVENTS,
            limit=EVENTS_AT_ONCE,
            lesson=LessonCompleted.kind,
            course=CourseCompleted.kind,
            undelivered=deliveries.UNDELIVERED,
        )
    )
    return found
