"""The course page: all of a course but its content, and where the caller stands in it. One statement."""

from academy.catalog.rows import CARD
from academy.learning.repository.fragments import percent
from academy.platform.db import sql

LATEST_RATINGS = 5

_OUTLINE = """
    sections_of as (
        select s.lesson_id, count(*) as n, json_agg(json_build_object('id', s.id, 'title', s.title, 'type', s.type, 'order', s.position,
            'estimatedMinutes', s.estimated_minutes) order by s.position, s.id) as json
        from sections s where s.course_id = (select id from c) and s.deleted_at is null group by s.lesson_id
    ), lessons_of as (
        select l.module_id, count(*) as n, sum(s.n) as sections, sum(l.estimated_minutes) as minutes,
            json_agg(json_build_object('id', l.id, 'title', l.title, 'description', l.description, 'order', l.position,
                'estimatedTime', l.estimated_minutes, 'objectives', l.objectives, 'isPreview', l.is_preview,
                'sections', coalesce(s.json, '[]'::json)) order by l.position, l.id) as json
        from lessons l left join sections_of s on s.lesson_id = l.id
        where l.course_id = (select id from c) and l.deleted_at is null group by l.module_id
    ), outline as (
        select count(*) as modules, coalesce(sum(l.n), 0)::bigint as lessons, coalesce(sum(l.sections), 0)::bigint as sections,
            coalesce(json_agg(json_build_object('id', m.id, 'title', m.title, 'description', m.description, 'order', m.position, 'position', m.position,
                'lessons', coalesce(l.json, '[]'::json)) order by m.position, m.id), '[]'::json) as json
        from modules m left join lessons_of l on l.module_id = m.id where m.course_id = (select id from c) and m.deleted_at is null
    )
"""
_RELATED = "json_agg(json_build_object('id', r.id, 'title', r.title, 'difficulty', r.difficulty) order by r.title, r.id)"

GET = sql(f"""
    with c as (
        select c.* from courses c where c.id = :course_id::uuid and c.deleted_at is null and (
            c.status = 'published' and c.visibility = 'public' or c.instructor_id = :caller::uuid or :any::bool and c.visibility = 'public'
            or c.status in ('published', 'archived') and exists (
                select from enrollments e where e.user_id = :caller::uuid and e.course_id = c.id and e.status <> 'ended'))
    ), e as (
        select e.* from enrollments e where e.user_id = :caller::uuid and e.course_id = (select id from c) and e.status <> 'ended'
    ), {_OUTLINE}, quizzes_of as (
        select count(*) as n, coalesce(json_agg(json_build_object('id', q.id, 'moduleId', q.module_id, 'lessonId', q.lesson_id, 'title', q.title,
            'description', q.description, 'timeLimit', q.time_limit, 'passPercent', q.pass_percent, 'maxAttempts', q.max_attempts,
            'questionCount', coalesce(q.draw_count, (select count(*) from questions x where x.quiz_id = q.id and x.deleted_at is null)))
            order by m.position, q.id), '[]'::json) as json
        from quizzes q join modules m on m.id = q.module_id and m.deleted_at is null where q.course_id = (select id from c) and q.deleted_at is null
    ), latest as (
        select r.* from course_ratings r where r.course_id = (select id from c) order by r.updated_at desc, r.user_id desc limit {LATEST_RATINGS}
    )
    select c.version, left(page.json, -1)
        || case when :caller::uuid is null then '' else ',"enrollment":' || coalesce((
            select json_build_object('id', e.id, 'userId', e.user_id, 'courseId', e.course_id, 'status', e.status, 'source', e.source,
                'enrolledAt', e.enrolled_at, 'completedAt', e.completed_at, 'endedAt', e.ended_at)::text from e), 'null') end
        || case when not :with_progress::bool or :caller::uuid is null then '' else ',"progress":' || coalesce((
            select json_build_object('completionPercentage', {percent("e.completed_sections", "o.sections")},
                'completedSections', e.completed_sections, 'totalSections', o.sections, 'timeSpent', e.time_spent,
                'lastSectionId', e.last_section_id, 'lastAccessedAt', e.last_accessed_at,
                'lessons', coalesce((select json_agg(json_build_object('lessonId', p.lesson_id, 'completed', p.completed_at is not null,
                    'completedAt', p.completed_at, 'completedSections', p.completed_sections, 'timeSpent', p.time_spent))
                    from lesson_progress p where p.enrollment_id = e.id), '[]'::json),
                'sections', coalesce((select json_agg(json_build_object('sectionId', p.section_id, 'lessonId', p.lesson_id,
                    'completed', p.completed_at is not null, 'completedAt', p.completed_at, 'timeSpent', p.time_spent, 'score', p.score))
                    from section_progress p where p.enrollment_id = e.id), '[]'::json))::text from e), 'null') end
        || '}}' as json
    from c join users u on u.id = c.instructor_id cross join outline o cross join quizzes_of q
    cross join lateral (select left({CARD}::text, -1) || ',' || substr(json_build_object(
        'visibility', c.visibility, 'objectives', c.objectives, 'contentVersion', c.content_version, 'version', c.version,
        'createdAt', c.created_at, 'updatedAt', c.updated_at,
        'rejectionReason', case when c.instructor_id = :caller::uuid or :any::bool then c.rejection_reason end,
        'modules', o.json, 'quizzes', q.json, 'assignments', json_build_array(),
        'prerequisites', coalesce((select {_RELATED} from course_prerequisites p join courses r on r.id = p.required_id
            where p.course_id = c.id and r.status = 'published' and r.visibility = 'public' and r.deleted_at is null), '[]'::json),
        'requiredBy', coalesce((select {_RELATED} from course_prerequisites p join courses r on r.id = p.course_id
            where p.required_id = c.id and r.status = 'published' and r.visibility = 'public' and r.deleted_at is null), '[]'::json),
        'statistics', json_build_object('moduleCount', o.modules, 'lessonCount', o.lessons, 'sectionCount', o.sections, 'quizCount', q.n,
            'assignmentCount', 0, 'estimatedMinutes', c.estimated_minutes, 'totalEnrollments', c.total_enrollments,
            'averageRating', round(c.rating_average::numeric, 2)::float8, 'totalRatings', c.rating_count),
        'ratings', coalesce((select json_agg(json_build_object('rating', r.rating, 'review', r.review,
            'user', json_build_object('id', x.id, 'fullName', x.full_name), 'createdAt', r.created_at, 'updatedAt', r.updated_at)
            order by r.updated_at desc, r.user_id desc) from latest r join users x on x.id = r.user_id), '[]'::json)
        )::text, 2) as json) page
""")
