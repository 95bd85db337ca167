"""Certificates against the completions that earned them, and completions against the certificates and the events that they deserve."""

from collections import Counter

from academy.admin.auditor import walk
from academy.platform.db import Database, sql

ROWS_AT_ONCE = 10_000
OVERDUE = "1 hour"
"""Issuing takes seconds. What could not be begun is tried again by its queue for half an hour."""

_CERTIFICATES = sql("""
    with k as (
        select id, user_id, course_id, cycle, status, created_at from certificates where id > :after::uuid order by id limit :limit::int
    )
    select (select id::text from k order by id desc limit 1) as last, count(*) as checked,
        count(*) filter (where status <> 'pending' and not exists (
            select from enrollments e where e.user_id = k.user_id and e.course_id = k.course_id and e.completed_at is not null
        )) as certificates_unearned,
        count(*) filter (where exists (
            select from certificates o where o.user_id = k.user_id and o.course_id = k.course_id and o.cycle = k.cycle and o.id <> k.id
        )) as certificates_doubled,
        count(*) filter (where status = 'pending' and created_at < now() - :overdue::interval) as certificates_stuck
    from k
""")

_COMPLETIONS = sql("""
    with e as (
        select id, user_id, course_id, status, completed_at from enrollments where id > :after::uuid order by id limit :limit::int
    )
    select (select id::text from e order by id desc limit 1) as last, count(*) as checked,
        count(*) filter (
            where status = 'completed' and completed_at < now() - :overdue::interval
            and not exists (select from certificates k where k.user_id = e.user_id and k.course_id = e.course_id)
            and exists (select from users u where u.id = e.user_id and u.status <> 'erased')
        ) as certificates_missing
    from e
""")


def check(db: Database) -> Counter[str]:
    """`certificates_unearned`: without a completed course. `certificates_doubled`: two of one cycle. `certificates_stuck`: reserved and not
    issued. `certificates_missing`: a course was completed and nobody began to issue."""
    found = walk.count(db, _CERTIFICATES, limit=ROWS_AT_ONCE, overdue=OVERDUE)
    found.update(walk.count(db, _COMPLETIONS, limit=ROWS_AT_ONCE, overdue=OVERDUE))
    return found
