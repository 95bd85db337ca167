"""The vendor's messages: believed for their signature, recorded once, answered at once. What they mean is worked on after (`deliveries`).

Nothing is asked of the database before the signature fits. The vendor sends a message until it is answered with 2xx, for 24 hours, in any order; an
attacker can send one that they saw again. Both are the same body, and one body is one event: the id in the header is outside the signature.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from academy.payments.events import WebhookReceived
from academy.payments.policy import policy
from academy.payments.signatures import BadSignature, count_bad, signed
from academy.platform.db import UnitOfWork, sql
from academy.platform.errors import AcademyError, ValidationFailed
from academy.platform.events import ENVELOPE
from academy.platform.ids import uuid7

MINUTES_AHEAD = 5
"""How far the vendor's clock may be before ours."""
LATEST = 253_402_300_799
"""The end of the year 9999: what is later is from the future all the same."""
_KIND = re.compile(r"[A-Za-z0-9_.-]{1,100}\Z")
_VENDOR_EVENT_ID = re.compile(r"[!-~]{1,100}\Z")

# The time is judged by the database's clock. `event_id` is the outbox's, to be published after the commit.
_RECORD = sql(f"""
    with fresh as (
        select to_timestamp(:created_at::bigint) between now() - make_interval(hours => :hours::int) and now() + make_interval(mins => :ahead::int) as fresh
    ), recorded as (
        insert into webhook_events (id, digest, vendor_event_id, kind, body)
        select :id::uuid, :digest, :vendor_event_id, :kind, :body from fresh where fresh
        on conflict (digest) do nothing returning id
    ), told as (
        insert into outbox (id, kind, version, payload, occurred_at)
        select :event_id::uuid, :event_kind, :event_version::int, :payload::jsonb, now() from recorded returning *
    )
    select fresh, array(select {ENVELOPE} from told) as events from fresh
""")


class WebhookExpired(AcademyError):
    status = 400
    code = "WEBHOOK_EXPIRED"
    message = "This message is too old, or from the future."


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What of a message is looked at before it is stored. `created_at` is in seconds since 1970."""

    kind: str
    created_at: int
    body: str


def record(work: UnitOfWork, raw: bytes, *, signature: str | None, vendor_event_id: str | None, secrets: Sequence[str]) -> bool:
    """Store the message and tell that it is there, in one statement. False: it was there already.

    Raises BadSignature, ValidationFailed, WebhookExpired.
    """
    if not signed(raw, signature, secrets):
        count_bad("webhook")
        raise BadSignature
    message = read(raw)
    identifier, event = uuid7(), uuid7()
    told = WebhookReceived(webhook_event_id=identifier)
    row = work.first(
        _RECORD,
        id=identifier,
        digest=hashlib.sha256(raw).hexdigest(),
        vendor_event_id=vendor_event_id if vendor_event_id and _VENDOR_EVENT_ID.match(vendor_event_id) else None,
        kind=message.kind,
        body=message.body,
        created_at=message.created_at,
        hours=policy().webhook_hours,
        ahead=MINUTES_AHEAD,
        event_id=event,
        event_kind=told.kind,
        event_version=told.version,
        payload=told.model_dump_json(by_alias=True),
    )
    if row is None or not row.fresh:
        raise WebhookExpired
    work.emitted(row.events)
    return bool(row.events)


def read(raw: bytes) -> Message:
    """Raises ValidationFailed for what is not an object with `event` and `created_at`."""
    try:
        body = raw.decode()
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValidationFailed.of("body", "This is not JSON.", "json_invalid") from error
    if not isinstance(content, dict):
        raise ValidationFailed.of("body", "This is not an object.", "object")
    kind, created_at = content.get("event"), content.get("created_at")
    if not isinstance(kind, str) or not _KIND.match(kind):
        raise ValidationFailed.of("body.event", "This is not the name of an event.", "string")
    if not isinstance(created_at, int) or isinstance(created_at, bool) or created_at < 0:
        raise ValidationFailed.of("body.created_at", "These are not the seconds since 1970.", "int")
    return Message(kind=kind, created_at=min(created_at, LATEST), body=body)
