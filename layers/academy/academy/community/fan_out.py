"""One thing told to very many: notifications and deliveries, written a page of people at a time, each page a transaction that asks for the next.

Deliveries of an announcement wait like all others, and come last (`Weight.ANNOUNCEMENT`): what is sent meanwhile for a single person overtakes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from uuid import UUID

from academy.community import planning
from academy.community.events import AnnouncementPosted
from academy.community.notices import KINDS, Told
from academy.community.values import Channel
from academy.platform.db import UnitOfWork, sql
from academy.platform.events import Envelope
from academy.platform.ids import uuid7

PEOPLE_AT_ONCE = 1_000
"""A page: written within half a second, and a list of so many ids is well within what the bus takes for one event."""

_LEARNERS = sql("""
    select e.user_id::text as id, e.enrolled_at::text as at, e.id::text as place from enrollments e
    where e.course_id = :course_id::uuid and e.status <> 'ended' [? and (e.enrolled_at, e.id) > (:after_at::timestamptz, :after_id::uuid) ?]
    order by e.enrolled_at, e.id limit :limit::int
""")
_EVERYBODY = sql("""
    select u.id::text as id, null as at, u.id::text as place from users u
    where u.status = 'active' [? and u.role = :role::text ?] [? and u.id > :after_id::uuid ?] order by u.id limit :limit::int
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """`path` is where the app leads to. Who reads it is told by one of the others; by none of them, everybody."""

    title: str
    body: str
    path: str
    course_id: UUID | None = None
    role: str | None = None
    user_ids: Sequence[UUID] | None = None


def announce(work: UnitOfWork, announcement: Announcement) -> UUID:
    """Tell it, from the commit on. Returns the id under which everybody is told once. A list of people goes in pieces, in the order that it has."""
    identifier = uuid7()
    pieces = [None] if announcement.user_ids is None else list(batched(dict.fromkeys(announcement.user_ids), PEOPLE_AT_ONCE, strict=False))
    for ids in pieces:
        work.emit(
            AnnouncementPosted(
                announcement_id=identifier,
                title=announcement.title,
                body=announcement.body,
                path=announcement.path,
                course_id=announcement.course_id,
                role=announcement.role,
                user_ids=None if ids is None else list(ids),
            )
        )
    return identifier


def page(work: UnitOfWork, envelope: Envelope) -> None:
    """Write the next page, on every channel, and ask for the one after it. The same page again writes nothing."""
    posted = AnnouncementPosted.model_validate(envelope.payload)
    people = _people(work, posted)
    if not people:
        return
    kind = KINDS[posted.kind]
    told = Told(
        None, {"title": posted.title, "body": posted.body, "path": posted.path, "courseId": posted.course_id and str(posted.course_id)}
    )
    for channel in Channel:
        planning.tell(work, str(posted.announcement_id), kind, told, channel=channel, people=people)


def _people(work: UnitOfWork, posted: AnnouncementPosted) -> list[str]:
    if posted.user_ids is not None:
        return [str(identifier) for identifier in posted.user_ids]
    if posted.course_id is not None:
        after = {"after_at": posted.after_at, "after_id": posted.after_id}
        rows = work.rows(_LEARNERS, course_id=posted.course_id, limit=PEOPLE_AT_ONCE, **after)
    else:
        rows = work.rows(_EVERYBODY, role=posted.role, after_id=posted.after_id, limit=PEOPLE_AT_ONCE)
    if len(rows) == PEOPLE_AT_ONCE:
        last = rows[-1]
        place = {"after_at": last.at and datetime.fromisoformat(last.at), "after_id": last.place}
        work.emit(AnnouncementPosted.model_validate({**posted.model_dump(), **place}))
    return [row.id for row in rows]
