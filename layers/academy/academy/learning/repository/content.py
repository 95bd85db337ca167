"""Reading lessons and sections. Who may is part of each statement: what somebody may not read is a missing row."""

from academy.catalog.rows import LESSON, SECTION
from academy.learning.repository.fragments import IN_ORDER, LIVING_SECTIONS
from academy.platform.db import nearest, sql


def _course(course_id: str) -> str:
    """The CTE `c`: the course and how the caller stands to it. The `whole` of it may be read by its author, those who edit or review every public course,
    and its present learners; the previews of one that is `offered` by every member. A private course is its owner's alone.
    """
    return f"""
        c as (
            select x.*, x.author or x.enrollment_id is not null and x.visibility = 'public' and x.status in ('published', 'archived') as whole
            from (
                select c.id, c.title, c.status, c.visibility, e.id as enrollment_id, c.status = 'published' and c.visibility = 'public' as offered,
                    c.instructor_id = :caller::uuid or :any::bool and c.visibility = 'public' as author
                from courses c left join enrollments e on e.course_id = c.id and e.user_id = :caller::uuid and e.status <> 'ended'
                where c.id = {course_id} and c.deleted_at is null
            ) x
        )
    """


_READABLE = "(c.whole or c.offered and l.is_preview)"
_LESSON_ORDER = "m.position, m.id, l.position, l.id"
_LIVING_LESSONS = "lessons l join modules m on m.id = l.module_id and m.deleted_at is null"

_LESSON_STATE = """
    case when c.enrollment_id is not null then json_build_object('completed', p.completed_at is not null, 'completedAt', p.completed_at,
        'completedSections', coalesce(p.completed_sections, 0), 'timeSpent', coalesce(p.time_spent, 0)) end
"""
_SECTION_STATE = """
    'completed', p.completed_at is not null, 'completedAt', p.completed_at, 'timeSpent', coalesce(p.time_spent, 0), 'score', p.score,
    'lastSeenAt', p.last_seen_at
"""


def _with(row: str, more: str) -> str:
    """A row's JSON with further members."""
    return f"left({row}::text, -1) || ',' || substr(json_build_object({more})::text, 2)"


_LISTED = f"""
    'moduleTitle', l.module_title, 'readable', l.readable, 'progress', {_LESSON_STATE},
    'sectionCount', (select count(*) from sections s where s.lesson_id = l.id and s.deleted_at is null)
"""
_NEAREST_LESSONS = nearest(f"""
    select l.id, l.course_id, l.module_id, l.title, l.description, l.position, l.estimated_minutes, l.objectives, l.is_preview, l.created_at,
    l.updated_at, l.version, {_READABLE} as readable, case when {_READABLE} then l.video_url end as video_url,
    case when {_READABLE} then l.materials_key end as materials_key, case when {_READABLE} then l.subtitle_key end as subtitle_key,
    m.title as module_title, m.position as module_position
    from c join {_LIVING_LESSONS} on l.course_id = c.id
    where l.deleted_at is null
    [? and ({_LESSON_ORDER}) > (:after_module::bigint, :after_module_id::uuid, :after_position::bigint, :after_id::uuid) ?]
    order by {_LESSON_ORDER}
""")
LIST_LESSONS = sql(f"""
    with {_course(":course_id::uuid")}, chosen as (
        {_NEAREST_LESSONS}
    ), page as (
        select {_with(LESSON, _LISTED)} as item, json_build_array(l.module_position, l.module_id, l.position, l.id)::text as cursor
        from chosen l cross join c left join lesson_progress p on p.enrollment_id = c.enrollment_id and p.lesson_id = l.id
        order by l.module_position, l.module_id, l.position, l.id
    )
    select page.item, page.cursor, case when :counted::bool then
        (select count(*) from {_LIVING_LESSONS} where l.course_id = :course_id::uuid and l.deleted_at is null) end as total
    from c left join page on true where c.whole or c.offered
""")
"""No row at all: there is no such course for this caller."""

_COURSE_OF_LESSON = (
    "(select l.course_id from lessons l where l.id = :lesson_id::uuid and (:course_id::uuid is null or l.course_id = :course_id::uuid))"
)
_LESSON = f"""
    'courseTitle', c.title, 'moduleTitle', a.module_title, 'accessibility', l.accessibility, 'progress', {_LESSON_STATE},
    'previousLessonId', a.previous, 'nextLessonId', a.next,
    'sections', (select coalesce(json_agg(json_build_object('id', s.id, 'title', s.title, 'type', s.type, 'order', s.position,
            'estimatedMinutes', s.estimated_minutes, {_SECTION_STATE}) order by s.position, s.id), '[]'::json)
        from sections s left join section_progress p on p.enrollment_id = c.enrollment_id and p.section_id = s.id
        where s.lesson_id = l.id and s.deleted_at is null)
"""
GET_LESSON = sql(f"""
    with {_course(_COURSE_OF_LESSON)}, around as (
        select l.id, m.title as module_title, lag(l.id) over w as previous, lead(l.id) over w as next
        from c join {_LIVING_LESSONS} on l.course_id = c.id where l.deleted_at is null and {_READABLE}
        window w as (order by {_LESSON_ORDER})
    )
    select l.version, {_with(LESSON, _LESSON)} as json
    from around a join lessons l on l.id = a.id cross join c
    left join lesson_progress p on p.enrollment_id = c.enrollment_id and p.lesson_id = l.id
    where a.id = :lesson_id::uuid
""")

# An author may have written a quiz's questions with their answers into the section. Readers get the plain members that tell none.
_DATA = """
    case when s.type <> 'quiz' or c.author then s.data else coalesce((select jsonb_object_agg(d.key, d.value) from jsonb_each(s.data) d
        where jsonb_typeof(d.value) not in ('object', 'array') and d.key !~* 'answer|correct|solution|explanation'), '{}') end
"""
_SECTION = f"""
    'moduleId', s.module_id, 'courseTitle', c.title, 'lessonTitle', s.lesson_title, 'accessibility', s.accessibility,
    'progress', case when c.enrollment_id is not null then json_build_object({_SECTION_STATE}) end,
    'previousSectionId', s.previous, 'nextSectionId', s.next
"""
GET_SECTION = sql(f"""
    with {_course("(select s.course_id from sections s where s.id = :section_id::uuid)")}, around as (
        select s.id, m.id as module_id, l.title as lesson_title, lag(s.id) over w as previous, lead(s.id) over w as next
        from c join {LIVING_SECTIONS} on s.course_id = c.id where s.deleted_at is null and {_READABLE}
        window w as (order by {IN_ORDER})
    ), shown as (
        select s.id, s.course_id, s.lesson_id, s.title, s.type, s.content, {_DATA} as data, s.position, s.estimated_minutes, s.citations,
            s.created_at, s.updated_at, s.version, s.accessibility, a.module_id, a.lesson_title, a.previous, a.next
        from around a join sections s on s.id = a.id cross join c where a.id = :section_id::uuid
    )
    select s.version, {_with(SECTION, _SECTION)} as json
    from shown s cross join c left join section_progress p on p.enrollment_id = c.enrollment_id and p.section_id = s.id
""")
