"""The bench's leaderboards: rows as booking and folding would have left them, and all that is measured on them can be asked. No test looks at a clock."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from academy.admin.auditor import engagement
from academy.admin.auditor import leaderboards as boards
from academy.engagement.boards import closing
from tests.bench import effort, leaderboards, standings
from tests.bench.leaderboards import Hall
from tests.bench.report import Report
from tests.conftest import Databases

LEARNERS = 300


@pytest.fixture(scope="module")
def hall(databases: Databases, environment: None) -> Iterator[Hall]:
    name = databases.copy()
    effort.seed(databases.server.url(name), LEARNERS, say=lambda _: None)
    hall = Hall(databases.app_url(name), databases.server.url(name), LEARNERS)
    yield hall
    hall.db.discard()
    databases.drop(name)


def test_its_ledger_and_its_boards_are_right(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "DAYS", timedelta(days=7))  # of the weeks before the last there are no boards
    assert hall.value("select count(*) from xp") > LEARNERS * 18
    for check in (engagement.check, boards.check):
        found = check(hall.db)
        assert found.pop("checked") >= LEARNERS
        assert not any(found.values()), found


def test_all_of_it_is_measured_and_told(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "BOARDS_AT_ONCE", 10)
    report = Report("small")

    reads = leaderboards.reads(hall, samples=1)
    others = leaderboards.others(hall, samples=1)
    standings.tell_reads(reads, others, report)
    standings.tell_events({LEARNERS: leaderboards.events(hall, 2)}, report)
    closed = leaderboards.close(hall)
    standings.tell_closing(closed, report)

    told = json.loads(report.as_json())
    assert len(told["leaderboards"]["reads"]) == 27
    assert len(told["leaderboards"]["others"]) == len(leaderboards.OTHERS)
    assert [each["name"] for each in told["xp events"][str(LEARNERS)]] == ["booked", "folded in by itself", "folded in, one of 2"]
    assert closed.boards > closing.BOARDS_AT_ONCE
    assert closed.batches > closed.boards / closing.BOARDS_AT_ONCE
    assert closed.champions > 0
    assert hall.value("select count(*) from leaderboards where closed_at is not null") == 0
    assert hall.value("select count(*) from xp_pending") == 0
