"""Who is in which course."""

from academy.catalog.rows import CARD
from academy.learning.repository.fragments import percent
from academy.platform.db import nearest, sql

_ENROLLMENT = """
    'id', e.id, 'userId', e.user_id, 'courseId', e.course_id, 'status', e.status, 'source', e.source,
    'enrolledAt', e.enrolled_at, 'completedAt', e.completed_at, 'endedAt', e.ended_at
"""
_PROGRESS = f"""
    json_build_object('completionPercentage', {percent("e.completed_sections", "c.section_count")}, 'completedSections', e.completed_sections,
        'totalSections', c.section_count, 'timeSpent', e.time_spent, 'lastSectionId', e.last_section_id, 'lastAccessedAt', e.last_accessed_at)
"""

JUDGED = """
    missing as (
        -- One that is no longer offered is not asked for: nobody could make up for it.
        select r.id, r.title from course_prerequisites p join courses r on r.id = p.required_id and r.deleted_at is null
            and r.status = 'published' and r.visibility = 'public'
        where p.course_id = (select id from course) and not exists (
            select from enrollments e where e.user_id = :caller::uuid and e.course_id = r.id and e.completed_at is not null)
    ), verdict as (
        select c.*, case
            when c.visibility = 'public' and c.instructor_id = :caller::uuid then 'own'
            when exists (select from enrollments e where e.user_id = :caller::uuid and e.course_id = c.id and e.status <> 'ended') then 'enrolled'
            when exists (select from missing) then 'prerequisites'
            when c.price > 0 then 'payment' else 'free' end as says
        from course c
    )"""
"""Who may get into a course, and how: after a CTE `course` (id, instructor_id, title, price, currency, visibility) and with the `caller`.
`verdict` has one row, or none where there is no such course."""

MISSING = "(select coalesce(json_agg(json_build_object('courseId', m.id, 'title', m.title) order by m.title), '[]')::text from missing m)"
"""After the above: the courses that the caller has to complete first, as JSON."""

# The course is locked, so that nobody gets into one that is being removed or priced at this moment.
ENROLL = sql(f"""
    with course as (
        select id, instructor_id, title, price, currency, visibility from courses
        where id = :course_id::uuid and deleted_at is null and (status = 'published' and visibility = 'public'
            or visibility = 'private' and instructor_id = :caller::uuid and status <> 'archived')
        for no key update
    ), {JUDGED}, made as (
        insert into enrollments as e (id, user_id, course_id, source) select :id::uuid, :caller::uuid, v.id, 'free' from verdict v where v.says = 'free'
        on conflict (user_id, course_id) where status <> 'ended' do nothing returning e.*
    ), counted as (
        update courses c set total_enrollments = c.total_enrollments + 1 from made e where c.id = e.course_id
    )
    select v.says, v.title, v.price, v.currency, (select json_build_object({_ENROLLMENT})::text from made e) as json,
        {MISSING} as missing
    from verdict v
""")

ENTERED = """
    entered as (
        insert into enrollments as e (id, user_id, course_id, source)
        select enrollment_id, user_id, course_id, source from entering
        on conflict (user_id, course_id) where status <> 'ended' do nothing returning e.id, e.course_id
    ), entered_counted as (
        update courses c set total_enrollments = c.total_enrollments + 1 from entered e where c.id = e.course_id
    )"""
"""For who sells a course, in the statement that books the money: CTEs after one named `entering` (enrollment_id, user_id, course_id, source).
Nobody enters twice: then `entered` is empty."""

LEFT = """
    gone as (
        update enrollments e set status = 'ended', ended_at = now()
        from leaving l where e.id = l.enrollment_id and e.status <> 'ended' returning e.id, e.user_id, e.course_id
    ), gone_counted as (
        update courses c set total_enrollments = greatest(0, c.total_enrollments - 1) from gone g where c.id = g.course_id
    )"""
"""The opposite, after a CTE `leaving` (enrollment_id): what was done there stays."""

RETURNED = """
    returned as (
        update enrollments e set status = case when e.completed_at is null then 'active' else 'completed' end, ended_at = null
        from returning_to r where e.id = r.enrollment_id and e.status = 'ended' and not exists (
            select from enrollments x where x.user_id = e.user_id and x.course_id = e.course_id and x.status <> 'ended')
        returning e.id, e.course_id
    ), returned_counted as (
        update courses c set total_enrollments = c.total_enrollments + 1 from returned r where c.id = r.course_id
    )"""
"""And back again, after a CTE `returning_to` (enrollment_id), unless the learner is in the course by another enrolment."""

UNENROLL = sql("""
    with ended as (
        update enrollments set status = 'ended', ended_at = now()
        where user_id = :caller::uuid and course_id = :course_id::uuid and status <> 'ended' returning id, course_id, completed_at is not null as completed
    ), counted as (
        update courses c set total_enrollments = greatest(0, c.total_enrollments - 1) from ended e where c.id = e.course_id
    )
    select id::text, completed from ended
""")

_AFTER = "[? and (e.enrolled_at, e.id) < (:after_at::timestamptz, :after_id::uuid) ?]"

# In lists the condition stands twice, for the page and for the count: as a CTE used twice it would be read whole for every page.
_MINE = """
    enrollments e join courses c on c.id = e.course_id and c.deleted_at is null
    where e.user_id = :caller::uuid [? and e.status = :status::text ?]
"""
LIST_MINE = sql(f"""
    with chosen as (
        {nearest(f"select e.* from {_MINE} {_AFTER} order by e.enrolled_at desc, e.id desc")}
    ), page as (
        select json_build_object({_ENROLLMENT}, 'course', {CARD}, 'progress', {_PROGRESS})::text as item,
            json_build_array(e.enrolled_at, e.id)::text as cursor
        from chosen e join courses c on c.id = e.course_id join users u on u.id = c.instructor_id
        order by e.enrolled_at desc, e.id desc
    )
    select page.item, page.cursor, case when :counted::bool then (select count(*) from {_MINE}) end as total
    from (select 1) one left join page on true
""")

_OWN_COURSE = """
    select id, section_count from courses
    where id = :course_id::uuid and deleted_at is null and (instructor_id = :caller::uuid or :any::bool and visibility = 'public')
"""

_LEARNERS = "enrollments e where e.course_id = :course_id::uuid [? and e.status = :status::text ?]"
# `between` is the same, and says that there may be many: of a course the planner expects a few learners, and would collect and sort the tens of
# thousands that a popular one has.
_LEARNERS_IN_ORDER = _LEARNERS.replace("e.course_id = :course_id::uuid", "e.course_id between :course_id::uuid and :course_id::uuid")
LIST_STUDENTS = sql(f"""
    with c as ({_OWN_COURSE}), chosen as (
        {nearest(f"select e.* from {_LEARNERS_IN_ORDER} {_AFTER} order by e.course_id desc, e.enrolled_at desc, e.id desc")}
    ), page as (
        select json_build_object({_ENROLLMENT}, 'student', json_build_object('id', u.id, 'fullName', u.full_name, 'username', u.username),
                'progress', {_PROGRESS})::text as item,
            json_build_array(e.enrolled_at, e.id)::text as cursor
        from chosen e join users u on u.id = e.user_id cross join c
        order by e.enrolled_at desc, e.id desc
    )
    select page.item, page.cursor, case when :counted::bool then (select count(*) from {_LEARNERS}) end as total
    from c left join page on true
""")

EXPORT_STUDENTS = sql(f"""
    with c as ({_OWN_COURSE})
    select u.full_name, u.username, e.status, e.enrolled_at::text, e.completed_at::text, e.completed_sections, c.section_count,
        {percent("e.completed_sections", "c.section_count")} as percentage, e.time_spent, e.last_accessed_at::text, e.id is not null as present
    from c left join enrollments e on e.course_id = c.id [? and e.status = :status::text ?]
    left join users u on u.id = e.user_id
    order by e.enrolled_at desc, e.id desc limit :limit::int
""")

LOCK_CURRENT = sql("""
    select e.id::text from enrollments e join courses c on c.id = e.course_id and c.deleted_at is null
    where e.user_id = :caller::uuid and e.course_id = :course_id::uuid and e.status <> 'ended' for update of e
""")
"""Before a statement that must see what another of the same learner's requests has just written: its snapshot is taken after the wait."""

RATE = sql("""
    with before as (
        select rating from course_ratings where course_id = :course_id::uuid and user_id = :caller::uuid
    ), rated as (
        insert into course_ratings as r (course_id, user_id, rating, review) values (:course_id::uuid, :caller::uuid, :rating, :review)
        on conflict (course_id, user_id) do update set rating = excluded.rating, review = excluded.review, updated_at = now()
        returning r.*
    ), counted as (
        update courses c set rating_count = c.rating_count + case when exists (select from before) then 0 else 1 end,
            rating_sum = c.rating_sum + r.rating - coalesce((select rating from before), 0)
        from rated r where c.id = r.course_id
        returning c.rating_count, c.rating_average
    )
    select json_build_object('courseId', r.course_id, 'rating', r.rating, 'review', r.review, 'createdAt', r.created_at, 'updatedAt', r.updated_at,
        'averageRating', round(c.rating_average::numeric, 2)::float8, 'totalRatings', c.rating_count)::text as json,
        (select rating from before) as before
    from rated r cross join counted c
""")
"""After LOCK_CURRENT, which makes two ratings of one learner follow each other."""
