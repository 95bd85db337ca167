"""Progress, enrolments and outlines, by course."""

from collections import Counter

from academy.admin.auditor import walk
from academy.learning import jobs as learning
from academy.platform.db import Database, sql

COURSES_AT_ONCE = 200

# Laterals with an `offset 0` are fences, as in learning's check: the planner would rather read whole tables than believe how few rows a piece has.
_COURSES = sql("""
    with c as (
        select id, module_count, lesson_count, section_count from courses where id > :after::uuid order by id limit :limit::int
    ), e as (
        select e.user_id, e.course_id, e.status, e.completed_at
        from c cross join lateral (select * from enrollments x where x.course_id = c.id and x.status <> 'ended' offset 0) e
    ), content as (
        select c.id, count(distinct x.module_id) as modules, count(distinct x.lesson_id) as lessons, count(x.section_id) as sections
        from c cross join lateral (
            select m.id as module_id, l.id as lesson_id, s.id as section_id from modules m
            left join lessons l on l.module_id = m.id and l.deleted_at is null left join sections s on s.lesson_id = l.id and s.deleted_at is null
            where m.course_id = c.id and m.deleted_at is null offset 0
        ) x group by c.id
    )
    select (select id::text from c order by id desc limit 1) as last, (select count(*) from c) as checked,
        (select count(*) from (select 1 from e group by user_id, course_id having count(*) > 1) doubled) as enrollments_doubled,
        (select count(*) from e where (status = 'completed') <> (completed_at is not null)) as enrollments_status,
        (select count(*) from c left join content x on x.id = c.id where (c.module_count, c.lesson_count, c.section_count)
            is distinct from (coalesce(x.modules, 0), coalesce(x.lessons, 0), coalesce(x.sections, 0))) as outlines
""")


def check(db: Database) -> Counter[str]:
    """`progress_*`: counters of enrolments, lessons, learners and ratings, and completions not noted. `enrollments_doubled`: a learner twice in a
    course. `enrollments_status`: status and time of completion contradict each other. `outlines`: a course's counters of its content."""
    drift = learning.find_drift(db)
    found = walk.count(db, _COURSES, limit=COURSES_AT_ONCE)
    found.update({f"progress_{kind}": n for kind, n in drift.kinds.items()})
    return found
