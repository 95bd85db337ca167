"""What keeps XP honest: repeats, caps, the pace, reversals in any order; and what admins decide."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from academy.engagement.facts import Award, Taking
from academy.engagement.xp import booking
from academy.engagement.xp.values import XpKind
from academy.platform.db import Database
from academy.platform.ids import uuid7
from tests.api import Client
from tests.factories import Factory
from tests.integration.engagement.conftest import Earner

NOW = datetime.now(UTC)


@pytest.fixture
def admin(make: Factory) -> dict[str, Any]:
    return make.user("admin")


def total(earner: Earner) -> int:
    return int(earner.make.value("select xp_total from users where id = :id", id=earner.user["id"]))


def test_a_course_that_is_taken_again_gives_nothing_again(earner: Earner) -> None:
    earner.lesson()
    earner.whole_course()
    earner.make.execute("update enrollments set status = 'ended', ended_at = now()")
    again = earner.make.enrollment(earner.user, earner.course)

    earner.lesson(enrollmentId=again["id"])
    earner.whole_course(enrollmentId=again["id"])

    assert earner.points() == [500, 50]


def test_a_quiz_gives_points_once_and_again_after_the_attempt_that_counted_was_voided(earner: Earner) -> None:
    first, second, third = uuid7(), uuid7(), uuid7()
    quiz = {"courseId": earner.course["id"], "quizId": uuid7(), "percent": 90}

    earner.tell("quiz.passed", **quiz, attemptId=first)
    earner.tell("quiz.passed", **quiz, attemptId=second)
    assert earner.points() == [100]
    earner.tell("attempt.voided", attemptId=first)
    earner.tell("quiz.passed", **quiz, attemptId=third)

    assert earner.points() == [100, -100, 100]
    assert [row["reason"] for row in earner.xp().data][1] == "Taken back: Passed a quiz of “Arches”"
    assert total(earner) == 100

    earner.tell("quiz.passed", **{**quiz, "quizId": uuid7()}, attemptId=uuid7())
    assert total(earner) == 200, "another quiz is another"


@pytest.mark.parametrize(
    "told", [("created", "deleted"), ("deleted", "created"), ("deleted", "created", "deleted"), ("created", "deleted", "created")]
)
def test_a_deleted_post_ends_at_nothing_in_whatever_order_it_is_told_of(told: tuple[str, ...], earner: Earner) -> None:
    post_id = uuid7()

    for what in told:
        earner.post(post_id) if what == "created" else earner.tell("post.deleted", postId=post_id)

    assert sum(earner.points()) == total(earner) == 0
    assert earner.make.value("select coalesce(sum(points), 0) from xp_daily") == 0


def test_beyond_a_days_cap_a_post_is_in_the_ledger_without_points(earner: Earner) -> None:
    for _ in range(11):
        earner.post(uuid7())

    rows = earner.xp().data
    assert [row["points"] for row in rows] == [0] + [10] * 10
    assert rows[0]["reason"] == "Wrote in the forum of “Arches” (the day's limit was reached)"
    assert total(earner) == 100


def test_deleting_posts_makes_no_room_for_others(earner: Earner) -> None:
    posts = [uuid7() for _ in range(10)]
    for post_id in posts:
        earner.post(post_id)
    earner.tell("post.deleted", postId=posts[0])

    earner.post(uuid7())

    assert total(earner) == 90


def test_what_comes_late_counts_on_the_day_that_it_is_booked(earner: Earner) -> None:
    earner.lesson(at=NOW - timedelta(days=40))

    assert earner.make.rows("select day = (now() at time zone 'Asia/Kolkata')::date as today from xp_daily") == [{"today": True}]
    assert earner.xp().data[0]["earnedAt"][:10] == (NOW - timedelta(days=40)).isoformat()[:10]


def test_a_course_at_machine_speed_earns_its_points(earner: Earner) -> None:
    for n in range(4):
        earner.lesson(n, at=NOW)
    earner.whole_course(at=NOW)

    assert total(earner) == 700
    assert earner.make.value("select count(*) from xp_holds") == 0


@pytest.fixture
def hasty(earner: Earner) -> Earner:
    """Four lessons of seven hours each within a minute: the third and fourth are too fast, and so is the course."""
    earner.make.execute("update lessons set estimated_minutes = 420")
    for n in range(4):
        earner.lesson(n, at=NOW + timedelta(seconds=n))
    earner.whole_course(at=NOW + timedelta(seconds=4))
    return earner


def test_an_impossible_pace_is_held_and_told_to_admins(hasty: Earner, client: Client, admin: dict[str, Any]) -> None:
    reply = client.get("/admin/xp/holds", user=admin)

    assert total(hasty) == 100
    assert [(hold["kind"], hold["points"], hold["minutes"], hold["status"]) for hold in reply.data] == [
        ("lesson_complete", 50, 420, "held"),
        ("lesson_complete", 50, 420, "held"),
        ("course_complete", 500, 0, "held"),
    ]
    assert {hold["fullName"] for hold in reply.data} == {hasty.user["full_name"]}
    hasty.lesson(3)
    assert total(hasty) == 100, "told again, it stays held"


def test_a_long_course_is_measured_by_the_time_since_it_was_begun(earner: Earner) -> None:
    earner.make.execute("update courses set estimated_minutes = 10000")
    earner.make.execute("update enrollments set enrolled_at = now() - interval '3 days'")

    earner.whole_course()

    assert total(earner) == 500


def test_somebody_erased_gets_no_points_and_loses_none(earner: Earner, db: Database) -> None:
    post_id = uuid7()
    earner.post(post_id)
    earner.make.execute("update users set status = 'erased' where id = :id", id=earner.user["id"])
    user_id: UUID = earner.user["id"]
    award = Award(user_id, XpKind.LESSON_COMPLETE, earner.lessons[0]["id"], NOW, earner.course["id"])

    assert db.transact(lambda work: booking.book(work, user_id, [award]))[0] == 0
    assert db.transact(lambda work: booking.take_back(work, Taking(user_id, XpKind.FORUM_POST, post_id)))[0] == 0
    assert total(earner) == 10


def test_what_is_booked_and_taken_back_is_told_in_points(earner: Earner, db: Database) -> None:
    user_id: UUID = earner.user["id"]
    posts = [Award(user_id, XpKind.FORUM_POST, uuid7(), NOW, earner.course["id"]) for _ in range(2)]

    assert db.transact(lambda work: booking.book(work, user_id, posts))[0] == 20
    assert db.transact(lambda work: booking.take_back(work, Taking(user_id, XpKind.FORUM_POST, posts[0].source)))[0] == -10


def test_an_hour_later_the_pace_is_another(earner: Earner) -> None:
    earner.make.execute("update lessons set estimated_minutes = 1000")

    earner.lesson(0, at=NOW - timedelta(minutes=61))
    earner.lesson(1, at=NOW)
    earner.lesson(2, at=NOW - timedelta(minutes=59))

    assert earner.points() == [50, 50], "each an hour apart; the third is beside the first and the second, whenever it is told of"


def test_a_release_books_today_once_and_a_dismissal_never(hasty: Earner, client: Client, admin: dict[str, Any]) -> None:
    first, second, course = client.get("/admin/xp/holds", user=admin).data
    hasty.make.execute("update xp_holds set earned_at = earned_at - interval '3 days'")

    released = client.post(f"/admin/xp/holds/{first['id']}/release", user=admin)
    again = client.post(f"/admin/xp/holds/{first['id']}/release", user=admin)
    dismissed = client.post(f"/admin/xp/holds/{second['id']}/dismiss", user=admin)
    late = client.post(f"/admin/xp/holds/{second['id']}/release", user=admin)

    assert (released.data["status"], released.data["decidedBy"]) == ("released", str(admin["id"]))
    assert (again.status, again.code, late.code) == (409, "XP_HOLD_DECIDED", "XP_HOLD_DECIDED")
    assert (dismissed.data["status"], dismissed.data["decidedBy"]) == ("dismissed", str(admin["id"]))
    assert total(hasty) == 150
    assert [hold["id"] for hold in client.get("/admin/xp/holds", user=admin).data] == [course["id"]]
    assert client.get("/admin/xp/holds", user=admin, query={"status": "dismissed"}).data == [dismissed.data]
    assert client.post(f"/admin/xp/holds/{uuid7()}/release", user=admin).code == "HOLD_NOT_FOUND"
    acts = hasty.make.rows("select action, target_id, before, after from audit_log where target_type = 'xp_hold' order by id")
    assert acts == [
        {
            "action": action,
            "target_id": hold["id"],
            "before": {"status": "held"},
            "after": {"status": status, **{name: hold[name] for name in ("userId", "kind", "source", "points")}},
        }
        for action, hold, status in (("xp.release", first, "released"), ("xp.dismiss", second, "dismissed"))
    ]


def test_points_that_are_released_earn_what_they_lead_to(hasty: Earner, client: Client, admin: dict[str, Any]) -> None:
    hasty.make.execute("update users set xp_total = 950 where id = :id", id=hasty.user["id"])
    first, *_ = client.get("/admin/xp/holds", user=admin).data

    client.post(f"/admin/xp/holds/{first['id']}/release", user=admin)

    assert hasty.make.rows("select badge from achievements") == [{"badge": "rising_star"}]


def test_the_list_of_what_is_held_goes_page_by_page_and_by_learner(hasty: Earner, client: Client, admin: dict[str, Any]) -> None:
    whole = client.get("/admin/xp/holds", user=admin).data

    first = client.get("/admin/xp/holds", user=admin, query={"limit": 2}).json
    after = client.get("/admin/xp/holds", user=admin, query={"limit": 2, "cursor": first["pagination"]["nextCursor"]}).json
    second = client.get("/admin/xp/holds", user=admin, query={"limit": 2, "page": 2}).json

    assert first["data"] + after["data"] == first["data"] + second["data"] == whole
    assert first["pagination"]["totalCount"] == 3
    assert client.get("/admin/xp/holds", user=admin, query={"userId": str(hasty.user["id"])}).data == whole
    assert client.get("/admin/xp/holds", user=admin, query={"userId": str(admin["id"])}).data == []


def test_a_changed_rule_holds_from_then_on_and_is_kept_with_who_set_it(earner: Earner, client: Client, admin: dict[str, Any]) -> None:
    earner.lesson(0)
    rule = {"kind": "lesson_complete", "version": 1, "points": 60, "dailyCap": 2}

    reply = client.put("/admin/xp/rules", {"rules": [rule]}, user=admin)
    earner.lesson(1)
    earner.lesson(2)

    changed = next(rule for rule in reply.data if rule["kind"] == "lesson_complete")
    assert (changed["version"], changed["points"], changed["dailyCap"]) == (2, 60, 2)
    assert [(each["version"], each["points"], each["setBy"]) for each in changed["history"]] == [(2, 60, str(admin["id"])), (1, 50, None)]
    assert earner.points() == [0, 60, 50]
    assert earner.make.rows("select target_type, target_id, before, after from audit_log where action = 'xp.change_rule'") == [
        {
            "target_type": "xp_rule",
            "target_id": "lesson_complete 2",
            "before": {"points": 50, "dailyCap": 200},
            "after": {"points": 60, "dailyCap": 2},
        }
    ]
    assert client.put("/admin/xp/rules", {"rules": [rule]}, user=admin).code == "XP_RULE_CHANGED"
    assert client.get("/admin/xp/rules", user=admin).data == reply.data


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ([], "body.rules"),
        ([{"kind": "reversal", "version": 1, "points": 1, "dailyCap": 1}], "body.rules.0.kind"),
        ([{"kind": "quiz_pass", "version": 1, "points": -1, "dailyCap": 1}], "body.rules.0.points"),
        ([{"kind": "quiz_pass", "version": 1, "points": 1, "dailyCap": 0}], "body.rules.0.dailyCap"),
        ([{"kind": "quiz_pass", "version": 1, "points": 1, "dailyCap": 1}] * 2, "body.rules"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_by_its_field(rules: list[Any], field: str, client: Client, admin: dict[str, Any]) -> None:
    reply = client.put("/admin/xp/rules", {"rules": rules}, user=admin)

    assert reply.status == 400
    assert [detail["field"] for detail in reply.json["details"]] == [field]
