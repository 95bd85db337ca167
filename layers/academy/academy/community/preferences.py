"""How one wants to be told of what."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from academy.community.notices import KINDS, Kind
from academy.community.parcels import BUDGET
from academy.community.schemas import (
    DigestView,
    KindPreferenceView,
    NotificationPreferencesView,
    PreferencesChange,
    QuietHoursView,
    SwitchView,
)
from academy.community.values import Channel, Digest
from academy.community.wanted import PREFERRING, wanted
from academy.identity.values import Language
from academy.platform.db import Row, UnitOfWork, sql
from academy.platform.errors import PreconditionFailed, ValidationFailed
from academy.platform.http import Request

EVERYTHING = "all"
"""Instead of a kind: all that can be switched off."""

_GET = sql(f"""
    select u.time_zone, coalesce(p.language, 'en') as language, coalesce(p.digest, 'off') as digest, coalesce(p.digest_hour, 8) as digest_hour,
        to_char(p.quiet_from, 'HH24:MI') as quiet_from, to_char(p.quiet_to, 'HH24:MI') as quiet_to, coalesce(p.version, 0) as version,
        (select json_object_agg(k.kind || ' ' || k.channel, {wanted("k.kind", "k.channel", on="k.usual", fixed="k.fixed")})
            from json_to_recordset(:switches::json) as k(kind text, channel text, usual bool, fixed bool))::text as switched
    from {PREFERRING} where u.id = :user_id::uuid
""")
_SET = sql("""
    insert into notification_preferences as p (user_id, switches, language, digest, digest_hour, quiet_from, quiet_to)
    values (:user_id::uuid, :switches::jsonb, coalesce(:language::text, 'en'), coalesce(:digest::text, 'off'), coalesce(:digest_hour::int, 8),
        :quiet_from::time, :quiet_to::time)
    on conflict (user_id) do update set
        switches = (
            select coalesce(jsonb_object_agg(k.kind, coalesce(p.switches -> k.kind, '{}') || coalesce(excluded.switches -> k.kind, '{}')), '{}')
            from (select jsonb_object_keys(p.switches) union select jsonb_object_keys(excluded.switches)) as k(kind)
        ),
        language = coalesce(:language::text, p.language), digest = coalesce(:digest::text, p.digest),
        digest_hour = coalesce(:digest_hour::int, p.digest_hour),
        quiet_from = case when :quiet::bool then excluded.quiet_from else p.quiet_from end,
        quiet_to = case when :quiet::bool then excluded.quiet_to else p.quiet_to end,
        version = p.version + 1, updated_at = now()
    where p.version = coalesce(:version::bigint, p.version)
""")


def get(request: Request) -> tuple[NotificationPreferencesView, int]:
    """What holds for the caller, and its version: what they decided here, else what their profile's older preference says, else the default."""
    admin = request.caller.role == "admin"
    kinds = [kind for kind in KINDS.values() if admin or not kind.for_admins]
    row = request.work.first(_GET, user_id=request.caller.id, switches=_switches(kinds))
    if row is None:
        raise AssertionError("a caller has a row")
    return _view(row, kinds), row.version


def change(request: Request, body: PreferencesChange) -> tuple[NotificationPreferencesView, int]:
    """Raises ValidationFailed for a kind or channel that there is not, or that can't be switched off."""
    switches = body.kinds or {}
    for kind, channels in switches.items():
        _check(kind, channels)
    quiet = body.quiet_hours
    changed = request.work.execute(
        _SET,
        user_id=request.caller.id,
        switches=json.dumps(switches),
        language=body.language,
        digest=body.digest and body.digest.mode,
        digest_hour=body.digest and body.digest.hour,
        quiet="quiet_hours" in body.model_fields_set,
        quiet_from=quiet and quiet.from_,
        quiet_to=quiet and quiet.to,
        version=request.if_match,
    )
    if not changed:
        raise PreconditionFailed
    request.audit("notifications.preferences", "user", request.caller.id, after={"changed": sorted(body.model_fields_set)})
    return get(request)


def end_mails(work: UnitOfWork, user_id: UUID, kind: str) -> bool:
    """No more mails of this kind, or of `all` that can be ended. False: there is no such kind, or its mails are receipts."""
    ended = [each.name for each in KINDS.values() if kind in (each.name, EVERYTHING) and Channel.EMAIL not in each.fixed]
    if ended:
        work.execute(
            _SET,
            user_id=user_id,
            switches=json.dumps({name: {Channel.EMAIL: False} for name in ended}),
            language=None,
            digest=None,
            digest_hour=None,
            quiet=False,
            quiet_from=None,
            quiet_to=None,
            version=None,
        )
    return bool(ended)


def _check(kind: str, channels: Mapping[str, bool]) -> None:
    known = KINDS.get(kind)
    if known is None:
        raise ValidationFailed.of(f"body.kinds.{kind}", f"There is no such kind; there are {', '.join(KINDS)}.")
    for channel, on in channels.items():
        if channel not in Channel:
            raise ValidationFailed.of(f"body.kinds.{kind}.{channel}", f"There is no such channel; there are {', '.join(Channel)}.")
        if channel in known.fixed and not on:
            raise ValidationFailed.of(f"body.kinds.{kind}.{channel}", "This can't be switched off.")


def _switches(kinds: list[Kind]) -> str:
    all_of_them: list[dict[str, Any]] = [
        {"kind": kind.name, "channel": channel, "usual": channel in kind.channels, "fixed": channel in kind.fixed}
        for kind in kinds
        for channel in Channel
    ]
    return json.dumps(all_of_them)


def _view(row: Row, kinds: list[Kind]) -> NotificationPreferencesView:
    switched, language = json.loads(row.switched), Language(row.language)
    return NotificationPreferencesView(
        kinds=[
            KindPreferenceView(
                kind=kind.name,
                label=kind.label[language],
                channels={channel: SwitchView(on=switched[f"{kind.name} {channel}"], fixed=channel in kind.fixed) for channel in Channel},
            )
            for kind in kinds
        ],
        digest=DigestView(mode=Digest(row.digest), hour=row.digest_hour),
        quiet_hours=None if row.quiet_from is None else QuietHoursView(from_=row.quiet_from, to=row.quiet_to),
        language=language,
        time_zone=row.time_zone,
        daily=BUDGET,
    )
