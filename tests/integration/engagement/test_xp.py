"""XP by events: what gives points, once, and what the learner reads of it."""

import pytest

from academy.engagement.xp import booking
from academy.platform.db import Database
from academy.platform.events import Envelope
from functions.events.app import consume
from tests.integration.engagement.conftest import Earner
from tests.integration.learning.conftest import Learner


def test_a_completed_lesson_and_course_give_points_and_reasons(earner: Earner) -> None:
    earner.lesson()
    earner.whole_course()

    reply = earner.xp()

    assert reply.status == 200
    assert [(row["kind"], row["points"], row["reason"]) for row in reply.data] == [
        ("course_complete", 500, "Completed the course “Arches”"),
        ("lesson_complete", 50, f"Completed the lesson “{earner.lessons[0]['title']}”"),
    ]
    assert reply.json["summary"] == {"total": 550, "level": 3, "levelBegins": 300, "nextLevelBegins": 600, "today": 550}
    assert earner.make.rows("select points, awards from xp_daily") == [{"points": 550, "awards": 2}]


def test_the_report_that_completes_a_lesson_is_answered_with_its_points_and_the_event_finds_it_done(
    learner: Learner, db: Database, published: list[Envelope]
) -> None:
    first, last = learner.sections[:2]

    before = db.trips
    nothing = learner.report(first)
    alone = db.trips - before
    reply = learner.report(last)
    for envelope in published:
        consume("engagement", envelope)

    assert (nothing.data["xpEarned"], alone) == (0, 2), "admission and the one statement"
    assert reply.data["lessonCompleted"]
    assert reply.data["xpEarned"] == 50
    assert learner.report(last).data["xpEarned"] == 0
    assert learner.make.rows("select kind, points from xp") == [{"kind": "lesson_complete", "points": 50}]


def test_whole_lessons_by_both_routes_and_with_an_idempotency_key_give_points_at_once(learner: Learner) -> None:
    lessons = list(dict.fromkeys(str(section["lesson_id"]) for section in learner.sections))
    ask = learner.client.post
    key = {"Idempotency-Key": "points-once"}

    replies = [
        ask(f"/progress/lessons/{lessons[0]}/complete", user=learner.student),
        ask("/lessons/complete", {"lessonId": lessons[1], "timeSpent": 60}, user=learner.student, headers=key),
        ask("/lessons/complete", {"lessonId": lessons[1], "timeSpent": 60}, user=learner.student, headers=key),
        ask("/lessons/complete", {"lessonId": lessons[2], "timeSpent": 60}, user=learner.student),
        learner.report(learner.sections[6]),
        ask(f"/progress/lessons/{lessons[3]}/sections/{learner.sections[7]['id']}/complete", user=learner.student),
    ]

    assert [reply.data["xpEarned"] for reply in replies] == [50, 50, 50, 50, 0, 550]
    assert learner.make.value("select xp_total from users where id = :id", id=learner.student["id"]) == 700
    booked = learner.make.rows("select earned_at from xp where kind = 'lesson_complete' order by earned_at")
    assert booked == learner.make.rows("select occurred_at as earned_at from outbox where kind = 'lesson.completed' order by occurred_at")


def test_points_that_cannot_be_given_at_once_are_given_by_the_event(
    learner: Learner, published: list[Envelope], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(booking, "bound", lambda *_: 1 / 0)
        lesson_id = str(learner.sections[0]["lesson_id"])
        reply = learner.client.post(f"/progress/lessons/{lesson_id}/complete", user=learner.student)

    assert (reply.status, reply.data["lessonCompleted"], reply.data["xpEarned"]) == (200, True, 0)

    for envelope in published:
        consume("engagement", envelope)
    assert learner.make.value("select xp_total from users where id = :id", id=learner.student["id"]) == 50


def test_a_badge_that_a_course_earned_is_told_at_once_and_published_once(learner: Learner, published: list[Envelope]) -> None:
    lessons = list(dict.fromkeys(str(section["lesson_id"]) for section in learner.sections))

    replies = [learner.client.post(f"/progress/lessons/{lesson}/complete", user=learner.student) for lesson in lessons]
    for envelope in list(published):
        consume("engagement", envelope)

    told = [badge["badge"] for reply in replies for badge in reply.data["newAchievements"]]
    assert "first_course" in [badge["badge"] for badge in replies[-1].data["newAchievements"]]
    # What the report told of is published with it, and waits for no sweep.
    assert [envelope.kind for envelope in published].count("lesson.completed") == len(lessons)
    assert [envelope.kind for envelope in published].count("course.completed") == 1
    assert sorted(told) == sorted(envelope.payload["badge"] for envelope in published if envelope.kind == "badge.earned")
    assert sorted(told) == sorted(row["badge"] for row in learner.make.rows("select badge from achievements"))
