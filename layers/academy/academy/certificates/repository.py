"""Every statement about certificates. A learner's statements carry the learner: another's certificate is a missing row."""

from academy.platform.db import nearest, sql

_CERTIFICATE = """json_build_object(
        'id', c.id, 'serial', c.serial, 'courseId', c.course_id, 'courseTitle', c.course_title, 'learner', c.learner_name,
        'instructor', c.instructor_name, 'issueDate', c.issue_date, 'status', c.status,
        'certUrl', case when c.status = 'issued' then :site::text || '/api/v1/certificates/' || c.id || '/download' end,
        'verifyUrl', case when c.status <> 'pending' then :site::text || '/verify/' || c.serial end,
        'credentialUrl', null, 'revokedAt', c.revoked_at, 'revokedReason', c.revoked_reason)"""

# ---- A learner's own ----

# The condition stands twice, for the page and for the count: as a CTE used twice it would be read whole for every page.
_LISTED = """certificates c
        where true [? and c.user_id = :user_id::uuid ?] [? and c.serial = :serial::text ?] [? and c.course_id = :course_id::uuid ?]"""
_NEAREST = nearest(f"""
    select {_CERTIFICATE}::text as item, json_build_array(c.id)::text as cursor
    from {_LISTED} [? and c.id < :after_id::uuid ?] order by c.id desc
""")
LIST = sql(f"""
    with page as (
        {_NEAREST}
    )
    select page.item, page.cursor, case when :counted::bool then (select count(*) from {_LISTED}) end as total
    from (select 1) one left join page on true
""")

GET = sql(f"""
    select {_CERTIFICATE}::text as json, c.serial, c.status, c.pdf_key
    from certificates c where c.id = :id::uuid and (c.user_id = :caller::uuid or :any::bool)
""")

STANDING = sql(f"""
    select e.status = 'completed' as completed, c.status, case when c.id is not null then {_CERTIFICATE} end::text as certificate
    from courses k
    left join enrollments e on e.course_id = k.id and e.user_id = :caller::uuid and e.status <> 'ended'
    left join certificates c on c.course_id = k.id and c.user_id = :caller::uuid and c.cycle = 1
    where k.id = :course_id::uuid
    and (e.id is not null or c.id is not null or (k.status = 'published' and k.visibility = 'public' and k.deleted_at is null))
""")
"""Where a learner stands with the certificate of a course; no row for a course that they may not know of."""

# ---- Anybody ----

VERIFY = sql("""
    select serial, status, learner_name, course_title, instructor_name, issue_date::text as issue_date,
        revoked_at::date::text as revoked_on, to_json(revoked_at)#>>'{}' as revoked_at, revoked_reason
    from certificates where serial = :serial and status <> 'pending'
""")

# ---- Who may revoke ----

REVOKE = sql(f"""
    update certificates c set status = 'revoked', revoked_at = now(), revoked_by = :caller::uuid, revoked_reason = :reason
    where c.id = :id::uuid and c.status = 'issued'
    returning {_CERTIFICATE}::text as json, c.user_id::text as user_id, c.course_id::text as course_id, c.serial
""")
STATUS = sql("select status from certificates where id = :id::uuid")

# ---- Issuance ----

RESERVE = sql("""
    insert into certificates as c (id, user_id, course_id, serial, learner_name, course_title, instructor_name, issue_date)
    select :id::uuid, e.user_id, e.course_id, :serial, coalesce(u.full_name, concat_ws(' ', u.first_name, u.last_name)),
        k.title, coalesce(i.full_name, :academy::text), (now() at time zone u.time_zone)::date
    from enrollments e join users u on u.id = e.user_id join courses k on k.id = e.course_id join users i on i.id = k.instructor_id
    where e.user_id = :user_id::uuid and e.course_id = :course_id::uuid and e.status = 'completed' and u.status <> 'erased'
    on conflict (user_id, course_id, cycle) do update set last_error = null
    returning c.id::text as id, c.status
""")
"""The learner's row of the course, made or found: the conflicting update waits for whoever is making it. No row without a completed course."""

PRINTED = sql("""
    select serial, status, learner_name, course_title, instructor_name, issue_date::text as issue_date, pdf_key, pdf_sha256
    from certificates where id = :id::uuid
""")

ISSUE = sql("""
    update certificates set status = 'issued', issued_at = now(), pdf_key = :key, pdf_sha256 = :sha256, last_error = null
    where id = :id::uuid and status = 'pending'
    returning user_id::text as user_id, course_id::text as course_id, course_title, serial
""")

NOTE_ERROR = sql("""
    update certificates set last_error = :error
    where user_id = :user_id::uuid and course_id = :course_id::uuid and cycle = 1 and status = 'pending'
""")
