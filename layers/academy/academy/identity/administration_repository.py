"""Statements of administering people."""

from academy.identity.repository import PERMISSIONS
from academy.platform.db import nearest, sql

USER = """json_build_object(
    'id', u.id, 'email', u.email, 'emailVerified', u.email_verified, 'username', u.username, 'firstName', u.first_name,
    'lastName', u.last_name, 'fullName', u.full_name, 'role', u.role, 'status', u.status, 'suspendedReason', u.suspended_reason,
    'instructorApproved', case when u.role = 'instructor' then u.instructor_approved_at is not null end,
    'domain', u.domain, 'onboarded', u.onboarded_at is not null, 'lastLearnedAt', u.last_learned_at, 'createdAt', u.created_at)"""

# In lists the condition stands twice, for the page and for the count: as a CTE used twice it would be read whole for every page.
# A status is said by its name: by a parameter, one plan would be for both, and walk past all who are active to find who is not.
_LISTED = """users u where u.status <> 'erased' [? and u.role = :role::text ?]
    [? and u.status = 'active' and :active::bool ?] [? and u.status = 'suspended' and :suspended::bool ?]"""
_AFTER = "[? and (u.created_at, u.id) < (:after_at::timestamptz, :after_id::uuid) ?]"
_NEWEST_FIRST = "order by u.created_at desc, u.id desc"
_ITEM = f"{USER}::text as item, json_build_array(u.created_at, u.id)::text as cursor"
LIST_USERS = sql(f"""
    with page as ({nearest(f"select {_ITEM} from {_LISTED} {_AFTER} {_NEWEST_FIRST}")})
    select page.item, page.cursor, case when :counted::bool then (select count(*) from {_LISTED}) end as total
    from (select 1) one left join page on true
""")

_WALKED = 100
"""People that are looked at for each that is shown, the newest first. A part of a name that fewer have is found by the index of parts, all of those who
have it: the planner knows neither how many have a part nor that they may all have come long ago, and would walk past everybody."""
_WANTED = "(:limit::int + 1 [? + :offset::int ?])"
_MATCHING = f"{_LISTED} and u.search_text like :pattern::text"
_WALK = f"select u.id, u.created_at, u.search_text from {_LISTED} {_AFTER} {_NEWEST_FIRST} limit {_WALKED} * {_WANTED}"
SEARCH_USERS = sql(f"""
    with walked as materialized (
        select u.id, u.created_at from ({_WALK}) u where u.search_text like :pattern::text {_NEWEST_FIRST} limit {_WANTED}
    ), enough as materialized (
        select count(*) = {_WANTED} as yes from walked
    ), collected as materialized (
        select u.id, u.created_at from {_MATCHING} {_AFTER} and not (select yes from enough)
    ), found as (
        select * from walked where (select yes from enough) union all select * from collected
    ), chosen as ({nearest(f"select * from found u {_NEWEST_FIRST}")}), page as (
        select {_ITEM} from chosen join users u using (id) {_NEWEST_FIRST}
    )
    select page.item, page.cursor, case when :counted::bool then (select count(*) from {_MATCHING}) end as total
    from (select 1) one left join page on true
""")

# One lock for all that can leave the academy without an admin: the count that follows sees what whoever held it before has done.
LOCK_ADMINS = sql("select pg_advisory_xact_lock(hashtextextended('admins', 0))")
# Only an admin whom nothing was taken from can make another one.
OTHER_ADMINS = """exists (select from users o where o.role = 'admin' and o.status = 'active' and o.onboarded_at is not null and o.id <> u.id
    and not exists (select from user_permissions d where d.user_id = o.id and not d.granted))"""

SET_ROLE = sql(f"""
    with before as (
        select u.id, u.role, u.role = 'admin' and u.status = 'active' and :role::text <> 'admin' and not {OTHER_ADMINS} as last
        from users u where u.id = :id and u.status <> 'erased' for update
    ), changed as (
        update users u set role = :role::text, version = u.version + 1, updated_at = now(),
            instructor_approved_at = case when :role::text = 'student' then null else coalesce(u.instructor_approved_at, now()) end
        from before b where u.id = b.id and not b.last returning u.*
    )
    select b.last, b.role as before, {USER}::text as json from before b left join changed u on true
""")
"""An admin who makes somebody an instructor approves of them by that."""

SUSPEND = sql(f"""
    with before as (
        select u.id, u.status, u.role = 'admin' and u.status = 'active' and not {OTHER_ADMINS} as last
        from users u where u.id = :id and u.status <> 'erased' for update
    ), changed as (
        update users u set status = 'suspended', suspended_reason = :reason::text, version = u.version + 1, updated_at = now()
        from before b where u.id = b.id and not b.last returning u.*
    )
    select b.last, b.status as before, {USER}::text as json from before b left join changed u on true
""")

REINSTATE = sql(f"""
    with before as (
        select u.id, u.status from users u where u.id = :id and u.status <> 'erased' for update
    ), changed as (
        update users u set status = 'active', suspended_reason = null, version = u.version + 1, updated_at = now(), sessions_valid_from = now()
        from before b where u.id = b.id and b.status = 'suspended' returning u.*
    ), ended as (
        update sessions set revoked_at = now() where user_id in (select id from changed) and revoked_at is null
    )
    select b.status as before, {USER}::text as json from before b left join changed u on true
""")
"""Sign-ins from before the suspension don't come back to life."""

SET_PERMISSIONS = sql(f"""
    with target as (
        select u.id, u.role = 'admin' and u.status = 'active' and not {OTHER_ADMINS} as last,
            array(select permission from user_permissions where user_id = u.id and granted order by 1) as granted,
            array(select permission from user_permissions where user_id = u.id and not granted order by 1) as denied,
            exists (select from user_permissions d join role_permissions r on r.role = u.role and r.permission = d.permission
                where d.user_id = u.id and not d.granted and d.permission <> all (:deny::text[] || :own::text[])) as beyond
        from users u where u.id = :id and u.status <> 'erased' for update
    ), wanted as (
        select t.id as user_id, w.permission, w.granted
        from target t, (select unnest(:grant::text[]) as permission, true as granted union all select unnest(:deny::text[]), false) w
        where not (t.last and cardinality(:deny::text[]) > 0)
    ), removed as (
        delete from user_permissions p using target t where p.user_id = t.id and not (t.last and cardinality(:deny::text[]) > 0)
            and p.permission <> all (:grant::text[] || :deny::text[])
    ), written as (
        insert into user_permissions (user_id, permission, granted) select distinct user_id, permission, granted from wanted
        on conflict (user_id, permission) do update set granted = excluded.granted
    )
    select last and cardinality(:deny::text[]) > 0 as last, granted, denied, beyond from target
""")
"""`beyond`: this would give back what was taken from the user and the caller (with `own`) does not have."""
PERMISSIONS_OF = sql(f"""
    select json_build_object('id', u.id, 'role', u.role,
        'granted', array(select permission from user_permissions where user_id = u.id and granted order by 1),
        'denied', array(select permission from user_permissions where user_id = u.id and not granted order by 1),
        'permissions', {PERMISSIONS})::text as json
    from users u where u.id = :id
""")

_ENTRY = """'id', a.id, 'action', a.action, 'targetType', a.target_type, 'targetId', a.target_id, 'before', a.before, 'after', a.after,
    'requestId', a.request_id, 'occurredAt', a.occurred_at"""

_NEAREST_ACTS = nearest(f"""
    select json_build_object({_ENTRY})::text as item, json_build_array(a.id)::text as cursor
    from audit_log a where a.actor_id = :id [? and a.id < :after_id::uuid ?] order by a.id desc
""")
ACTIVITY = sql(f"""
    with page as (
        {_NEAREST_ACTS}
    )
    select page.item, page.cursor, case when :counted::bool then (select count(*) from audit_log a where a.actor_id = :id) end as total
    from (select id from users where id = :id and status <> 'erased') one left join page on true
""")
"""No row at all: no such user."""

_LOGGED = """audit_log a where true [? and a.actor_id = :actor_id::uuid ?]
        [? and a.action = :action::text ?] [? and starts_with(a.action, :actions_of::text) ?]
        [? and a.target_type = :target_type::text ?] [? and a.target_id = :target_id::text ?]
        [? and a.id >= :from_id::uuid ?] [? and a.id < :to_id::uuid ?]"""
AUDIT_LOG = sql(f"""
    with page as (
        select json_build_object({_ENTRY}, 'actor', case when u.id is not null
            then json_build_object('id', u.id, 'fullName', u.full_name, 'role', u.role) end)::text as item, json_build_array(a.id)::text as cursor
        from (
            {nearest(f"select a.* from {_LOGGED} [? and a.id < :after_id::uuid ?] order by a.id desc")}
        ) a left join users u on u.id = a.actor_id order by a.id desc
    )
    select page.item, page.cursor, case when :counted::bool then (select count(*) from {_LOGGED}) end as total
    from (select 1) one left join page on true
""")
