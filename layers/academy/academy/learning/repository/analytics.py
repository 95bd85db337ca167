"""How learning goes, and what to do next."""

from academy.identity.streaks import CURRENT, TODAY
from academy.learning.repository.fragments import IN_ORDER, LIVING_SECTIONS, goal_percentage, percent
from academy.platform.db import sql

ALMOST_DONE_PERCENT = 80
STALLED_DAYS = 7
STEPS = 5
SUGGESTIONS = 3

DASHBOARD = sql(f"""
    with me as (
        select u.*, {TODAY} as today, {CURRENT} as streak from users u where u.id = :caller::uuid
    ), e as (
        select e.*, c.title, c.lesson_count, c.section_count, {percent("e.completed_sections", "c.section_count")} as percentage
        from enrollments e join courses c on c.id = e.course_id and c.deleted_at is null where e.user_id = :caller::uuid and e.status <> 'ended'
    ), done as (
        select p.enrollment_id, p.completed_at, (p.completed_at at time zone me.time_zone)::date as day
        from e join section_progress p on p.enrollment_id = e.id cross join me where p.completed_at > now() - interval '28 days'
    ), studied as (
        select x.seconds, (x.started_at at time zone me.time_zone)::date as day from study_sessions x cross join me
        where x.user_id = me.id and x.started_at > now() - interval '28 days'
    ), pace as (
        select count(*) filter (where completed_at > now() - interval '7 days') as last7,
            count(*) filter (where completed_at > now() - interval '14 days' and completed_at <= now() - interval '7 days') as before7, count(*) as last28
        from done
    ), weeks as (
        select greatest(1, least(4, extract(epoch from now() - coalesce(min(enrolled_at), now())) / 604800)) as n from e
    ), forecasts as (
        select e.*, round(coalesce(d.sections, 0) / w.n, 2) as a_week
        from e left join (select enrollment_id, count(*) as sections from done group by 1) d on d.enrollment_id = e.id
        cross join lateral (select greatest(1, least(4, extract(epoch from now() - e.enrolled_at) / 604800)) as n) w
    )
    select json_build_object(
        'statistics', (select json_build_object('totalCourses', count(*), 'activeCourses', count(*) filter (where status = 'active'),
            'completedCourses', count(*) filter (where status = 'completed'), 'totalLessons', coalesce(sum(lesson_count), 0),
            'completedLessons', (select count(*) from e join lesson_progress p on p.enrollment_id = e.id where p.completed_at is not null),
            'totalSections', coalesce(sum(section_count), 0), 'completedSections', coalesce(sum(completed_sections), 0),
            'totalTimeSpent', coalesce(sum(time_spent), 0), 'averageCompletion', coalesce(round(avg(percentage)::numeric, 2), 0)::float8) from e),
        'currentStreak', me.streak, 'longestStreak', me.longest_streak,
        'velocity', (select json_build_object('sectionsLast7Days', p.last7, 'sectionsPerWeek', round(p.last28 / w.n, 2)::float8,
            'secondsLast7Days', (select coalesce(sum(seconds), 0) from studied where day > me.today - 7),
            'trend', case when p.last7 > p.before7 then 'up' when p.last7 < p.before7 then 'down' else 'steady' end) from pace p cross join weeks w),
        'courses', coalesce((select json_agg(json_build_object('courseId', f.course_id, 'courseTitle', f.title, 'status', f.status,
                'completionPercentage', f.percentage, 'completedSections', f.completed_sections, 'totalSections', f.section_count,
                'timeSpent', f.time_spent, 'lastAccessedAt', f.last_accessed_at, 'sectionsPerWeek', f.a_week::float8,
                'estimatedCompletionDate', case when f.status = 'active' and f.a_week > 0
                    then me.today + least(3650, ceil(greatest(0, f.section_count - f.completed_sections) / f.a_week * 7))::int end)
            order by f.status, coalesce(f.last_accessed_at, f.enrolled_at) desc) from forecasts f), '[]'::json),
        'activity', (select json_agg(json_build_object('date', d::date,
                'sectionsCompleted', (select count(*) from done where day = d::date),
                'seconds', (select coalesce(sum(seconds), 0) from studied where day = d::date)) order by d)
            from generate_series(me.today - 13, me.today, interval '1 day') d),
        'weeklyGoal', me.weekly_learning_goal * 60,
        'weeklyGoalPercentage', {goal_percentage("(select coalesce(sum(seconds), 0) from studied where day >= date_trunc('week', me.today)::date)")}
    )::text from me
""")

LEARNING_PATH = sql(f"""
    with me as (
        select * from users where id = :caller::uuid
    ), e as (
        select e.*, c.title, c.section_count, {percent("e.completed_sections", "c.section_count")} as percentage
        from enrollments e join courses c on c.id = e.course_id and c.deleted_at is null where e.user_id = :caller::uuid and e.status = 'active'
        order by coalesce(e.last_accessed_at, e.enrolled_at) desc limit 20
    ), outline as (
        select e.id as enrollment_id, s.id, s.lesson_id, s.title, s.estimated_minutes, p.completed_at,
            row_number() over (partition by e.id order by {IN_ORDER}) as n
        from e join {LIVING_SECTIONS} on s.course_id = e.course_id
        left join section_progress p on p.enrollment_id = e.id and p.section_id = s.id where s.deleted_at is null
    ), next as (
        select distinct on (x.enrollment_id) x.* from e join outline x on x.enrollment_id = e.id
        left join outline y on y.enrollment_id = e.id and y.id = e.last_section_id
        where x.completed_at is null order by x.enrollment_id, x.n < coalesce(y.n, 0), x.n
    ), going_on as (
        select e.course_id, e.title as course_title, n.lesson_id, n.id as section_id, n.title, e.percentage, n.estimated_minutes,
            coalesce(e.last_accessed_at, e.enrolled_at) as at, r.reason,
            case r.reason when 'almost_done' then 'You have done ' || e.percentage || ' % of this course: finish it.'
                when 'stalled' then 'You were last here on ' || to_char(e.last_accessed_at, 'FMDD FMMonth') || '. A few minutes bring you back in.'
                when 'not_started' then 'You are enrolled and have not begun yet.' else 'Go on where you left off.' end as explanation
        from e join next n on n.enrollment_id = e.id cross join lateral (select case
            when e.percentage >= {ALMOST_DONE_PERCENT} then 'almost_done'
            when e.last_accessed_at is null then 'not_started'
            when e.last_accessed_at < now() - interval '{STALLED_DAYS} days' then 'stalled' else 'continue' end as reason) r
        order by array_position(array['almost_done', 'continue', 'stalled', 'not_started'], r.reason), at desc limit {STEPS}
    ), completed as (
        select distinct course_id from enrollments where user_id = :caller::uuid and completed_at is not null
    ), unlocked as (
        select distinct c.id, c.total_enrollments, r.title as after from completed d join course_prerequisites q on q.required_id = d.course_id
        join courses c on c.id = q.course_id join courses r on r.id = d.course_id
        where c.status = 'published' and c.visibility = 'public' and c.deleted_at is null
    ), field as (
        select c.id, c.total_enrollments, null::text as after from courses c join me on me.domain = c.domain
        where c.status = 'published' and c.visibility = 'public' and c.deleted_at is null
        order by c.total_enrollments desc, c.id desc limit 50
    ), candidates as (
        select distinct on (x.id) x.* from (select *, 'unlocked' as reason from unlocked union all select *, 'your_field' from field) x
        order by x.id, x.reason
    ), suggested as (
        select c.id as course_id, c.title as course_title, c.title, c.estimated_minutes, x.reason,
            case x.reason when 'unlocked' then 'You have completed “' || x.after || '”, which this course builds on.'
                else 'Many learners of your field take this course.' end as explanation
        from candidates x join courses c on c.id = x.id
        where c.instructor_id <> :caller::uuid
            and not exists (select from enrollments n where n.user_id = :caller::uuid and n.course_id = c.id and n.status <> 'ended')
            and not exists (select from completed d where d.course_id = c.id)
            and not exists (select from course_prerequisites q where q.course_id = c.id and q.required_id not in (select course_id from completed))
        order by x.reason, x.total_enrollments desc, x.id limit {SUGGESTIONS}
    ), steps as (
        select 1 as part, row_number() over (order by array_position(array['almost_done', 'continue', 'stalled', 'not_started'], reason), at desc) as n,
            json_build_object('type', 'section', 'courseId', course_id, 'courseTitle', course_title, 'lessonId', lesson_id, 'sectionId', section_id,
            'title', title, 'completionPercentage', percentage, 'estimatedMinutes', estimated_minutes, 'reason', reason, 'explanation', explanation) as json
        from going_on
        union all
        select 2, row_number() over (order by reason, title), json_build_object('type', 'course', 'courseId', course_id, 'courseTitle', course_title,
            'lessonId', null, 'sectionId', null, 'title', title, 'completionPercentage', null, 'estimatedMinutes', estimated_minutes,
            'reason', reason, 'explanation', explanation)
        from suggested
    )
    select json_build_object('steps', coalesce((select json_agg(json order by part, n) from steps), '[]'::json))::text
""")
