"""What SES tells of the mails that it was given, by way of EventBridge: the consumer `feedback`.

SES writes an event of its own shape, and may tell it twice and in any order. Its `feedbackId` is one bounce's or complaint's, so it is the event's id here.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from email.utils import parseaddr
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from academy.community.preferences import EVERYTHING, end_mails
from academy.community.suppression.values import Cause
from academy.platform.db import UnitOfWork, sql
from academy.platform.events import Envelope

BOUNCED, COMPLAINED = "Email Bounced", "Email Complaint Received"

# Who complained is left alone for that, whatever bounced before or bounces later.
_NOTE = sql("""
    insert into email_suppressions as s (address, cause, soft_bounces)
    select distinct sha256(convert_to(lower(a.address), 'UTF8')), :cause::text, (:cause::text is null)::int from unnest(:addresses::text[]) as a(address)
    on conflict (address) do update set
        cause = case when 'complaint' in (s.cause, excluded.cause) then 'complaint' else coalesce(s.cause, excluded.cause) end,
        soft_bounces = s.soft_bounces + excluded.soft_bounces, updated_at = now()
""")
_WHO = sql("select id::text as id from users where lower(email) = any(:addresses::text[]) and status <> 'erased'")


def parse(body: str) -> Envelope:
    """The envelope in an SQS message with an event of SES. Raises KeyError and ValueError for anything else."""
    event = json.loads(body)
    detail: dict[str, Any] = event["detail"]
    feedback = detail["bounce" if event["detail-type"] == BOUNCED else "complaint"]
    return Envelope(
        id=str(uuid5(NAMESPACE_URL, f"ses:{feedback['feedbackId']}")),
        kind=event["detail-type"],
        version=1,
        occurred_at=datetime.fromisoformat(event["time"]),
        payload=feedback,
    )


def handle(work: UnitOfWork, envelope: Envelope) -> None:
    """A mailbox that is not there, or whose reader complained, is not written to again; one that is full or away is only counted. A complaint also
    switches off everything that can be: should the address ever be written to again, it was not asked for."""
    told = envelope.payload
    if envelope.kind == BOUNCED:
        addresses = _addresses(told["bouncedRecipients"])
        work.execute(_NOTE, addresses=addresses, cause=Cause.BOUNCE if told["bounceType"] == "Permanent" else None)
    elif told.get("complaintFeedbackType") != "not-spam":  # then a reader says that our mail is none
        addresses = _addresses(told["complainedRecipients"])
        work.execute(_NOTE, addresses=addresses, cause=Cause.COMPLAINT)
        for row in work.rows(_WHO, addresses=addresses):
            end_mails(work, UUID(row.id), EVERYTHING)


def _addresses(recipients: Iterable[dict[str, Any]]) -> list[str]:
    """In small letters and in order, so that two that are noted at once wait for each other and not crosswise."""
    return sorted({parseaddr(recipient["emailAddress"])[1].lower() for recipient in recipients})
