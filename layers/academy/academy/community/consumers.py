"""What a domain event becomes for a person: a row in the app, a mail."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from academy.platform.config import config
from academy.platform.db import UnitOfWork, sql
from academy.platform.events import Envelope
from academy.platform.ids import uuid7
from academy.platform.mail import Mail

_NOTIFY = sql("""
    insert into notifications (id, user_id, event_id, kind, title, body, data)
    select :id::uuid, u.id, :event_id::uuid, :kind, :title, :body, :data::jsonb from users u where u.id = :user_id::uuid and u.status <> 'erased'
    on conflict (user_id, event_id) do nothing
""")
_ADDRESS = sql(
    "select email, coalesce(full_name, first_name, 'there') as name from users where id = :user_id::uuid and status = 'active' and email is not null"
)


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said of an event, to one user. `path` is where the app leads to."""

    user_id: UUID
    title: str
    body: str
    path: str
    data: dict[str, Any]


def certificate_issued(payload: dict[str, Any]) -> Notice:
    return Notice(
        user_id=UUID(payload["userId"]),
        title="Your certificate is ready",
        body=f"You have completed “{payload['courseTitle']}”. Your certificate {payload['serial']} can be downloaded and verified by anyone.",
        path=f"/verify/{payload['serial']}",
        data={"certificateId": payload["certificateId"], "courseId": payload["courseId"], "serial": payload["serial"]},
    )


def generation_finished(payload: dict[str, Any]) -> Notice:
    return Notice(
        user_id=UUID(payload["userId"]),
        title="Your course is written",
        body=f"“{payload['title']}” is ready as a draft. Read it, change what you like, and submit it for review.",
        path=f"/courses/{payload['courseId']}",
        data={"jobId": payload["jobId"], "courseId": payload["courseId"]},
    )


def generation_failed(payload: dict[str, Any]) -> Notice:
    return Notice(
        user_id=UUID(payload["userId"]),
        title="Your course could not be finished",
        body=f"Writing “{payload['title']}” stopped: {payload['reason']} What was made is kept; you can go on from there.",
        path=f"/courses/generate/{payload['jobId']}",
        data={"jobId": payload["jobId"]},
    )


def course_approved(payload: dict[str, Any]) -> Notice:
    return Notice(
        user_id=UUID(payload["instructorId"]),
        title="Your course is published",
        body=f"“{payload['title']}” was approved. Learners can enrol now.",
        path=f"/courses/{payload['courseId']}",
        data={"courseId": payload["courseId"]},
    )


def course_rejected(payload: dict[str, Any]) -> Notice:
    return Notice(
        user_id=UUID(payload["instructorId"]),
        title="Your course needs another look",
        body=f"“{payload['title']}” was not approved: {payload['reason']}",
        path=f"/courses/{payload['courseId']}",
        data={"courseId": payload["courseId"]},
    )


NOTICES: dict[str, Callable[[dict[str, Any]], Notice]] = {
    "certificate.issued": certificate_issued,
    "generation.completed": generation_finished,
    "generation.failed": generation_failed,
    "course.published": course_approved,
    "course.rejected": course_rejected,
}
MAILED = frozenset({"certificate.issued", "generation.completed"})


def notify(work: UnitOfWork, envelope: Envelope) -> None:
    """A row in the app for events that somebody wants to know of; the rest pass by."""
    import json

    if envelope.kind not in NOTICES:
        return
    notice = NOTICES[envelope.kind](envelope.payload)
    work.execute(
        _NOTIFY,
        id=uuid7(),
        event_id=envelope.id,
        kind=envelope.kind,
        title=notice.title,
        body=notice.body,
        data=json.dumps(notice.data),
        user_id=notice.user_id,
    )


def mail_for(work: UnitOfWork, envelope: Envelope) -> Mail | None:
    """The mail that an event deserves, None where nobody is to be written to."""
    if envelope.kind not in MAILED:
        return None
    notice = NOTICES[envelope.kind](envelope.payload)
    row = work.first(_ADDRESS, user_id=notice.user_id)
    if row is None:
        return None
    link = f"{config().public_url}{notice.path}"
    text = f"Hello {row.name},\n\n{notice.body}\n\n{link}\n\nDesired Career Academy"
    return Mail(to=row.email, subject=notice.title, text=text)
