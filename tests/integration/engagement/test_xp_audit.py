"""The night's audit of XP: silent about what the product booked, and each kind of damage has its figure."""

from collections import Counter

import pytest

from academy.admin.auditor import engagement
from academy.platform.db import Database
from academy.platform.ids import uuid7
from academy.platform.tables import OutboxEvent
from tests.integration.engagement.conftest import EARLIER, Earner

OPENED = "alter table xp disable trigger xp_only_grows; "
LESSON = "(select id from xp where kind = 'lesson_complete')"


def findings(db: Database) -> dict[str, int]:
    found: Counter[str] = engagement.check(db)
    assert found.pop("checked") > 0
    return {name: n for name, n in found.items() if n}


@pytest.fixture
def booked(earner: Earner) -> Earner:
    """A lesson and a post that was deleted, the lesson's event an old one."""
    post_id = uuid7()
    lesson = earner.lesson()
    earner.post(post_id)
    earner.tell("post.deleted", postId=post_id)
    row = {"id": lesson.id, "kind": lesson.kind, "version": 1, "payload": lesson.payload, "occurred_at": EARLIER, "published_at": EARLIER}
    earner.make.row(OutboxEvent, **row)
    return earner


DAMAGE = {
    "xp_totals": "update users set xp_total = xp_total + 1 where xp_total > 0",
    "xp_days": "update xp_daily set awards = awards + 1",
    "xp_reversals": OPENED + "update xp set source = id::text where kind = 'reversal'; delete from xp_voids",
    "xp_kept": f"insert into xp_voids (user_id, kind, source) select user_id, kind, source from xp where id = {LESSON}",
    "xp_holds": "insert into xp_holds (id, user_id, kind, source, points, minutes, rule_version, earned_at) "
    f"select id, user_id, kind, source, points, 0, 1, earned_at from xp where id = {LESSON}",
    "xp_unbooked": OPENED + f"update xp set source = gen_random_uuid()::text where id = {LESSON}",
}


def test_what_the_product_booked_has_no_drift(booked: Earner, db: Database) -> None:
    assert findings(db) == {}
    assert booked.points() == [-10, 10, 50]


@pytest.mark.parametrize("figure", DAMAGE)
def test_damage_to_xp_has_its_figure(figure: str, booked: Earner, db: Database) -> None:
    for statement in DAMAGE[figure].split("; "):
        booked.make.execute(statement)

    assert findings(db) == {figure: 1}


def test_an_event_that_nobody_noted_yet_is_under_way(booked: Earner, db: Database) -> None:
    booked.make.execute("delete from consumed_events")
    booked.make.execute(OPENED.rstrip("; "))
    booked.make.execute("update xp set source = gen_random_uuid()::text where kind = 'lesson_complete'")

    assert findings(db) == {}
