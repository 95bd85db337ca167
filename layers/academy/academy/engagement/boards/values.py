"""The spans of leaderboards."""

from enum import StrEnum


class Span(StrEnum):
    """An ISO week, a month, or all time."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    ALL = "all"
