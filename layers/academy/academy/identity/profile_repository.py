"""Statements of one's own profile."""

from academy.identity.repository import USER
from academy.identity.streaks import MOVED_TO
from academy.platform.db import sql

ONBOARD = sql(f"""
    with known as (
        select d.slug from domains d where d.slug = :domain and d.active
    ), done as (
        update users u set full_name = :full_name::text, branch = :branch::text, year = :year::bigint, domain = :domain, onboarded_at = now(),
            role = case when u.role = 'admin' then u.role else :role end,
            first_name = coalesce(u.first_name, split_part(:full_name::text, ' ', 1)),
            last_name = coalesce(u.last_name, nullif(substring(:full_name::text from position(' ' in :full_name::text) + 1), :full_name::text)),
            version = u.version + 1, updated_at = now()
        where u.id = :id and u.onboarded_at is null and exists (select from known)
        returning u.*
    )
    select u.id, {USER}::text as json, u.role, u.version, exists (select from known) as known from (select 1) one left join done u on true
""")

UPDATE = sql(f"""
    update users u set
        first_name = coalesce(:first_name::text, u.first_name), last_name = coalesce(:last_name::text, u.last_name),
        full_name = coalesce(:full_name::text, case when :first_name::text is not null or :last_name::text is not null
            then concat_ws(' ', coalesce(:first_name::text, u.first_name), coalesce(:last_name::text, u.last_name)) end, u.full_name),
        username = coalesce(:username::text, u.username), weekly_learning_goal = coalesce(:weekly_learning_goal::bigint, u.weekly_learning_goal),
        born_on = coalesce(:date_of_birth::date, u.born_on), time_zone = coalesce(:time_zone::text, u.time_zone),
        last_learned_on = case when :time_zone::text is null or :time_zone::text = u.time_zone then u.last_learned_on else {MOVED_TO} end,
        version = u.version + 1, updated_at = now()
    where u.id = :id and u.version = coalesce(:version::bigint, u.version)
    returning {USER}::text as json, u.version, lower(u.email) as email
""")

PREFERENCES = sql(f"""
    update users u set
        preferences = u.preferences || coalesce(:preferences::jsonb, '{{}}'),
        preferred_study_time = coalesce(:preferred_study_time::text, u.preferred_study_time),
        weekly_learning_goal = coalesce(:weekly_learning_goal::bigint, u.weekly_learning_goal),
        profile_visibility = coalesce(:profile_visibility::text, u.profile_visibility),
        leaderboard_visibility = coalesce(:leaderboard_visibility::text, u.leaderboard_visibility),
        pseudonym = coalesce(:pseudonym::text, u.pseudonym, case when :leaderboard_visibility::text = 'pseudonym' then (
            select c.name from unnest(:candidates::text[]) with ordinality c(name, position)
            where not exists (select from users where lower(pseudonym) = lower(c.name)) order by c.position limit 1) end),
        version = u.version + 1, updated_at = now()
    where u.id = :id and u.version = coalesce(:version::bigint, u.version)
    returning {USER}::text as json, u.version
""")

CLASHES = sql("""
    select exists (select from users where lower(email) = lower(:email::text) and id <> :id::uuid) as email,
        exists (
            select from users where (lower(username) = lower(:username::text) or lower(pseudonym) = lower(:username::text)) and id <> :id::uuid
        ) as username,
        exists (select from users where id = :id::uuid and version <> :version::bigint) as stale,
        :time_zone::text is not null and not exists (select from pg_timezone_names where name = :time_zone::text) as nowhere
""")

SOMEBODYS_NAME = sql("""
    select exists (
        select from users where (lower(username) = lower(:name::text) or lower(pseudonym) = lower(:name::text)) and id <> :id::uuid
    ) or exists (
        select from users where search_text like :prefix::text and lower(full_name) = lower(:name::text) and id <> :id::uuid
    ) as taken
""")
"""Full names have no index of their own; `prefix` finds them by that of the search."""

SET_EMAIL = sql(f"""
    with freed as (
        update users set email = null, email_verified = false, updated_at = now()
        where lower(email) = lower(:email) and id <> :id and not email_verified returning 1
    )
    update users u set email = :email, email_verified = :verified::bool, version = u.version + 1, updated_at = now()
    from (select count(*) from freed) one where u.id = :id returning {USER}::text as json, u.version
""")

FREE_NAMES = sql("""
    select exists (
        select from users where (lower(username) = lower(:username) or lower(pseudonym) = lower(:username)) and id <> :id
    ) as taken, array(
        select c.name from unnest(:candidates::text[]) with ordinality c(name, position)
        where not exists (select from users where lower(username) = lower(c.name) or lower(pseudonym) = lower(c.name))
        order by c.position limit 5
    ) as free
""")
