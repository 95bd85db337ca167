"""Statements about courses as a whole. Authoring first locks the course's row (`LOCK_COURSE`), which makes changes to one course follow each other;
the statement after it sees what the one before has committed.
"""

from academy.catalog.rows import AUTHORED_COURSE
from academy.platform.db import nearest, sql

COURSE_COLUMNS = (
    "title, description, domain, category, difficulty, price, currency, tags, objectives, language, estimated_minutes, thumbnail_key"
)
_VALUES = ", ".join(f"r.{column.strip()}" for column in COURSE_COLUMNS.split(","))

# Another's course is a missing course. `any` is for those who may edit or review every course; a private one is its owner's alone.
LOCK_COURSE = sql("""
    select c.id, c.instructor_id, c.title, c.status, c.visibility, c.version, c.content_version, c.total_enrollments
    from courses c where c.id = :course_id::uuid and c.deleted_at is null
        and (c.instructor_id = :caller::uuid or :any::bool and c.visibility = 'public') for update
""")

CREATE_COURSE = sql(f"""
    with c as (
        insert into courses (id, instructor_id, {COURSE_COLUMNS})
        select :id::uuid, :caller::uuid, {_VALUES} from json_populate_record(null::courses, :values::json) r
        returning *
    )
    select {AUTHORED_COURSE}::text as json, c.version from c join users u on u.id = c.instructor_id
""")

UPDATE_COURSE = sql(f"""
    with asked as (
        select r.*, array(
            select name from jsonb_object_keys(:changes::jsonb) name where to_jsonb(x) -> name is distinct from to_jsonb(r) -> name
        ) as fields
        from courses x cross join lateral jsonb_populate_record(x, :changes::jsonb) r where x.id = :course_id::uuid
    ), changed as (
        update courses x set version = x.version + 1, updated_at = now(),
            ({COURSE_COLUMNS}) = ({_VALUES})
        from asked r where x.id = r.id and r.fields <> '{{}}' returning x.*
    ), c as (
        select * from changed union all select * from courses where id = :course_id::uuid and not exists (select from changed)
    )
    select {AUTHORED_COURSE}::text as json, c.version, (select fields from asked) as fields from c join users u on u.id = c.instructor_id
""")
"""`fields` have another value than before; without any the course stays as it is, of the same version."""

GET_AUTHORED = sql(f"""
    select {AUTHORED_COURSE}::text as json, c.version from courses c join users u on u.id = c.instructor_id where c.id = :course_id::uuid
""")

# A course with learners is archived, never pulled from them. Either way it can't be found any more.
REMOVE_COURSE = sql("""
    with gone as (delete from course_search where course_id = :course_id::uuid)
    update courses set version = version + 1, updated_at = now(),
        status = case when :archive::bool then 'archived' else status end, deleted_at = case when :archive::bool then null else now() end
    where id = :course_id::uuid
""")

# Everything that keeps a course from being published, at once: (field, message, type, id of the row).
MISSING = sql("""
    select field, message, type, id::text from (
        select 1 as rank, 0 as position, 'modules' as field, 'Add at least one module.' as message, 'no_modules' as type, null::uuid as id
        where not exists (select from modules m where m.course_id = :course_id::uuid and m.deleted_at is null)
        union all
        select 2, m.position, 'modules', 'The module "' || m.title || '" has no lesson.', 'empty_module', m.id from modules m
        where m.course_id = :course_id::uuid and m.deleted_at is null
            and not exists (select from lessons l where l.module_id = m.id and l.deleted_at is null)
        union all
        select 3, l.position, 'lessons', 'The lesson "' || l.title || '" has no section.', 'empty_lesson', l.id from lessons l
        where l.course_id = :course_id::uuid and l.deleted_at is null
            and not exists (select from sections s where s.lesson_id = l.id and s.deleted_at is null)
        union all
        select 4, s.position, 'sections', 'The section "' || s.title || '" has no content.', 'empty_section', s.id from sections s
        where s.course_id = :course_id::uuid and s.deleted_at is null and btrim(s.content) = '' and s.data = '{}'
            and not (s.type = 'video' and exists (select from lessons l where l.id = s.lesson_id and l.video_url is not null))
            and not (s.type = 'quiz' and exists (select from quizzes q where q.course_id = s.course_id and q.deleted_at is null))
        union all
        select 5, 0, 'quizzes', 'The quiz "' || q.title || '" has no question.', 'empty_quiz', q.id from quizzes q
        where q.course_id = :course_id::uuid and q.deleted_at is null
            and not exists (select from questions n where n.quiz_id = q.id and n.deleted_at is null)
    ) missing order by rank, position, id limit 100
""")

SUBMIT_COURSE = sql(f"""
    with c as (
        update courses set status = 'in_review', submitted_at = now(), rejection_reason = null, version = version + 1, updated_at = now()
        where id = :course_id::uuid returning *
    )
    select {AUTHORED_COURSE}::text as json, c.version from c join users u on u.id = c.instructor_id
""")

WITHDRAW_COURSE = sql(f"""
    with c as (
        update courses set status = 'draft', submitted_at = null, version = version + 1, updated_at = now() where id = :course_id::uuid returning *
    )
    select {AUTHORED_COURSE}::text as json, c.version from c join users u on u.id = c.instructor_id
""")

# The first course that is approved approves its instructor too.
APPROVE_COURSE = sql(f"""
    with c as (
        update courses set status = 'published', published_at = coalesce(published_at, now()), reviewed_at = now(), reviewed_by = :reviewer::uuid,
            rejection_reason = null, version = version + 1, updated_at = now()
        where id = :course_id::uuid returning *
    ), trusted as (
        update users set instructor_approved_at = now(), version = version + 1, updated_at = now()
        where id = (select instructor_id from c) and instructor_approved_at is null returning id
    )
    select {AUTHORED_COURSE}::text as json, c.version, exists (select from trusted) as instructor_approved
    from c join users u on u.id = c.instructor_id
""")

REJECT_COURSE = sql(f"""
    with c as (
        update courses set status = 'rejected', reviewed_at = now(), reviewed_by = :reviewer::uuid, rejection_reason = :reason,
            version = version + 1, updated_at = now()
        where id = :course_id::uuid returning *
    )
    select {AUTHORED_COURSE}::text as json, c.version from c join users u on u.id = c.instructor_id
""")

_QUEUE = "c.status = :status and c.deleted_at is null and c.visibility = 'public'"
_WAITING_SINCE = "coalesce(c.submitted_at, c.created_at)"

_NEAREST_WAITING = nearest(f"""
    select c.id, {_WAITING_SINCE} as since from courses c
    where {_QUEUE} [? and ({_WAITING_SINCE}, c.id) > (:after_at::timestamptz, :after_id::uuid) ?] order by {_WAITING_SINCE}, c.id
""")
# The condition stands twice, for the page and for the count: as a CTE used twice it would be stored whole for every page.
REVIEW_QUEUE = sql(f"""
    with chosen as (
        {_NEAREST_WAITING}
    ), page as (
        select {AUTHORED_COURSE}::text as item, json_build_array(f.since, f.id)::text as cursor
        from chosen f join courses c on c.id = f.id join users u on u.id = c.instructor_id order by f.since, f.id
    )
    select page.item, page.cursor, case when :counted::bool then (select count(*) from courses c where {_QUEUE}) end as total
    from (select 1) one left join page on true
""")

# Two authors who each make the other's course a prerequisite at the same moment would both see no cycle: one graph, one lock.
LOCK_PREREQUISITES = sql("""
    select c.id, c.instructor_id, c.title, c.status, c.visibility, c.version, c.content_version, c.total_enrollments,
        pg_advisory_xact_lock(hashtextextended('course_prerequisites', 0))
    from courses c where c.id = :course_id::uuid and c.deleted_at is null
        and (c.instructor_id = :caller::uuid or :any::bool and c.visibility = 'public') for update
""")

# Writes only if every course is there and none leads back here. What may be required: anybody's published course, and one's own.
SET_PREREQUISITES = sql("""
    with recursive wanted as (
        select unnest(:ids::uuid[]) as id
    ), usable as (
        select c.id, c.title, c.status from courses c join wanted w on w.id = c.id
        where c.deleted_at is null and (c.status = 'published' and c.visibility = 'public' or c.instructor_id = :owner::uuid)
    ), reach as (
        select id from wanted union select p.required_id from course_prerequisites p join reach r on p.course_id = r.id
    ), verdict as (
        select exists (select from reach where id = :course_id::uuid) as cyclic,
            array(select id::text from wanted except select id::text from usable) as unknown
    ), removed as (
        delete from course_prerequisites p using verdict v
        where p.course_id = :course_id::uuid and p.required_id <> all(:ids::uuid[]) and not v.cyclic and v.unknown = '{}'
    ), added as (
        insert into course_prerequisites (course_id, required_id)
        select :course_id::uuid, u.id from usable u, verdict v where not v.cyclic and v.unknown = '{}' on conflict do nothing
    ), touched as (
        update courses c set version = c.version + 1, updated_at = now() from verdict v where c.id = :course_id::uuid and not v.cyclic and v.unknown = '{}'
        returning c.version
    )
    select v.cyclic, v.unknown, (select version from touched) as version,
        (select coalesce(json_agg(json_build_object('id', u.id, 'title', u.title, 'status', u.status) order by array_position(:ids::uuid[], u.id)), '[]')
         from usable u)::text as json
    from verdict v
""")

# `between` says that there may be many, so that they are read in their order and not sorted.
_NEAREST_RATINGS = nearest("""
    select r.* from course_ratings r
    where r.course_id between :course_id::uuid and :course_id::uuid
    [? and (r.updated_at, r.user_id) < (:after_at::timestamptz, :after_id::uuid) ?]
    order by r.course_id desc, r.updated_at desc, r.user_id desc
""")
# No row at all: there is no such course for this caller.
RATINGS = sql(f"""
    with course as (
        select c.id from courses c
        where c.id = :course_id::uuid and c.deleted_at is null
            and (c.status in ('published', 'archived') and c.visibility = 'public' or c.instructor_id = :caller::uuid
                or :any::bool and c.visibility = 'public')
    ), page as (
        select json_build_object('rating', r.rating, 'review', r.review, 'user', json_build_object('id', u.id, 'fullName', u.full_name),
                'createdAt', r.created_at, 'updatedAt', r.updated_at)::text as item,
            json_build_array(r.updated_at, r.user_id)::text as cursor
        from ({_NEAREST_RATINGS}) r join users u on u.id = r.user_id order by r.updated_at desc, r.user_id desc
    )
    select page.item, page.cursor, case when :counted::bool then (select count(*) from course_ratings where course_id = :course_id::uuid) end as total
    from course left join page on true
""")
