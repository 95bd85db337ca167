"""Jobs that write courses: they end, tell everything, and say what they cost."""

from collections import Counter

from academy.admin.auditor import walk
from academy.platform.db import Database, sql

JOBS_AT_ONCE = 2_000
OVERDUE = "2 hours 30 minutes"
"""An execution lasts an hour and a half at the most; what outlived it is closed by the schedule after 100 minutes."""

_JOBS = sql("""
    with j as (
        select id, status, course_id, last_seq, updated_at, finished_at from generation_jobs where id > :after::uuid order by id limit :limit::int
    )
    select (select id::text from j order by id desc limit 1) as last, count(*) as checked,
        count(*) filter (where j.status in ('queued', 'processing') and j.updated_at < now() - :overdue::interval) as jobs_stuck,
        count(*) filter (where j.status = 'completed' and not coalesce((c.provenance->>'costMicros')::bigint between paid.before and paid.ever, false))
            as jobs_cost,
        count(*) filter (where j.last_seq <> (select count(*) from job_events x where x.job_id = j.id)) as jobs_events
    from j left join courses c on c.id = j.course_id cross join lateral (
        select coalesce(sum(x.cost_micros) filter (where x.created_at <= coalesce(j.finished_at, 'infinity')), 0) as before,
            coalesce(sum(x.cost_micros), 0) as ever
        from generation_charges x where x.job_id = j.id and x.settled
    ) paid
""")


def check(db: Database) -> Counter[str]:
    """`jobs_stuck`: neither ended nor at work. `jobs_cost`: the course says another cost than its calls come to (what a task that was given up paid
    after the course was made need not be in it). `jobs_events`: numbers of events with gaps."""
    return walk.count(db, _JOBS, limit=JOBS_AT_ONCE, overdue=OVERDUE)
