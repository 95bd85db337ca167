"""What one person is to be sent now: a mail or push message, made of one delivery or of several that go together.

All decisions about a person and channel are made one after the other, under a lock: so nothing is sent twice, what belongs together goes together,
and the day's budget holds, however many workers there are.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from academy.community.notices import KINDS, Facts
from academy.community.suppression import SUPPRESSED
from academy.community.values import Channel, Reason, Weight
from academy.community.wanted import PREFERRING, after_quiet, next_hour, wanted
from academy.identity.values import Language
from academy.platform.db import Row, UnitOfWork, sql
from academy.platform.ids import uuid7

BUDGET = {Channel.EMAIL: 5, Channel.PUSH: 10}
"""Parcels a person and day, of their own time zone. What would be one more goes into the next digest, as if it had been asked for. Money counts
nothing and is never held back; neither are digests."""
AT_ONCE = 200
"""Deliveries that one parcel takes at most; the rest make another."""

LOCK = sql("select pg_advisory_xact_lock(hashtextextended(:channel::text || :user_id::text, 14))")
TRY_LOCK = sql("select pg_try_advisory_xact_lock(hashtextextended(:channel::text || :user_id::text, 14))")

_TODAY = "(date_trunc('day', now() at time zone u.time_zone) at time zone u.time_zone)"
_READER = sql(f"""
    select u.email, coalesce(u.full_name, u.first_name) as name, coalesce(p.language, 'en') as language,
        u.status = 'active' as active, {SUPPRESSED} as suppressed,
        ({after_quiet("now()")})::text as free_at, ({after_quiet("now()")}) > now() as quiet,
        (select ({after_quiet("hour.strikes")})::text from (select {next_hour("now()", "coalesce(p.digest_hour, 8)")} as strikes) hour) as digest_at,
        (select count(distinct d.parcel_id) from deliveries d where d.user_id = u.id and d.channel = :channel::text and d.parcel_id is not null
            and d.settled_at >= {_TODAY} and d.weight > 0 and not d.digest) as used
    from {PREFERRING} where u.id = :user_id::uuid
""")
_WAITING = sql(f"""
    select d.id::text as id, d.event_id::text as event_id, d.kind, d.weight, d.group_key, d.data::text as data, d.digest,
        d.due_at <= now() as due, coalesce(d.expires_at <= now(), false) as expired,
        coalesce({wanted("d.kind", "d.channel", on="k.usual", fixed="k.fixed")}, false) as wanted
    from deliveries d join users u on u.id = d.user_id left join notification_preferences p on p.user_id = u.id
    left join json_to_recordset(:kinds::json) as k(kind text, usual bool, fixed bool) on k.kind = d.kind
    where d.user_id = :user_id::uuid and d.channel = :channel::text and d.status = 'waiting' [? and d.event_id = :event_id::uuid ?]
    order by d.due_at <= now() desc, d.weight, d.due_at, d.id limit {AT_ONCE} for update of d
""")
_SETTLE = sql("""
    update deliveries set status = :status, reason = :reason, parcel_id = :parcel_id::uuid, settled_at = now() where id = any(:ids::uuid[])
""")
_POSTPONE = sql("update deliveries set due_at = :until::timestamptz, digest = digest or :digest::bool where id = any(:ids::uuid[])")


@dataclass(frozen=True, slots=True)
class Reader:
    user_id: UUID
    name: str | None
    email: str | None
    language: Language


@dataclass(frozen=True, slots=True)
class Item:
    """What is said in one breath: the events of one group, or a single one. `facts` are the newest event's, which comes first in `all_facts`."""

    kind: str
    all_facts: Sequence[Facts]

    @property
    def facts(self) -> Facts:
        return self.all_facts[0]

    @property
    def count(self) -> int:
        return len(self.all_facts)


@dataclass(frozen=True, slots=True)
class Parcel:
    """`delivery_ids` are already noted as sent in the open transaction: who can't send it has to raise."""

    id: UUID
    reader: Reader
    items: Sequence[Item]
    digest: bool
    delivery_ids: Sequence[str]
    event_ids: Sequence[str]


def take(work: UnitOfWork, channel: Channel, user_id: UUID, *, event_id: str | None = None) -> Parcel | None:
    """The next parcel of a person, whose lock is held; with `event_id` only of that event. None: there is nothing that should go out now."""
    row = work.first(_READER, channel=channel, user_id=user_id)
    waiting = work.rows(_WAITING, channel=channel, user_id=user_id, event_id=event_id, kinds=_kinds(channel))
    if row is None or not waiting:
        return None
    unreachable = _unreachable(row, channel)
    for reason, unwanted in (
        (unreachable, [each for each in waiting if unreachable]),
        (Reason.STALE, [each for each in waiting if each.expired and not unreachable]),
        (Reason.PREFERENCE, [each for each in waiting if not each.wanted and not each.expired and not unreachable]),
    ):
        if unwanted:
            _settle(work, unwanted, "skipped", reason)
    left = [each for each in waiting if not unreachable and not each.expired and each.wanted]
    chosen = _next(work, row, channel, left)
    if not chosen:
        return None
    parcel_id = uuid7()
    _settle(work, chosen, "sent", None, parcel_id)
    reader = Reader(user_id, row.name, row.email, Language(row.language))
    return Parcel(parcel_id, reader, _items(chosen), chosen[0].digest, [each.id for each in chosen], [each.event_id for each in chosen])


def _unreachable(reader: Row, channel: Channel) -> Reason | None:
    if not reader.active or (channel is Channel.EMAIL and reader.email is None):
        return Reason.NO_ADDRESS
    return Reason.SUPPRESSED if channel is Channel.EMAIL and reader.suppressed else None


def _next(work: UnitOfWork, reader: Row, channel: Channel, waiting: list[Row]) -> list[Row]:
    """The deliveries of the next parcel. What may not go out now is put off first."""
    due = [each for each in waiting if each.due]
    if reader.quiet and (held := [each for each in due if each.weight > Weight.MONEY]):
        work.execute(_POSTPONE, ids=[each.id for each in held], until=reader.free_at, digest=False)
        due = [each for each in due if each.weight == Weight.MONEY]
    if reader.used >= BUDGET[channel] and (held := [each for each in due if each.weight > Weight.MONEY and not each.digest]):
        work.execute(_POSTPONE, ids=[each.id for each in held], until=reader.digest_at, digest=True)
        due = [each for each in due if each not in held]
    if not due:
        return []
    first = due[0]
    if first.digest:
        return [each for each in due if each.digest]
    if first.group_key is None:
        return [first]
    return [each for each in waiting if each.group_key == first.group_key and not each.digest]


def _items(rows: Sequence[Row]) -> list[Item]:
    def group(row: Row) -> str:
        return str(row.group_key or row.id)

    # The ids are in the order of what happened, to the millisecond: the newest first.
    newest = sorted(rows, key=lambda row: str(row.id), reverse=True)
    items = []
    for _, members in groupby(sorted(newest, key=group), key=group):
        several = sorted(members, key=lambda row: str(row.id), reverse=True)
        items.append((several[0].weight, Item(several[0].kind, [json.loads(each.data) for each in several])))
    return [item for _, item in sorted(items, key=lambda pair: pair[0])]


def _settle(work: UnitOfWork, rows: Sequence[Row], status: str, reason: Reason | None, parcel_id: UUID | None = None) -> None:
    work.execute(_SETTLE, ids=[row.id for row in rows], status=status, reason=reason, parcel_id=parcel_id)


def _kinds(channel: Channel) -> str:
    known: list[dict[str, Any]] = [
        {"kind": kind.name, "usual": channel in kind.channels, "fixed": channel in kind.fixed} for kind in KINDS.values()
    ]
    return json.dumps(known)
