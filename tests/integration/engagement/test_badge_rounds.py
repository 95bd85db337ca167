"""Rounds: a new badge reaches everybody who has earned it already, once, whatever happens to the one who hands it out."""

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from academy.engagement.badges import catalogue
from academy.engagement.badges.catalogue import BADGES
from academy.engagement.badges.rounds import award_badges
from academy.platform.db import Database
from academy.platform.events import Envelope
from functions.schedules import app as schedules
from tests.factories import Factory
from tests.integration.learning.threads import at_the_same_time

ROOT = Path(__file__).parents[3]
STREAKS = {"seven_day_streak", "streak_master"}
TOLD = "select payload->>'userId' as user_id, payload->>'badge' as badge from outbox where kind = 'badge.earned' order by 1, 2"
EARNED = "select user_id::text, badge from achievements order by user_id::text, badge"


@pytest.fixture
def learners(make: Factory) -> list[dict[str, Any]]:
    return [make.user(longest_streak=30 if n % 3 else 0) for n in range(12)]


def entitled(learners: list[dict[str, Any]]) -> list[dict[str, str]]:
    return sorted(
        ({"user_id": str(user["id"]), "badge": slug} for user in learners if user["longest_streak"] for slug in STREAKS),
        key=lambda row: (row["user_id"], row["badge"]),
    )


def test_everybody_who_has_earned_a_badge_gets_it_and_the_next_run_finds_nothing_to_do(
    db: Database, make: Factory, learners: list[dict[str, Any]], published: list[Envelope]
) -> None:
    first = award_badges(db, at_once=5, settling="0")

    assert first == {"learners": 12, "awarded": 16, "open": 0}
    assert make.rows(EARNED) == entitled(learners) == make.rows(TOLD)
    assert sorted(envelope.payload["userId"] for envelope in published) == sorted(row["user_id"] for row in entitled(learners))
    assert award_badges(db, at_once=5, settling="0") == {"learners": 0, "awarded": 0, "open": 0}
    rounds = {row["badge"]: row for row in make.rows("select * from badge_rounds")}
    assert rounds.keys() == BADGES.keys()
    assert (rounds["streak_master"]["learners"], rounds["streak_master"]["awarded"]) == (12, 8)


def test_a_badge_that_is_new_or_asks_for_less_has_a_round_of_its_own(
    db: Database, make: Factory, learners: list[dict[str, Any]], published: list[Envelope], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(catalogue.BADGES, "streak_master")
    assert award_badges(db, settling="0")["awarded"] == 8
    monkeypatch.undo()
    assert award_badges(db, settling="0") == {"learners": 12, "awarded": 8, "open": 0}

    monkeypatch.setitem(catalogue.BADGES, "hundred_days", replace(BADGES["hundred_days"], target=25))
    from academy.engagement.badges import repository

    repository.award.cache_clear()
    try:
        assert award_badges(db, settling="0") == {"learners": 12, "awarded": 8, "open": 0}
    finally:
        repository.award.cache_clear()
    assert make.value("select count(*) from achievements where badge = 'hundred_days'") == 8


def test_a_round_waits_until_all_who_act_on_events_know_of_the_badge(db: Database, learners: list[dict[str, Any]]) -> None:
    assert award_badges(db) == {"learners": 0, "awarded": 0, "open": len(BADGES)}


def test_a_run_that_has_no_time_left_leaves_the_rest_to_the_next(db: Database, learners: list[dict[str, Any]]) -> None:
    assert award_badges(db, settling="0", longest=0) == {"learners": 0, "awarded": 0, "open": len(BADGES)}


@pytest.mark.parametrize("where", ["before", "after"])
def test_killed_around_a_commit_it_goes_on_where_it_was(
    db: Database,
    database_url: str,
    make: Factory,
    learners: list[dict[str, Any]],
    published: list[Envelope],
    where: str,
) -> None:
    # Given one who has looked at seven learners, and is killed at the commit of the eighth
    environment = {**os.environ, "DATABASE_URL": database_url, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/academy'}"}
    command = [sys.executable, "-m", "tests.integration.engagement.killed_round", where, "8"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "here\n"
        child.kill()
    assert make.value("select learners from badge_rounds where badge = 'champion'") == (7 if where == "before" else 8)

    # When others go on, as soon as the server has noticed
    deadline = time.monotonic() + 60
    looked_at = 0
    while (result := award_badges(db, at_once=2, settling="0"))["open"]:
        looked_at += result["learners"]
        assert time.monotonic() < deadline, "the round never ended"
        time.sleep(0.05)
    looked_at += result["learners"]

    # Then nobody was passed over and nobody got anything twice
    assert looked_at == (5 if where == "before" else 4)
    assert make.rows(EARNED) == entitled(learners) == make.rows(TOLD)


def test_several_at_a_time_do_not_double_anything(
    db: Database, database_url: str, make: Factory, learners: list[dict[str, Any]], published: list[Envelope]
) -> None:
    at_the_same_time(database_url, [lambda own: award_badges(own, at_once=1, settling="0")] * 4)
    award_badges(db, at_once=1, settling="0")

    assert make.rows(EARNED) == entitled(learners) == make.rows(TOLD)
    assert make.rows("select distinct learners, done_at is null as open from badge_rounds") == [{"learners": 12, "open": False}]


def test_the_schedule_does_it(db: Database, make: Factory, learners: list[dict[str, Any]], published: list[Envelope]) -> None:
    event = json.loads((ROOT / "events/schedules/award_badges.json").read_text())
    schedules.handler(event, None)
    make.execute("update badge_rounds set declared_at = now() - interval '11 minutes'")

    assert schedules.handler(event, None) == {"learners": 12, "awarded": 16, "open": 0}
