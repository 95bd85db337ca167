"""The statements of badges. Both count for a learner only what is needed for the badges that they don't have yet."""

from functools import cache

from academy.engagement.badges.catalogue import BADGES
from academy.engagement.badges.counters import column_of, joins, source_of
from academy.identity.privacy import OPEN
from academy.platform.db import Statement, sql
from academy.platform.events import ENVELOPE
from academy.platform.ids import NEW_ID


def _still_open(slugs: tuple[str, ...]) -> str:
    """Of a `u`: the badges that they don't have, and the sources to be counted for them. Null where they have all."""
    sources = ", ".join(f"('{slug}', '{source_of(BADGES[slug].counter)}')" for slug in slugs)
    return f"""
        select array_agg(b.badge) as badges, array_agg(b.source) as sources from (values {sources}) b(badge, source)
        where not exists (select from achievements a where a.user_id = u.id and a.badge = b.badge)
    """


def _counts(slugs: tuple[str, ...]) -> str:
    """Of a `p`: how far they are with each badge, where it was counted."""
    counts = ", ".join(f"('{slug}', {column_of(BADGES[slug].counter)}, {BADGES[slug].target})" for slug in slugs)
    return f"""
        {joins(BADGES[slug].counter for slug in slugs)}
        cross join lateral (values {counts}) d(badge, reached, target)
    """


_COUNTED = "u.id, u.time_zone, u.weekly_learning_goal, u.longest_streak, u.xp_total"


@cache
def award(slugs: tuple[str, ...]) -> Statement:
    """Rows are inserted in one order by everybody, against deadlocks; who is second at a row waits for the first one's commit and has nothing to tell."""
    return sql(f"""
        with p as materialized (
            select {_COUNTED}, open.badges, open.sources from users u cross join lateral ({_still_open(slugs)}) open
            where u.id = any(:ids::uuid[]) and u.status <> 'erased' and open.badges is not null
        ), reached as (
            select p.id as user_id, d.badge from p {_counts(slugs)} where d.reached >= d.target and d.badge = any(p.badges)
        ), earned as (
            insert into achievements (user_id, badge, event_id)
            select user_id, badge, {NEW_ID} from reached order by user_id, badge
            on conflict (user_id, badge) do nothing returning *
        ), told as (
            insert into outbox (kind, id, version, payload, occurred_at)
            select 'badge.earned', event_id, 1, jsonb_build_object('userId', user_id, 'badge', badge), earned_at from earned
            returning *
        )
        select user_id::text, badge, to_json(earned_at) #>> '{{}}' as earned_at, {ENVELOPE} as event
        from earned join told on told.id = event_id order by user_id, badge
    """)


_EARNED = "select json_object_agg(a.badge, a.earned_at) from achievements a where a.user_id = p.id"

STANDING = sql(f"""
    with p as materialized (
        select {_COUNTED}, w.whole, open.badges, case when w.whole then open.sources end as sources
        from users u cross join lateral (select u.id = :caller::uuid or :any::bool as whole) w
        cross join lateral ({_still_open(tuple(BADGES))}) open
        where u.id = :id::uuid and u.status <> 'erased' and (w.whole or {OPEN})
    )
    select p.whole, p.xp_total, coalesce(({_EARNED}), '{{}}')::text as earned,
        case when p.whole then (select json_object_agg(d.badge, d.reached) from p {_counts(tuple(BADGES))} where d.badge = any(p.badges)) end::text as counts
    from p
""")
"""A learner's badges: to themselves and admins whole, with how far they are with the others; to others what is earned, if they may see it."""
