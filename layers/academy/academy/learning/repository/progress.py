"""The statement that records progress, and those that decide completion and put counters right.

Concurrency (READ COMMITTED): a statement that waited for a row's lock goes on with the row's newest version, but everything else it reads
is what it saw before it waited. So nothing here is computed from rows that another transaction may have changed meanwhile, except where
that is said. Counters grow by what the upserts found and changed themselves (`newly_completed`, `time_added`); completion is set where the
snapshot proves it, and where only the counter says so (another report of the same moment, or a counter that content changes left behind),
`undecided` asks for SETTLE, whose snapshot is younger than every report that it must see.
"""

from academy.identity.streaks import CURRENT, LEARNED
from academy.learning.repository.fragments import IN_ORDER, LIVING_SECTIONS, percent
from academy.platform.db import sql
from academy.platform.events import ENVELOPE
from academy.platform.ids import NEW_ID

GRACE_SECONDS = 300
"""How much more time than has passed since enrolment a learner's reports may claim in all: pages opened before, clocks that differ."""

REPEAT_GRACE_SECONDS = 30
"""How much more time than since its last report a section's next report may claim."""

_TIME_ADDED = f"""
    least(excluded.time_added, greatest(0, floor(extract(epoch from now() - p.last_seen_at)))::bigint + {REPEAT_GRACE_SECONDS})
"""
RECORD = sql(f"""
    with enrolled as (
        select e.id, e.user_id, e.course_id, e.time_spent, e.enrolled_at, e.completed_at
        from enrollments e join courses c on c.id = e.course_id and c.deleted_at is null
        where e.user_id = :caller::uuid and e.status <> 'ended'
            and e.course_id = coalesce(:course_id::uuid, (select course_id from lessons where id = :lesson_id::uuid))
        for update of e
    ), outline as materialized (
        select s.id, s.lesson_id, s.title, s.estimated_minutes, l.title as lesson_title,
            row_number() over (order by {IN_ORDER}) as n, p.completed_at is not null as done_before
        from {LIVING_SECTIONS} left join section_progress p on p.enrollment_id = (select id from enrolled) and p.section_id = s.id
        where s.course_id = (select course_id from enrolled) and s.deleted_at is null
    ), asked as (
        select a.section_id, bool_or(a.completed) as completed, sum(a.seconds) as seconds, max(a.score) as score, min(a.n) as n
        from json_to_recordset(:updates::json) as a(section_id uuid, completed bool, seconds bigint, score bigint, n int) group by a.section_id
        union all
        select id, true, case when n = min(n) over () then :lesson_seconds::bigint else 0 end, null, n from outline
        where :whole_lesson::bool and lesson_id = :lesson_id::uuid
    ), valid as (
        select e.id as enrollment_id, o.id as section_id, o.lesson_id, o.n, a.completed, a.score,
            greatest(0, least(a.seconds, floor(extract(epoch from now() - e.enrolled_at))::bigint + {GRACE_SECONDS} - e.time_spent
                - (sum(a.seconds) over (order by a.n, o.n) - a.seconds))) as seconds
        from enrolled e cross join asked a
        join outline o on o.id = a.section_id and o.lesson_id = coalesce(:lesson_id::uuid, o.lesson_id)
    ), touched as (
        insert into section_progress as p
            (enrollment_id, section_id, lesson_id, time_spent, time_added, score, first_seen_at, last_seen_at, completed_at, newly_completed)
        select enrollment_id, section_id, lesson_id, seconds, seconds, score, now(), now(), case when completed then now() end, completed
        from valid order by section_id
        on conflict (enrollment_id, section_id) do update set
            lesson_id = excluded.lesson_id,
            time_added = {_TIME_ADDED},
            time_spent = p.time_spent + {_TIME_ADDED},
            score = greatest(p.score, excluded.score),
            last_seen_at = greatest(p.last_seen_at, excluded.last_seen_at),
            newly_completed = p.completed_at is null and excluded.completed_at is not null,
            completed_at = coalesce(p.completed_at, excluded.completed_at)
        returning p.*
    ), truth as (
        select o.lesson_id, count(*) as total, bool_and(o.done_before or t.completed_at is not null) as complete
        from outline o left join touched t on t.section_id = o.id group by o.lesson_id
    ), sums as (
        select t.lesson_id, count(*) filter (where t.newly_completed) as newly, sum(t.time_added) as seconds, bool_and(r.complete) as complete
        from touched t join truth r on r.lesson_id = t.lesson_id group by t.lesson_id
    ), lessons_after as (
        insert into lesson_progress as p (enrollment_id, lesson_id, completed_sections, time_spent, started_at, completed_at, newly_completed)
        select e.id, x.lesson_id, x.newly, x.seconds, now(), case when x.complete then now() end, x.complete
        from sums x cross join enrolled e order by x.lesson_id
        on conflict (enrollment_id, lesson_id) do update set
            completed_sections = p.completed_sections + excluded.completed_sections,
            time_spent = p.time_spent + excluded.time_spent,
            newly_completed = p.completed_at is null and excluded.completed_at is not null,
            completed_at = coalesce(p.completed_at, excluded.completed_at)
        returning p.*
    ), total as (
        select sum(total)::bigint as sections, bool_and(complete) as complete from truth
    ), enrollment_after as (
        update enrollments e set
            completed_sections = e.completed_sections + x.newly,
            time_spent = e.time_spent + x.seconds,
            last_section_id = x.last_section_id,
            last_accessed_at = greatest(e.last_accessed_at, now()),
            completed_at = coalesce(e.completed_at, case when x.complete then now() end),
            status = case when e.status = 'active' and x.complete then 'completed' else e.status end
        from (
            select (select sum(newly) from sums)::bigint as newly, (select sum(seconds) from sums)::bigint as seconds, (select complete from total) as complete,
                (select section_id from valid order by n desc limit 1) as last_section_id
            where exists (select from lessons_after)
        ) x
        where e.id = (select id from enrolled)
        returning e.*, x.newly, x.seconds
    ), learner as (
        update users u set {LEARNED}
        from enrollment_after a where u.id = a.user_id and (a.newly > 0 or a.seconds > 0)
        returning u.current_streak
    ), happened as (
        select 'section.completed' as kind, jsonb_build_object('enrollmentId', e.id, 'userId', e.user_id, 'courseId', e.course_id,
            'lessonId', t.lesson_id, 'sectionId', t.section_id, 'score', t.score, 'completedAt', t.completed_at) as payload
        from touched t cross join enrolled e where t.newly_completed
        union all
        select 'lesson.completed', jsonb_build_object('enrollmentId', e.id, 'userId', e.user_id, 'courseId', e.course_id,
            'lessonId', t.lesson_id, 'completedAt', t.completed_at)
        from lessons_after t cross join enrolled e where t.newly_completed
        union all
        select 'course.completed', jsonb_build_object('enrollmentId', e.id, 'userId', e.user_id, 'courseId', e.course_id, 'completedAt', a.completed_at)
        from enrollment_after a join enrolled e on e.id = a.id where e.completed_at is null and a.completed_at is not null
    ), emitted as (
        insert into outbox (id, kind, version, payload, occurred_at)
        select {NEW_ID}, kind, 1, payload, now() from happened returning *
    ), last as (
        select t.*, v.n, p.time_spent as lesson_time_spent, p.completed_at as lesson_completed_at
        from valid v join touched t on t.section_id = v.section_id join lessons_after p on p.lesson_id = t.lesson_id order by v.n desc limit 1
    ), next as (
        select o.*, case when o.n < x.n then 'skipped_earlier' when o.lesson_id = x.lesson_id then 'next_section' else 'next_lesson' end as reason
        from outline o cross join last x left join touched t on t.section_id = o.id
        where not o.done_before and t.completed_at is null and o.id <> x.section_id order by o.n < x.n, o.n limit 1
    )
    select json_build_object(
            'enrollmentId', a.id, 'courseId', a.course_id, 'lessonId', x.lesson_id, 'sectionId', x.section_id,
            'sectionCompleted', x.completed_at is not null,
            'lessonCompleted', x.lesson_completed_at is not null,
            'courseCompleted', a.completed_at is not null,
            'completedAt', case when :whole_lesson::bool then x.lesson_completed_at else x.completed_at end,
            'courseCompletedAt', a.completed_at,
            'completionPercentage', {percent("a.completed_sections", "total.sections")},
            'completedSections', a.completed_sections, 'totalSections', total.sections,
            'timeSpent', case when :whole_lesson::bool then x.lesson_time_spent else x.time_spent end,
            'totalTimeSpent', a.time_spent,
            'estimatedTimeRemaining', coalesce((
                select sum(o.estimated_minutes) * 60 from outline o left join touched t on t.section_id = o.id
                where not o.done_before and t.completed_at is null), 0),
            'currentStreak', coalesce((select current_streak from learner), (select {CURRENT} from users u where u.id = a.user_id)),
            'newAchievements', json_build_array(), 'xpEarned', 0,
            'nextRecommendation', (select json_build_object('type', 'section', 'courseId', a.course_id, 'lessonId', n.lesson_id, 'sectionId', n.id,
                'title', n.title, 'lessonTitle', n.lesson_title, 'reason', n.reason) from next n)
        )::text as json,
        (select json_agg(json_build_object('sectionId', section_id, 'newlyCompleted', newly_completed, 'completedAt', completed_at,
            'timeSpent', time_spent, 'timeAdded', time_added)) from touched)::text as sections,
        a.id::text as enrollment_id,
        a.completed_at is null and a.completed_sections >= total.sections or exists (
            select from lessons_after p join truth r on r.lesson_id = p.lesson_id where p.completed_at is null and p.completed_sections >= r.total
        ) as undecided,
        array(select {ENVELOPE} from emitted where exists (select from emitted where kind <> 'section.completed')) as events
    from enrollment_after a cross join last x cross join total
""")

SETTLE = sql(f"""
    with target as (
        select id, user_id, course_id from enrollments where id = any(:ids::uuid[]) and status <> 'ended' order by id for update
    ), state as (
        select t.id, s.lesson_id, bool_and(p.completed_at is not null) as complete
        from target t join {LIVING_SECTIONS} on s.course_id = t.course_id
        left join section_progress p on p.enrollment_id = t.id and p.section_id = s.id
        where s.deleted_at is null group by t.id, s.lesson_id
    ), lessons_done as (
        update lesson_progress p set completed_at = now(), newly_completed = true from state x
        where p.enrollment_id = x.id and p.lesson_id = x.lesson_id and x.complete and p.completed_at is null
        returning p.enrollment_id, p.lesson_id, p.completed_at
    ), courses_done as (
        update enrollments e set completed_at = now(), status = 'completed'
        from (select id from state group by id having bool_and(complete)) x where e.id = x.id and e.completed_at is null and e.status = 'active'
        returning e.id, e.completed_at
    ), happened as (
        select 'lesson.completed' as kind, jsonb_build_object('enrollmentId', t.id, 'userId', t.user_id, 'courseId', t.course_id,
            'lessonId', d.lesson_id, 'completedAt', d.completed_at) as payload
        from lessons_done d join target t on t.id = d.enrollment_id
        union all
        select 'course.completed', jsonb_build_object('enrollmentId', t.id, 'userId', t.user_id, 'courseId', t.course_id, 'completedAt', d.completed_at)
        from courses_done d join target t on t.id = d.id
    ), emitted as (
        insert into outbox (id, kind, version, payload, occurred_at) select {NEW_ID}, kind, 1, payload, now() from happened returning *
    )
    select array(select {ENVELOPE} from emitted) as events,
        array(select lesson_id::text from lessons_done) as lessons,
        (select to_json(completed_at) #>> '{{}}' from courses_done limit 1) as course_completed_at
""")
"""Complete what is complete and was not yet said to be. It only ever sets what stays set, so a snapshot from before its wait for the lock will do:
every report that the asking one counted was committed before. The enrolment is locked first, as by RECORD; lesson first was a deadlock."""
