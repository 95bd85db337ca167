"""Statements of signing up, in and out."""

from academy.identity.privacy import BOARD_VISIBILITY, PROFILE_VISIBILITY
from academy.identity.streaks import CURRENT
from academy.platform.db import sql

USER = f"""json_build_object(
    'id', u.id, 'email', u.email, 'emailVerified', u.email_verified, 'username', u.username, 'firstName', u.first_name,
    'lastName', u.last_name, 'fullName', u.full_name, 'role', u.role, 'status', u.status,
    'instructorApproved', case when u.role = 'instructor' then u.instructor_approved_at is not null end,
    'domain', u.domain, 'branch', u.branch, 'year', u.year, 'onboarded', u.onboarded_at is not null, 'timeZone', u.time_zone,
    'dateOfBirth', u.born_on, 'leaderboardVisibility', {BOARD_VISIBILITY}, 'pseudonym', u.pseudonym, 'profileVisibility', {PROFILE_VISIBILITY},
    'preferredStudyTime', u.preferred_study_time, 'weeklyLearningGoal', u.weekly_learning_goal,
    'notificationPreference', u.preferences -> 'notificationPreference', 'xpTotal', u.xp_total, 'currentStreak', {CURRENT},
    'longestStreak', u.longest_streak, 'createdAt', u.created_at, 'updatedAt', u.updated_at)"""
"""A user as they see themselves, of a row `u`."""

PERMISSIONS = """array(
    select permission from role_permissions where role = u.role
    except select permission from user_permissions where user_id = u.id and not granted
    union select permission from user_permissions where user_id = u.id and granted order by 1)"""

# A verified e-mail address is its owner's: who merely claimed it lets go of it, and nobody gets one that another has verified.
_REMEMBERED = """
    freed as (
        update users set email = null, email_verified = false, updated_at = now()
        where :email_verified::bool and lower(email) = lower(:email::text) and sub is distinct from :sub::text and not email_verified
        returning 1
    ), claim as (
        select count(*) as freed, not exists (
            select from users where lower(email) = lower(:email::text) and sub is distinct from :sub::text
                and (email_verified or not :email_verified::bool)
        ) as free from freed
    ), person as (
        insert into users as u (id, sub, email, email_verified, first_name, last_name, full_name)
        select :id::uuid, :sub::text, case when free then :email::text end, free and :email_verified::bool and :email::text is not null,
            :first_name::text, :last_name::text, :full_name::text
        from claim
        on conflict (sub) do update set
            email = coalesce(excluded.email, u.email),
            email_verified = case when excluded.email is null then u.email_verified else excluded.email_verified end,
            first_name = coalesce(u.first_name, excluded.first_name), last_name = coalesce(u.last_name, excluded.last_name),
            full_name = coalesce(u.full_name, excluded.full_name)
        where u.status <> 'erased'
        returning u.*
    )
"""

ENTER = sql(f"""
    with {_REMEMBERED}, entered as (
        insert into sessions as s (id, user_id, user_agent) select :session_id::text, id, :user_agent::text from person where status = 'active'
        on conflict (id) do update set last_seen_at = now() where s.user_id = excluded.user_id
        returning revoked_at
    )
    select {USER}::text as json, u.status, u.onboarded_at is not null as onboarded, to_json({PERMISSIONS})::text as permissions,
        coalesce(u.sessions_valid_from > to_timestamp(:auth_time::bigint), false)
            or (u.status = 'active' and (select count(*) filter (where revoked_at is null) from entered) = 0) as ended
    from person u
""")
"""A sign-in or its renewal: the user (made if this is the first sight of them) and the session. No row: erased."""

REMEMBER = sql(f"with {_REMEMBERED} select id from person")
"""What Cognito knows of a person, without a sign-in."""

LOOK = sql(f"""
    select {USER}::text as json, coalesce(u.email, u.full_name, u.first_name) is null as nameless,
        u.onboarded_at is not null as onboarded, to_json({PERMISSIONS})::text as permissions
    from users u where u.id = :id
""")

END_SESSION = sql("""
    insert into sessions as s (id, user_id, revoked_at) values (:session_id, :user_id, now())
    on conflict (id) do update set revoked_at = coalesce(s.revoked_at, now()) where s.user_id = excluded.user_id
""")

END_SESSION_OF_SUB = sql("""
    insert into sessions as s (id, user_id, revoked_at) select :session_id, id, now() from users where sub = :sub
    on conflict (id) do update set revoked_at = coalesce(s.revoked_at, now()) where s.user_id = excluded.user_id
""")

END_ALL_SESSIONS = sql("""
    with people as (update users set sessions_valid_from = now() where sub = :sub returning id)
    update sessions set revoked_at = now() where user_id in (select id from people) and revoked_at is null
""")

RESTART_SESSIONS = sql("""
    with person as (update users set sessions_valid_from = to_timestamp(:auth_time::bigint) where id = :user_id returning id), ended as (
        update sessions set revoked_at = now() where user_id = :user_id and id <> :session_id and revoked_at is null
    )
    insert into sessions (id, user_id, user_agent) select :session_id, id, :user_agent::text from person on conflict (id) do nothing
""")
"""Only the sign-in made just now is left."""

# Two statements, because a statement sees the rows as they were before it waited for the lock.
LOCK_USERNAME = sql("select pg_advisory_xact_lock(hashtextextended('username ' || lower(:username::text), 0))")
TAKEN = sql("""
    select exists (select from users where lower(username) = lower(:username::text) or lower(pseudonym) = lower(:username::text)) as username,
        exists (select from users where lower(email) = lower(:email::text)) as email
""")
SIGN_UP = sql(f"""
    insert into users as u (id, sub, email, email_verified, username, first_name, last_name, full_name, role, preferred_study_time)
    values (:id, :sub, :email, :confirmed, :username, :first_name, :last_name, :full_name, :role, :preferred_study_time)
    on conflict (sub) do update set username = excluded.username, first_name = excluded.first_name, last_name = excluded.last_name,
        full_name = excluded.full_name, role = excluded.role, preferred_study_time = excluded.preferred_study_time, updated_at = now()
    returning ({USER}::jsonb || jsonb_build_object('confirmationRequired', not :confirmed::bool))::text as json, id
""")
"""The row may be there already: PostConfirmation makes it while Cognito is still answering the sign-up."""

DOMAINS = sql(
    "select coalesce(json_agg(json_build_object('slug', slug, 'name', name) order by position, slug), '[]')::text from domains where active"
)
