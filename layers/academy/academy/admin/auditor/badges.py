"""Badges against what they count, and against the events that told of them."""

from collections import Counter

from academy.admin.auditor import walk
from academy.admin.auditor.deliveries import KEPT_DAYS, UNDELIVERED
from academy.engagement.badges.catalogue import BADGES
from academy.engagement.badges.counters import MOVED_BY_LEARNING, ONLY_GROWING, column_of, joins, source_of
from academy.engagement.events import BadgeEarned
from academy.platform.db import Database, sql

LEARNERS_AT_ONCE = 500
ROWS_AT_ONCE = 20_000

_CERTAIN = [badge for badge in BADGES.values() if badge.counter in ONLY_GROWING]
_SOURCES = ", ".join(sorted({f"'{source_of(counter)}'" for counter in ONLY_GROWING}))
_COUNTS = ", ".join(
    f"('{badge.slug}', {column_of(badge.counter)}, {badge.target}, {str(badge.counter in MOVED_BY_LEARNING).lower()})" for badge in _CERTAIN
)

# Who learned within the last hour, or completed something by a section being taken away, may have earned what is still on its way; and who is waiting
# for a round that is under way.
_LEARNERS = sql(f"""
    with p as materialized (
        select id, status, time_zone, weekly_learning_goal, longest_streak, xp_total, last_learned_at, array[{_SOURCES}] as sources
        from users where id > :after::uuid order by id limit :limit::int
    ), judged as (
        select p.id, d.reached >= d.target as reached, a.badge is not null as has, p.status, r.done_at is not null and d.by_learning
            and coalesce(p.last_learned_at, r.done_at) < now() - :undelivered::interval as due
        from p {joins(ONLY_GROWING)}
        cross join lateral (values {_COUNTS}) d(badge, reached, target, by_learning)
        left join achievements a on a.user_id = p.id and a.badge = d.badge
        left join badge_rounds r on r.badge = d.badge
    )
    select (select id::text from p order by id desc limit 1) as last, (select count(*) from p) as checked,
        (select count(*) from judged where has and not coalesce(reached, false)) as badges_unearned,
        (select count(*) from judged j where reached and not has and due and status <> 'erased' and not exists (
            select from enrollments e left join lesson_progress l on l.enrollment_id = e.id
            where e.user_id = j.id and greatest(e.completed_at, l.completed_at) > now() - :undelivered::interval)) as badges_missed,
        (select count(*) from p cross join lateral (select * from achievements where user_id = p.id offset 0) a
            where a.earned_at > now() - make_interval(days => :days::int) and not exists (select from outbox o where o.id = a.event_id)) as badges_untold
""")
_EVENTS = sql("""
    with o as (
        select id, kind, payload from outbox where id > :after::uuid order by id limit :limit::int
    )
    select (select id::text from o order by id desc limit 1) as last, (select count(*) from o) as checked,
        (select count(*) from o where o.kind = :earned and not exists (
            select from achievements a where a.user_id = (o.payload->>'userId')::uuid and a.badge = o.payload->>'badge' and a.event_id = o.id)) as badges_retold
""")


def check(db: Database) -> Counter[str]:
    """`badges_unearned`: somebody has one whose count, which never becomes less, they have not reached. `badges_missed`: reached an hour ago and more, and
    not given. `badges_untold`: given without an event. `badges_retold`: an event without its badge, or a second one."""
    found = walk.count(db, _LEARNERS, limit=LEARNERS_AT_ONCE, days=KEPT_DAYS, undelivered=UNDELIVERED)
    found.update(walk.count(db, _EVENTS, limit=ROWS_AT_ONCE, earned=BadgeEarned.kind))
    return found
