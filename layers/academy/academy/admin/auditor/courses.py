"""Progress, enrolments and outlines, by course."""

from collections import Counter

from academy.admin.auditor import walk
from academy.learning import jobs as learning
from academy.platform.db import Database, sql

COURSES_AT_ONCE = 200

_COURSES = sql("""
    with c as (
        select id, module_count, lesson_count, section_count from courses where id > :after::uuid order by id limit :limit::int
    ), e as (
        select e.user_id, e.course_id, e.status, e.completed_at from enrollments e join c on c.id = e.course_id where e.status <> 'ended'
    ), m as (
        select m.id, m.course_id from modules m join c on c.id = m.course_id where m.deleted_at is null
    ), l as (
        select l.id, l.course_id from lessons l join m on m.id = l.module_id and m.course_id = l.course_id where l.deleted_at is null
    ), s as (
        select s.id, s.course_id from sections s join l on l.id = s.lesson_id and l.course_id = s.course_id where s.deleted_at is null
    )
    select (select id::text from c order by id desc limit 1) as last, (select count(*) from c) as checked,
        (select count(*) from (select 1 from e group by user_id, course_id having count(*) > 1) doubled) as enrollments_doubled,
        (select count(*) from e where (status = 'completed') <> (completed_at is not null)) as enrollments_status,
        (select count(*) from c where (module_count, lesson_count, section_count) is distinct from (
            coalesce((select n from (select course_id, count(*) as n from m group by 1) x where x.course_id = c.id), 0),
            coalesce((select n from (select course_id, count(*) as n from l group by 1) x where x.course_id = c.id), 0),
            coalesce((select n from (select course_id, count(*) as n from s group by 1) x where x.course_id = c.id), 0))) as outlines
""")


def check(db: Database) -> Counter[str]:
    """`progress_*`: counters of enrolments, lessons, learners and ratings, and completions not noted. `enrollments_doubled`: a learner twice in a
    course. `enrollments_status`: status and time of completion contradict each other. `outlines`: a course's counters of its content."""
    drift = learning.find_drift(db)
    found = walk.count(db, _COURSES, limit=COURSES_AT_ONCE)
    found.update({f"progress_{kind}": n for kind, n in drift.kinds.items()})
    return found
