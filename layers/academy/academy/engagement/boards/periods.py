"""Weeks and months by their names: `2026-W46` (ISO 8601), `2026-11`."""

import re
from datetime import date

from academy.engagement.boards.values import Span
from academy.platform.errors import ValidationFailed

_FIELD = "query.at"
_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


def first_day(span: Span, at: str) -> date:
    """The day on which a past period of a span began. Raises ValidationFailed where there is no such period; whether it is past is for who knows the day."""
    if span is Span.ALL:
        raise ValidationFailed.of(_FIELD, "All time has no periods: leave `at` out, or ask for weekly or monthly.", "period")
    pattern, example = (_WEEK, "2026-W46") if span is Span.WEEKLY else (_MONTH, "2026-11")
    match = pattern.fullmatch(at)
    try:
        if match is None:
            raise ValueError
        year, number = int(match[1]), int(match[2])
        return date.fromisocalendar(year, number, 1) if span is Span.WEEKLY else date(year, number, 1)
    except ValueError as error:
        raise ValidationFailed.of(_FIELD, f"A {span.value} leaderboard's period is written like {example}.", "period") from error
