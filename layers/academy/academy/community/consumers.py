"""What a domain event becomes for a person: a row in the app, a mail."""

import json

from academy.community.notices import MAILED, NOTICES
from academy.platform.config import config
from academy.platform.db import UnitOfWork, sql
from academy.platform.events import Envelope
from academy.platform.ids import NEW_ID
from academy.platform.mail import Mail

__all__ = ["MAILED", "NOTICES", "mail_for", "notify"]

_NOTIFY = sql(f"""
    insert into notifications (id, user_id, event_id, kind, title, body, data)
    select {NEW_ID}, u.id, :event_id::uuid, :kind, :title, :body, :data::jsonb from users u
    where (u.id = :user_id::uuid and u.status <> 'erased') or (:user_id::uuid is null and u.role = 'admin' and u.status = 'active')
    on conflict (user_id, event_id) do nothing
""")
_ADDRESS = sql(
    "select email, coalesce(full_name, first_name, 'there') as name from users where id = :user_id::uuid and status = 'active' and email is not null"
)


def notify(work: UnitOfWork, envelope: Envelope) -> None:
    """A row in the app for events that somebody wants to know of; the rest pass by."""
    notice = NOTICES[envelope.kind](envelope.payload) if envelope.kind in NOTICES else None
    if notice is None:
        return
    work.execute(
        _NOTIFY,
        event_id=envelope.id,
        kind=envelope.kind,
        title=notice.title,
        body=notice.body,
        data=json.dumps(notice.data),
        user_id=notice.user_id,
    )


def mail_for(work: UnitOfWork, envelope: Envelope) -> Mail | None:
    """The mail that an event deserves, None where nobody is to be written to."""
    notice = NOTICES[envelope.kind](envelope.payload) if envelope.kind in MAILED else None
    if notice is None:
        return None
    row = work.first(_ADDRESS, user_id=notice.user_id)
    if row is None:
        return None
    link = f"{config().public_url}{notice.path}"
    text = f"Hello {row.name},\n\n{notice.body}\n\n{link}\n\nDesired Career Academy"
    return Mail(to=row.email, subject=notice.title, text=text)
