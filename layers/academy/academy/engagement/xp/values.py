"""What XP is given for, and the curve of levels."""

from enum import StrEnum


class XpKind(StrEnum):
    """What a row of the ledger is for. Each but `reversal` has its rule."""

    LESSON_COMPLETE = "lesson_complete"
    COURSE_COMPLETE = "course_complete"
    QUIZ_PASS = "quiz_pass"  # noqa: S105 - a pass mark, not a password
    FORUM_POST = "forum_post"
    REVERSAL = "reversal"


class HoldStatus(StrEnum):
    HELD = "held"
    RELEASED = "released"
    DISMISSED = "dismissed"


def points_for(level: int) -> int:
    """The points with which a level begins: 50 · L · (L - 1). Level 1 at 0, 2 at 100, 3 at 300, 10 at 4,500."""
    return 50 * level * (level - 1)


def level_of(points: str) -> str:
    """The level that so many points are, in SQL. Exact at every level's first point: 25 + 2 · 50 · L · (L - 1) is the square of 10 · L - 5."""
    return f"floor((5 + sqrt(25 + 2 * greatest({points}, 0)::float8)) / 10)::bigint"
