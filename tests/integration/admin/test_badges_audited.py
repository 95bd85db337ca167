"""The auditor of badges: silent about what was earned, and each kind of damage has its figure."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from academy.admin.auditor import badges
from academy.engagement.badges.awarding import MOVES, award
from academy.engagement.badges.rounds import award_badges
from academy.platform.db import Database
from academy.platform.events import Envelope
from tests.factories import Factory
from tests.integration.engagement.badge_deeds import Deeds

LONG_AGO = datetime.now(UTC) - timedelta(hours=5)
TOLD_AGAIN = (
    "insert into outbox (id, kind, version, payload, occurred_at) select gen_random_uuid(), kind, version, payload, occurred_at from outbox"
    " where payload->>'badge' = 'champion'"
)


@pytest.fixture
def learner(make: Factory, db: Database, published: list[Envelope]) -> dict[str, Any]:
    """Somebody who has earned what they have, by rounds and by events."""
    user = make.user(longest_streak=30, last_learned_at=LONG_AGO)
    deeds = Deeds(make)
    award_badges(db, settling="0")
    deeds.courses(user, 1)
    deeds.ratings(user, 3)
    deeds.places(user, 1)
    db.transact(lambda work: award(work, [user["id"]], MOVES))
    make.execute("update enrollments set completed_at = :at where completed_at is not null", at=LONG_AGO)
    return user


def found(db: Database) -> dict[str, int]:
    return {name: n for name, n in badges.check(db).items() if n and name != "checked"}


def test_badges_in_order_are_passed_in_silence(db: Database, make: Factory, learner: dict[str, Any]) -> None:
    assert make.value("select count(*) from achievements") == 5
    assert found(db) == {}


@pytest.mark.parametrize(
    ("damage", "figures"),
    [
        ("update users set longest_streak = 29", {"badges_unearned": 1}),
        ("delete from enrollments where status in ('completed', 'ended')", {"badges_unearned": 1}),
        ("delete from achievements where badge = 'first_course'", {"badges_missed": 1, "badges_retold": 1}),
        ("delete from outbox where payload->>'badge' = 'first_course'", {"badges_untold": 1}),
        (TOLD_AGAIN, {"badges_retold": 1}),
    ],
)
def test_damage_is_found(db: Database, make: Factory, learner: dict[str, Any], damage: str, figures: dict[str, int]) -> None:
    make.execute(damage)

    assert found(db) == figures


@pytest.mark.parametrize(
    "excuse",
    [
        "update users set last_learned_at = now()",
        "update badge_rounds set done_at = null",
        "update enrollments set completed_at = now() where completed_at is not null",
    ],
)
def test_what_may_still_be_on_its_way_is_no_finding(db: Database, make: Factory, learner: dict[str, Any], excuse: str) -> None:
    make.execute("delete from outbox")
    make.execute("delete from achievements")
    make.execute(excuse)

    assert found(db) == {}
