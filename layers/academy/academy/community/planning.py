"""What becomes of an event on a channel, for everybody whom it concerns: one statement, once for a user, event and channel."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from academy.community.notices import KINDS, Kind, Told
from academy.community.push import HAS_BROWSER
from academy.community.suppression import SUPPRESSED
from academy.community.values import Channel
from academy.community.wanted import PREFERRING, after_quiet, next_hour, wanted
from academy.platform.db import UnitOfWork, sql
from academy.platform.events import Envelope
from academy.platform.ids import NEW_ID

PUSH_WAITS = timedelta(minutes=1)
"""A push message waits no longer for others of its kind."""

_WANTED = wanted(":kind::text", ":channel::text", on=":on::bool", fixed=":fixed::bool")

_NOTIFY = sql(f"""
    with audience as (
        select u.id, {_WANTED} as wanted from {PREFERRING}
        where u.status <> 'erased' [? and u.id = :user_id::uuid ?] [? and u.role = :role::text and u.status = 'active' ?]
            [? and u.id = any(:user_ids::uuid[]) ?]
    ), written as (
        insert into deliveries (id, user_id, event_id, channel, kind, weight, group_key, status, reason, settled_at)
        select {NEW_ID}, id, :event_id::uuid, :channel::text, :kind::text, :weight::int, :group_key::text,
            case when wanted then 'sent' else 'skipped' end, case when not wanted then 'preference' end, now()
        from audience on conflict (user_id, event_id, channel) do nothing returning user_id, status
    )
    insert into notifications (id, user_id, event_id, kind, group_key, data)
    select {NEW_ID}, user_id, :event_id::uuid, :kind::text, :group_key::text, :data::jsonb from written where status = 'sent'
    on conflict (user_id, group_key) where read_at is null and group_key is not null do update set
        id = excluded.id, event_id = excluded.event_id, data = excluded.data, count = notifications.count + 1, created_at = now()
""")

_PLAN = sql(f"""
    with timed as (
        select u.id, {_WANTED} as wanted, gathering.digest,
            case when :weight::int > 0 then {after_quiet("begun.at")} else begun.at end as due_at,
            (:until_day::date + 1)::timestamp at time zone u.time_zone as expires_at,
            case :channel::text when 'email' then case when u.email is null then 'no_address' when {SUPPRESSED} then 'suppressed' end
                when 'push' then case when not {HAS_BROWSER} then 'no_address' end end as unreachable
        from {PREFERRING}
            cross join lateral (select :weight::int > 0 and :channel = 'email' and coalesce(p.digest = 'daily', false) as digest) gathering
            cross join lateral (select case when gathering.digest then {next_hour("now()", "p.digest_hour")} else now() + :waits::interval end as at) begun
        where u.status = 'active' [? and u.id = :user_id::uuid ?] [? and u.role = :role::text ?] [? and u.id = any(:user_ids::uuid[]) ?]
    ), judged as (
        select t.*, case when not wanted then 'preference' when unreachable is not null then unreachable
            when due_at >= expires_at then 'stale' end as reason from timed t
    )
    insert into deliveries (id, user_id, event_id, channel, kind, weight, group_key, data, status, reason, due_at, expires_at, digest, settled_at)
    select {NEW_ID}, id, :event_id::uuid, :channel::text, :kind::text, :weight::int, :group_key::text, :data::jsonb,
        case when reason is null then 'waiting' else 'skipped' end, reason, due_at, expires_at, digest,
        case when reason is not null then now() end
    from judged on conflict (user_id, event_id, channel) do nothing
    returning id::text, user_id::text, status = 'waiting' and due_at <= now() as due
""")


@dataclass(frozen=True, slots=True)
class Planned:
    """Who is to be sent something right now. `alone`: the event concerns one person."""

    due: list[str]
    alone: bool


def notify(work: UnitOfWork, envelope: Envelope) -> None:
    """A row in the app for events that somebody wants to know of; the rest pass by."""
    kind, told = _told(envelope)
    if kind is not None and told is not None:
        work.execute(_NOTIFY, **_common(work, envelope.id, kind, told, channel=Channel.IN_APP))


def plan(work: UnitOfWork, envelope: Envelope, channel: Channel) -> Planned:
    """Deliveries on a channel that reaches out: skipped, or waiting until they are due."""
    kind, told = _told(envelope)
    if kind is None or told is None:
        return Planned([], alone=True)
    rows = work.rows(_PLAN, **_common(work, envelope.id, kind, told, channel=channel), **_timing(kind, told, channel))
    return Planned([row.user_id for row in rows if row.due], alone=told.user_id is not None)


def tell(work: UnitOfWork, event_id: str, kind: Kind, told: Told, *, channel: Channel, people: Sequence[str]) -> None:
    """The same for just these people, however many they are; sent when it is their turn."""
    common = _common(work, event_id, kind, told, channel=channel, people=people)
    if channel is Channel.IN_APP:
        work.execute(_NOTIFY, **common)
    else:
        work.execute(_PLAN, **common, **_timing(kind, told, channel))


def _told(envelope: Envelope) -> tuple[Kind | None, Told | None]:
    kind = KINDS.get(envelope.kind)
    return kind, None if kind is None else kind.told(envelope.payload)


def _timing(kind: Kind, told: Told, channel: Channel) -> dict[str, object]:
    waits = kind.gathered or timedelta()
    return {
        "waits": f"{(min(waits, PUSH_WAITS) if channel is Channel.PUSH else waits).total_seconds()} seconds",
        "until_day": told.until_day,
    }


def _common(
    work: UnitOfWork, event_id: str, kind: Kind, told: Told, *, channel: Channel, people: Sequence[str] | None = None
) -> dict[str, object]:
    facts = told.facts if kind.more is None else {**told.facts, **kind.more(work, told.facts)}
    return {
        "event_id": event_id,
        "kind": kind.name,
        "channel": channel,
        "on": channel in kind.channels,
        "fixed": channel in kind.fixed,
        "weight": kind.weight,
        "group_key": kind.group_key,
        "data": json.dumps(facts),
        "user_id": told.user_id,
        "role": "admin" if told.user_id is None and people is None else None,
        "user_ids": None if people is None else list(people),
    }
