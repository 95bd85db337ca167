"""A learner's courses down to each section's state: one statement a page, whatever the depth. Lessons without sections are not shown."""

from academy.identity.streaks import CURRENT
from academy.learning.repository.fragments import IN_ORDER, LIVING_SECTIONS, percent
from academy.platform.db import sql

SHOWN_COURSES = 100

_MAY_SEE = "(e.user_id = :caller::uuid or c.instructor_id = :caller::uuid or :any::bool)"
"""The learner, the course's owner, or who may read everybody's progress. Aliases: `e` enrolments, `c` courses."""

_SECTION = """
    json_build_object('id', x.id, 'title', x.title, 'type', x.type, 'order', x.position, 'estimatedMinutes', x.estimated_minutes,
        'completed', x.completed_at is not null, 'completedAt', x.completed_at, 'timeSpent', coalesce(x.time_spent, 0), 'score', x.score,
        'lastSeenAt', x.last_seen_at)
"""
_LESSON = f"""
    'id', x.lesson_id, 'title', x.lesson_title, 'order', x.lesson_position, 'estimatedMinutes', x.lesson_minutes,
    'completed', p.completed_at is not null, 'completedAt', p.completed_at, 'completedSections', x.done, 'totalSections', x.total,
    'completionPercentage', {percent("x.done", "x.total")}, 'timeSpent', coalesce(p.time_spent, 0), 'sections', x.sections
"""

_SECTIONS = f"""
    sections_of as materialized (
        select e.id as enrollment_id, m.id as module_id, m.title as module_title, m.position as module_position, m.course_id,
            l.id as lesson_id, l.title as lesson_title, l.position as lesson_position, l.estimated_minutes as lesson_minutes,
            s.id, s.title, s.type, s.position, s.estimated_minutes, p.completed_at, p.time_spent, p.score, p.last_seen_at,
            row_number() over (partition by e.id order by {IN_ORDER}) as n
        from e join {LIVING_SECTIONS} on s.course_id = e.course_id
        left join section_progress p on p.enrollment_id = e.id and p.section_id = s.id
        where s.deleted_at is null
    ), lessons_of as (
        select x.enrollment_id, x.module_id, x.module_title, x.module_position, x.course_id, x.lesson_id, x.lesson_title, x.lesson_position,
            x.lesson_minutes, min(x.n) as n, count(*) as total, count(x.completed_at) as done,
            sum(x.estimated_minutes) filter (where x.completed_at is null) as minutes_left,
            sum(x.score) as scores, count(x.score) as scored, json_agg({_SECTION} order by x.n) as sections
        from sections_of x group by 1, 2, 3, 4, 5, 6, 7, 8, 9
    ), next_of as (
        -- On from where the learner was last, then from the beginning.
        select distinct on (x.enrollment_id) x.enrollment_id, json_build_object('type', 'section', 'courseId', x.course_id, 'lessonId', x.lesson_id,
            'sectionId', x.id, 'title', x.title, 'lessonTitle', x.lesson_title, 'reason', case when x.n < coalesce(y.n, 0) then 'skipped_earlier'
                when y.lesson_id <> x.lesson_id then 'next_lesson' else 'next_section' end) as json
        from e join sections_of x on x.enrollment_id = e.id left join sections_of y on y.enrollment_id = e.id and y.id = e.last_section_id
        where x.completed_at is null order by x.enrollment_id, x.n < coalesce(y.n, 0), x.n
    )
"""

_TREES = f"""
    {_SECTIONS}, modules_of as (
        select x.enrollment_id, x.module_id, min(x.n) as n, count(*) as lessons, count(p.completed_at) as lessons_done,
            sum(x.total) as total, sum(x.done) as done, sum(x.minutes_left) as minutes_left, sum(x.scores) as scores, sum(x.scored) as scored,
            json_build_object('id', x.module_id, 'title', x.module_title, 'order', x.module_position,
                'completed', count(*) = count(p.completed_at), 'completedLessons', count(p.completed_at), 'totalLessons', count(*),
                'lessons', json_agg(json_build_object({_LESSON}) order by x.n)) as json
        from lessons_of x left join lesson_progress p on p.enrollment_id = x.enrollment_id and p.lesson_id = x.lesson_id
        group by x.enrollment_id, x.module_id, x.module_title, x.module_position
    ), totals_of as (
        select enrollment_id, json_agg(json order by n) as modules, count(*) as module_count, count(*) filter (where lessons = lessons_done) as modules_done,
            sum(lessons)::bigint as lessons, sum(lessons_done)::bigint as lessons_done, sum(total)::bigint as total, sum(done)::bigint as done,
            (coalesce(sum(minutes_left), 0) * 60)::bigint as seconds_left, round(sum(scores) / nullif(sum(scored), 0), 1)::float8 as average_score
        from modules_of group by enrollment_id
    ), trees as (
        select e.id, e.last_accessed_at, e.enrolled_at, e.status, e.time_spent, coalesce(t.lessons, 0) as lessons,
            coalesce(t.lessons_done, 0) as lessons_done, coalesce(t.total, 0) as total, coalesce(t.done, 0) as done,
            {percent("t.done", "t.total")} as percentage, n.json as next,
            json_build_object('enrollmentId', e.id, 'userId', e.user_id, 'courseId', e.course_id, 'courseTitle', e.title,
                'completionPercentage', {percent("t.done", "t.total")}, 'modules', coalesce(t.modules, '[]'::json),
                'statistics', json_build_object('totalModules', coalesce(t.module_count, 0), 'completedModules', coalesce(t.modules_done, 0),
                    'totalLessons', coalesce(t.lessons, 0), 'completedLessons', coalesce(t.lessons_done, 0),
                    'totalSections', coalesce(t.total, 0), 'completedSections', coalesce(t.done, 0),
                    'completionPercentage', {percent("t.done", "t.total")}, 'totalTimeSpent', e.time_spent,
                    'estimatedTimeRemaining', coalesce(t.seconds_left, 0), 'averageScore', t.average_score),
                'summary', json_build_object('status', e.status, 'enrolledAt', e.enrolled_at, 'completedAt', e.completed_at,
                    'lastAccessedAt', e.last_accessed_at, 'lastSectionId', e.last_section_id, 'nextSection', n.json)) as json
        from e left join totals_of t on t.enrollment_id = e.id left join next_of n on n.enrollment_id = e.id
    )
"""

GET_COURSE = sql(f"""
    with e as (
        select e.*, c.title from enrollments e join courses c on c.id = e.course_id and c.deleted_at is null
        where e.course_id = :course_id::uuid and e.user_id = :user_id::uuid and e.status <> 'ended' and {_MAY_SEE}
    ), {_TREES}
    select json::text from trees
""")

GET_LESSON = sql(f"""
    with e as (
        select e.*, c.title from enrollments e join courses c on c.id = e.course_id and c.deleted_at is null
        where e.course_id = (select course_id from lessons where id = :lesson_id::uuid and deleted_at is null)
            and e.user_id = :user_id::uuid and e.status <> 'ended' and {_MAY_SEE}
    ), {_SECTIONS}
    select json_build_object('enrollmentId', e.id, 'courseId', e.course_id, 'moduleId', x.module_id, 'startedAt', p.started_at, {_LESSON},
        'summary', json_build_object('estimatedTimeRemaining', coalesce(x.minutes_left, 0) * 60, 'nextSection', (select json from next_of)))::text
    from e join lessons_of x on x.lesson_id = :lesson_id::uuid left join lesson_progress p on p.enrollment_id = e.id and p.lesson_id = x.lesson_id
""")

GET_ALL = sql(f"""
    with e as (
        select e.*, c.title from enrollments e join courses c on c.id = e.course_id and c.deleted_at is null
        where e.user_id = :user_id::uuid and e.status <> 'ended' and {_MAY_SEE}
        order by coalesce(e.last_accessed_at, e.enrolled_at) desc, e.id desc limit {SHOWN_COURSES}
    ), {_TREES}, recent as (
        select * from trees order by coalesce(last_accessed_at, enrolled_at) desc, id desc
    )
    select json_build_object('userId', u.id, 'courses', coalesce((select json_agg(json) from recent), '[]'::json),
        'statistics', (select json_build_object('totalCourses', count(*), 'activeCourses', count(*) filter (where status = 'active'),
            'completedCourses', count(*) filter (where status = 'completed'), 'totalLessons', coalesce(sum(lessons), 0),
            'completedLessons', coalesce(sum(lessons_done), 0), 'totalSections', coalesce(sum(total), 0),
            'completedSections', coalesce(sum(done), 0), 'totalTimeSpent', coalesce(sum(time_spent), 0),
            'averageCompletion', coalesce(round(avg(percentage)::numeric, 2), 0)::float8) from trees),
        'summary', json_build_object(
            'currentStreak', {CURRENT}, 'longestStreak', u.longest_streak, 'lastLearnedAt', u.last_learned_at,
            'nextSection', (select next from recent where next is not null limit 1)))::text
    from users u where u.id = :user_id::uuid and u.status <> 'erased' and (u.id = :caller::uuid or :any::bool or exists (select from e))
""")
"""An instructor gets only what is in their own courses, and nobody whom they don't teach."""
