"""Counters against the truth: after content changed, and every night."""

from academy.learning.repository.fragments import LIVING_SECTIONS
from academy.platform.db import sql

LOCK_ENROLLMENTS = sql("""
    select id::text from enrollments where course_id = :course_id::uuid and status <> 'ended' [? and id > :after::uuid ?]
    order by id limit :limit::int for update
""")
"""Waits for reports under way, so that the next statement's snapshot sees them and they see the new content."""

RECOUNT = sql(f"""
    with living as (
        select s.id, s.lesson_id from {LIVING_SECTIONS} where s.course_id = :course_id::uuid and s.deleted_at is null
    ), e as (
        select id, completed_sections, time_spent, completed_at from enrollments where id = any(:ids::uuid[])
    ), rows as (
        select p.enrollment_id, p.section_id, s.lesson_id, p.lesson_id as noted_lesson_id, p.time_spent, p.first_seen_at,
            case when l.id is not null then p.completed_at end as completed_at
        from e join section_progress p on p.enrollment_id = e.id join sections s on s.id = p.section_id left join living l on l.id = p.section_id
    ), moved as (
        update section_progress p set lesson_id = r.lesson_id from rows r
        where p.enrollment_id = r.enrollment_id and p.section_id = r.section_id and r.lesson_id <> r.noted_lesson_id
    ), by_lesson as (
        select r.enrollment_id, r.lesson_id, count(r.completed_at) as done, sum(r.time_spent)::bigint as seconds, min(r.first_seen_at) as started_at
        from rows r group by 1, 2
    ), lessons_after as (
        insert into lesson_progress as p (enrollment_id, lesson_id, completed_sections, time_spent, started_at)
        select enrollment_id, lesson_id, done, seconds, started_at from by_lesson
        on conflict (enrollment_id, lesson_id) do update set completed_sections = excluded.completed_sections, time_spent = excluded.time_spent,
            newly_completed = false
        where (p.completed_sections, p.time_spent) is distinct from (excluded.completed_sections, excluded.time_spent)
    ), emptied as (
        update lesson_progress p set completed_sections = 0, time_spent = 0, newly_completed = false from e
        where p.enrollment_id = e.id and (p.completed_sections <> 0 or p.time_spent <> 0)
            and not exists (select from by_lesson b where b.enrollment_id = p.enrollment_id and b.lesson_id = p.lesson_id)
    ), by_course as (
        select e.id, coalesce(sum(b.done), 0)::bigint as done, coalesce(sum(b.seconds), 0)::bigint as seconds
        from e left join by_lesson b on b.enrollment_id = e.id group by e.id
    ), enrollments_after as (
        update enrollments x set completed_sections = b.done, time_spent = b.seconds from by_course b
        where x.id = b.id and (x.completed_sections, x.time_spent) is distinct from (b.done, b.seconds)
    ), wanted as (
        select lesson_id, count(*) as total from living group by lesson_id
    )
    select array(
        select e.id::text from e join by_course b on b.id = e.id
        where e.completed_at is null and b.done > 0 and b.done >= (select sum(total) from wanted)
        union
        select b.enrollment_id::text from by_lesson b join wanted w on w.lesson_id = b.lesson_id and b.done >= w.total
        left join lesson_progress p on p.enrollment_id = b.enrollment_id and p.lesson_id = b.lesson_id where p.completed_at is null
    )
""")
"""After LOCK_ENROLLMENTS. Returns the enrolments in which something is complete that was not said to be: they go to SETTLE."""

LOCK_COURSE = sql("select id::text from courses where id = :course_id::uuid for no key update")

REPAIR_COURSE = sql("""
    update courses c set
        total_enrollments = (select count(*) from enrollments e where e.course_id = c.id and e.status <> 'ended'),
        rating_count = (select count(*) from course_ratings r where r.course_id = c.id),
        rating_sum = (select coalesce(sum(r.rating), 0) from course_ratings r where r.course_id = c.id)
    where c.id = :course_id::uuid
""")
"""After LOCK_COURSE."""

CHECK = sql(f"""
    with c as (
        select id, total_enrollments, rating_count, rating_sum from courses where :after::uuid is null or id > :after::uuid order by id limit :limit::int
    ), e as (
        select e.* from c cross join lateral (select * from enrollments x where x.course_id = c.id and x.status <> 'ended' offset 0) e
    ), living as (
        select s.* from c cross join lateral (
            select s.id, s.lesson_id, s.course_id from {LIVING_SECTIONS} where s.course_id = c.id and s.deleted_at is null offset 0
        ) s
    ), totals as (
        select course_id, count(*) as total from living group by course_id
    ), reported as (
        select e.id as enrollment_id, p.section_id, p.lesson_id, p.completed_at, p.time_spent
        from e cross join lateral (select * from section_progress x where x.enrollment_id = e.id offset 0) p
    ), by_lesson as (
        select p.enrollment_id, p.lesson_id, count(p.completed_at) filter (where l.id is not null) as done, sum(p.time_spent) as seconds
        from reported p left join living l on l.id = p.section_id group by 1, 2
    ), by_course as (
        select enrollment_id, sum(done) as done, sum(seconds) as seconds from by_lesson group by 1
    ), lessons as (
        select e.course_id, p.enrollment_id, p.lesson_id, p.completed_sections, p.time_spent
        from e cross join lateral (select * from lesson_progress x where x.enrollment_id = e.id offset 0) p
    ), wrong as (
        select e.course_id, 'enrollments' as what, count(*) as n from e left join by_course b on b.enrollment_id = e.id
        where (e.completed_sections, e.time_spent) is distinct from (coalesce(b.done, 0), coalesce(b.seconds, 0)) group by 1
        union all
        select p.course_id, 'lessons', count(*) from lessons p
        left join by_lesson b on b.enrollment_id = p.enrollment_id and b.lesson_id = p.lesson_id
        where (p.completed_sections, p.time_spent) is distinct from (coalesce(b.done, 0), coalesce(b.seconds, 0)) group by 1
        union all
        select e.course_id, 'completions', count(*) from e join by_course b on b.enrollment_id = e.id join totals t on t.course_id = e.course_id
        where e.completed_at is null and b.done >= t.total group by 1
        union all
        select c.id, 'learners', 1 from c left join (select course_id, count(*) as n from e group by 1) l on l.course_id = c.id
        where c.total_enrollments <> coalesce(l.n, 0)
        union all
        select c.id, 'ratings', 1 from c
        cross join lateral (select count(*) as n, coalesce(sum(rating), 0) as total from course_ratings r where r.course_id = c.id) r
        where (c.rating_count, c.rating_sum) is distinct from (r.n, r.total)
    )
    select w.course_id::text, w.what, w.n, (select id::text from c order by id desc limit 1) as last, (select count(*) from c) as checked
    from (select 1) one left join wrong w on true
""")
"""One snapshot, so reports under way are no drift.

The laterals are fences (`offset 0`): how many learners a course has varies so much that the planner, left to join as it likes, expects too many and
reads all progress of the academy for each piece.
"""
