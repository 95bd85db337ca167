"""What community tells the rest of the academy, and itself."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from academy.platform.events import DomainEvent


class AnnouncementPosted(DomainEvent):
    """Something is announced to many, told to a page of them at a time: the next are those after this place.

    Whom: `user_ids`, or the learners of `course_id`, or all of a `role`, or everybody. `announcement_id` is the same on every page, so that nobody is
    told twice. `title` and `body` are the announcement's own words, in the language they were written in.
    """

    kind: ClassVar[str] = "announcement.posted"

    announcement_id: UUID
    title: str
    body: str
    path: str
    course_id: UUID | None = None
    role: str | None = None
    user_ids: list[UUID] | None = None
    after_at: datetime | None = None
    after_id: UUID | None = None
