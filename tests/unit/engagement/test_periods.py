"""The names of weeks and months, in the document and in what is accepted."""

import re
from datetime import date

import pytest

from academy.engagement.boards.periods import first_day
from academy.engagement.boards.schemas import LeaderboardQuery, StandingQuery
from academy.engagement.boards.values import Span
from academy.platform.errors import ValidationFailed
from academy.platform.http import Query

SOME = {"2026-W46", "2026-W01", "2026-W53", "2026-01", "2026-10", "2026-12", "9999-12"}
NONE = {
    "",
    "00000000000000000000",
    "2026",
    "2026-W00",
    "2026-W54",
    "2026-W4",
    "2026-00",
    "2026-13",
    "2026-1",
    "2026-11-01",
    "x2026-11",
    "９９９９-01",
}


def accepted(at: str) -> bool:
    for span in (Span.WEEKLY, Span.MONTHLY):
        try:
            first_day(span, at)
        except ValidationFailed:
            continue
        return True
    return False


@pytest.mark.parametrize("query", [LeaderboardQuery, StandingQuery])
def test_the_document_has_the_periods_that_there_are(query: type[Query]) -> None:
    pattern = query.model_json_schema()["properties"]["at"]["anyOf"][0]["pattern"]

    assert {at for at in SOME | NONE if re.search(pattern, at)} == SOME
    assert {at for at in SOME | NONE if accepted(at)} == SOME


@pytest.mark.parametrize(
    ("span", "at", "first"),
    [
        (Span.WEEKLY, "2026-W46", date(2026, 11, 9)),
        (Span.WEEKLY, "2026-W01", date(2025, 12, 29)),
        (Span.MONTHLY, "2026-11", date(2026, 11, 1)),
    ],
)
def test_a_week_begins_on_a_monday_and_a_month_on_its_first(span: Span, at: str, first: date) -> None:
    assert first_day(span, at) == first


@pytest.mark.parametrize(
    ("span", "at", "said"),
    [
        (Span.ALL, "2026-W46", "All time has no periods"),
        (Span.WEEKLY, "2026-11", "A weekly leaderboard's period is written like 2026-W46."),
        (Span.MONTHLY, "2026-W46", "A monthly leaderboard's period is written like 2026-11."),
    ],
)
def test_what_is_no_period_of_a_board_is_refused_by_its_field(span: Span, at: str, said: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        first_day(span, at)

    (detail,) = refused.value.details
    assert (detail["field"], detail["type"]) == ("query.at", "period")
    assert said in detail["message"]
