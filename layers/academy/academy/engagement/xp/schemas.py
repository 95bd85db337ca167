"""What comes in and goes out about XP."""

from datetime import datetime
from uuid import UUID

from academy.engagement.xp.values import XpKind
from academy.platform.http import ListQuery, View


class XpQuery(ListQuery):
    """`kind` narrows it down."""

    kind: XpKind | None = None


class XpView(View):
    """A row of the ledger. `source` is what it was given for: a lesson, course, attempt or post; of a reversal, the `id` of the row that it takes back.
    `points` is negative for a reversal, and 0 beyond the day's cap. It counts on the day that it was booked."""

    id: UUID
    kind: XpKind
    source: UUID
    points: int
    reason: str
    course_id: UUID | None
    earned_at: datetime
    booked_at: datetime
