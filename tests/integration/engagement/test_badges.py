"""Badges: each is earned at its target and not one before, by the events that can move its counter, once."""

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from academy.engagement.badges import awarding, repository
from academy.engagement.badges.awarding import MOVES, award
from academy.engagement.badges.catalogue import BADGES, Badge
from academy.engagement.badges.counters import Counter
from academy.platform import outbox
from academy.platform.db import Database, UnitOfWork
from academy.platform.events import Envelope
from academy.platform.ids import uuid7
from tests.factories import Factory
from tests.integration.engagement.badge_deeds import Deeds
from tests.integration.learning.threads import at_the_same_time, held_open, wait_for_a_lock, with_own

THREADS = 8
TOLD = "select payload->>'userId' as user_id, payload->>'badge' as badge from outbox where kind = 'badge.earned' order by 1, 2"
EARNED = "select user_id::text, badge from achievements order by user_id::text, badge"


def told(kind: str, user: dict[str, Any], **payload: Any) -> Envelope:
    return Envelope(id=str(uuid7()), kind=kind, version=1, occurred_at=datetime.now(UTC), payload={"userId": str(user["id"]), **payload})


def news(db: Database, users: Iterable[dict[str, Any]], *kinds: str) -> list[tuple[UUID, str]]:
    earned, _ = db.transact(lambda work: award(work, [user["id"] for user in users], kinds))
    return [(each.user_id, each.badge.slug) for each in earned]


def test_each_badge_is_earned_at_its_target_and_not_one_before(db: Database, make: Factory) -> None:
    deeds = Deeds(make)
    short, there = {}, {}
    for badge in BADGES.values():
        short[badge.slug], there[badge.slug] = make.user(), make.user()
        deeds.of(badge.counter)(short[badge.slug], badge.target - 1)
        deeds.of(badge.counter)(there[badge.slug], badge.target)
    everybody = [*short.values(), *there.values()]

    found = set(news(db, everybody, *MOVES))

    for badge in BADGES.values():
        assert (there[badge.slug]["id"], badge.slug) in found, badge.slug
        assert (short[badge.slug]["id"], badge.slug) not in found, badge.slug
    assert [tuple(row.values()) for row in make.rows(EARNED)] == sorted((str(user), slug) for user, slug in found)
    assert make.rows(TOLD) == make.rows(EARNED)
    assert news(db, everybody, *MOVES) == []


def test_every_counter_is_moved_by_an_event_and_only_those_that_it_can_move_are_looked_at(db: Database, make: Factory) -> None:
    assert {counter for counters in MOVES.values() for counter in counters} == set(Counter)
    user = make.user(longest_streak=7, xp_total=1000)

    assert news(db, [user], "course.rated") == news(db, [user], "user.suspended") == []
    assert news(db, [user], "section.completed") == [(user["id"], "seven_day_streak")]
    assert news(db, [user], "lesson.completed") == [(user["id"], "rising_star")]


@pytest.mark.parametrize(
    ("zone", "moments", "early"),
    [
        ("Asia/Kolkata", ["2026-03-02T00:30:00Z"], 1),
        ("Europe/London", ["2026-03-02T00:30:00Z"], 0),
        # Daylight saving begins in New York on March 8: the same hour in UTC is an early one only before it.
        ("America/New_York", ["2026-03-07T12:30:00Z", "2026-03-08T12:30:00Z"], 1),
    ],
)
def test_hours_are_of_the_learners_own_time_zone(db: Database, make: Factory, zone: str, moments: list[str], early: int) -> None:
    user = make.user(time_zone=zone)
    Deeds(make).completed_at(user, [datetime.fromisoformat(moment) for moment in moments])

    row = db.read(lambda work: work.first(repository.STANDING, id=user["id"], caller=user["id"], any=False))

    assert row is not None
    assert json.loads(row.counts)["early_bird"] == early


def test_somebody_erased_or_unknown_earns_nothing(db: Database, make: Factory) -> None:
    gone = make.user(status="erased", longest_streak=30)

    assert news(db, [gone, {"id": uuid7()}], *MOVES) == []
    assert db.transact(lambda work: awarding.hear(work, told("post.created", gone, courseId=str(uuid7()), postId=str(uuid7()))))[0] == []


class TestFacts:
    """What only events tell."""

    @staticmethod
    def hear(db: Database, *envelopes: Envelope) -> list[str]:
        return [each.badge.slug for envelope in envelopes for each in db.transact(lambda work, e=envelope: awarding.hear(work, e))[0]]  # type: ignore[misc]

    def quiz(self, user: dict[str, Any], percent: float, **ids: UUID) -> Envelope:
        where = {"courseId": uuid7(), "quizId": uuid7(), "attemptId": uuid7(), **ids}
        return told("quiz.passed", user, percent=percent, **{name: str(value) for name, value in where.items()})

    def test_a_percent_is_rounded_down_and_what_a_section_claims_is_no_percent(self, db: Database, make: Factory) -> None:
        user = make.user()

        assert self.hear(db, self.quiz(user, 99.99), told("section.completed", user, score=100)) == []
        assert self.hear(db, self.quiz(user, 100)) == ["perfect_score"]

    def test_what_was_voided_or_deleted_does_not_count_in_whatever_order_it_is_told(self, db: Database, make: Factory) -> None:
        user, attempt = make.user(), uuid7()
        voided = told("attempt.voided", user, attemptId=str(attempt))
        assert self.hear(db, voided, self.quiz(user, 100, attemptId=attempt)) == []

        posts = [told("post.created", user, courseId=str(uuid7()), postId=str(uuid7())) for _ in range(5)]
        gone = told("post.deleted", user, postId=posts[0].payload["postId"])
        assert self.hear(db, *posts[:4], gone, *posts) == []
        assert self.hear(db, told("post.created", user, courseId=str(uuid7()), postId=str(uuid7()))) == ["social_learner"]

    def test_a_place_on_a_board_makes_a_champion_once(self, db: Database, make: Factory) -> None:
        user = make.user()
        places = [
            told("leaderboard.place_won", user, span="weekly", period=week, domain=None, courseId=None, rank=3, points=10)
            for week in ("2026-W45", "2026-W46")
        ]

        assert self.hear(db, *places, *places) == ["champion"]
        assert make.value("select count(*) from badge_facts") == 2


def test_the_same_badge_from_many_threads_is_one_row_and_one_event(db: Database, make: Factory, database_url: str) -> None:
    users = [make.user(longest_streak=100, xp_total=1000) for _ in range(3)]

    def act(own: Database) -> list[tuple[UUID, str]]:
        return [*news(own, users, "section.completed", "lesson.completed"), *news(own, reversed(users), *MOVES)]

    found = [each for some in at_the_same_time(database_url, [act] * THREADS) for each in some]

    slugs = ("hundred_days", "rising_star", "seven_day_streak", "streak_master")
    assert sorted(found) == sorted((user["id"], slug) for user in users for slug in slugs)
    assert make.rows(TOLD) == make.rows(EARNED)
    assert len(make.rows(EARNED)) == len(found)


def test_of_facts_that_come_at_the_same_moment_the_last_one_completes_the_badge(db: Database, make: Factory, database_url: str) -> None:
    users = [make.user() for _ in range(2)]
    envelopes = [told("post.created", user, courseId=str(uuid7()), postId=str(uuid7())) for _ in range(5) for user in users]

    def delivered(envelope: Envelope) -> Callable[[Database], list[awarding.Earned]]:
        def act(work: UnitOfWork) -> list[awarding.Earned]:
            first = outbox.first_time(work, consumer="engagement", event_id=envelope.id)
            return awarding.hear(work, envelope) if first else []

        return lambda own: own.transact(act)[0]

    twice = [delivered(envelope) for envelope in envelopes * 2]

    news_of_all = [each for some in at_the_same_time(database_url, twice) for each in some]

    assert sorted((each.user_id, each.badge.slug) for each in news_of_all) == sorted((user["id"], "social_learner") for user in users)
    assert make.rows(TOLD) == make.rows(EARNED)


def test_who_comes_second_waits_and_counts_what_the_first_one_wrote(db: Database, make: Factory, database_url: str) -> None:
    user = make.user()
    posts = [told("post.created", user, courseId=str(uuid7()), postId=str(uuid7())) for _ in range(5)]
    for post in posts[:3]:
        assert TestFacts.hear(db, post) == []

    # Given a fourth post that is not committed yet, when the fifth comes, neither of which would see the other
    with held_open(database_url, lambda work: awarding.hear(work, posts[3])) as commit, ThreadPoolExecutor(1) as pool:
        fifth = pool.submit(with_own(database_url, lambda own: TestFacts.hear(own, posts[4])))
        wait_for_a_lock(database_url)
        commit()

        assert fifth.result(timeout=60) == ["social_learner"]


def test_a_badge_is_news_with_its_words(db: Database, make: Factory) -> None:
    user = make.user(longest_streak=7)

    def act(work: UnitOfWork) -> list[awarding.Earned]:
        work.outgoing.append(told("section.completed", user))
        return award(work, [user["id"]], ["section.completed"])

    (earned,), work = db.transact(act)

    assert [(event.kind, event.payload) for event in work.outgoing[1:]] == [
        ("badge.earned", {"userId": str(user["id"]), "badge": "seven_day_streak"})
    ]
    assert work.outgoing[1].id == str(make.value("select event_id from achievements"))

    badge: Badge = BADGES["seven_day_streak"]
    assert earned.as_news() == {
        "badge": "seven_day_streak",
        "name": badge.name.en,
        "description": badge.description.en,
        "iconUrl": "http://127.0.0.1:3000/api/v1/badges/seven_day_streak/icon.svg",
        "earnedAt": earned.earned_at,
    }
    assert datetime.fromisoformat(earned.earned_at).tzinfo is not None
