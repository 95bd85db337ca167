"""Invariant 5: any multiset of events in any order, told to several consumers at once that die around COMMIT, is one ledger, and every sum is the ledger's."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import local
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.admin.auditor import engagement, leaderboards
from academy.engagement import consumers
from academy.engagement.boards.folding import fold
from academy.platform.db import Database, UnitOfWork
from academy.platform.events import Envelope
from academy.platform.ids import uuid7
from functions.events import app as events
from tests.factories import Factory
from tests.properties.conftest import examples

KINDS = ("lesson.completed", "course.completed", "post.created", "post.deleted", "quiz.passed", "attempt.voided")
LESSONS_A_DAY = 2
STORY = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 1), st.integers(0, 2), st.integers(1, 3)), max_size=14)
"""What, to whom, which of three, and how many times it is told."""
FATES = st.lists(st.sampled_from(["lives", "lives", "dies before COMMIT", "dies after COMMIT"]), max_size=12)


class Died(Exception):
    """The consumer did; the queue will tell it again."""


class Mortal(Database):
    """A consumer's database, whose transactions end as fate has it; with no more fates they live."""

    def __init__(self, url: str, fates: list[str]) -> None:
        super().__init__(url)
        self._fates = fates

    def transact[T](self, job: Callable[[UnitOfWork], T]) -> tuple[T, UnitOfWork]:
        fate = self._fates.pop() if self._fates else "lives"

        def doomed(work: UnitOfWork) -> T:
            job(work)
            raise Died

        done = super().transact(doomed if fate == "dies before COMMIT" else job)
        if fate == "dies after COMMIT":
            raise Died
        return done


class Crowd:
    """Three consumers, each with a thread and a connection of its own."""

    def __init__(self, url: str) -> None:
        self._url, self._mine = url, local()
        self._opened: list[Mortal] = []
        self.fates: list[str] = []
        self._pool = ThreadPoolExecutor(3)

    def database(self) -> Mortal:
        if not hasattr(self._mine, "database"):
            self._mine.database = Mortal(self._url, self.fates)
            self._opened.append(self._mine.database)
        held: Mortal = self._mine.database
        return held

    def tell(self, told: list[Envelope]) -> None:
        list(self._pool.map(self._deliver, told))

    @staticmethod
    def _deliver(envelope: Envelope) -> None:
        while True:
            try:
                events.consume("engagement", envelope)
                return
            except Died:
                continue

    def close(self) -> None:
        self._pool.shutdown()
        for database in self._opened:
            database.discard()


@pytest.fixture
def crowd(database_url: str, make: Factory, published: list[Envelope], monkeypatch: pytest.MonkeyPatch) -> Iterator[Crowd]:
    make.execute("insert into xp_rules (kind, version, points, daily_cap) values ('lesson_complete', 2, 50, :cap)", cap=LESSONS_A_DAY)
    crowd = Crowd(database_url)
    monkeypatch.setattr(events, "database", crowd.database)
    monkeypatch.setattr(consumers, "database", crowd.database)
    yield crowd
    crowd.close()


class Story:
    """Two learners, three of everything; `points` is what they come to, however it is told."""

    def __init__(self, make: Factory, told: list[tuple[str, int, int, int]]) -> None:
        self.users = [make.user()["id"] for _ in range(2)]
        teacher = make.user("instructor")
        self._courses = [make.course(teacher)["id"] for _ in range(3)]
        self._things = [uuid7() for _ in range(3)]
        self._told = told

    def envelopes(self, dice: random.Random) -> list[Envelope]:
        """Each as often as it is told: the same message again, or the same fact in another."""
        envelopes = []
        for kind, who, which, times in self._told:
            event_id = str(uuid7())
            envelopes += [self._envelope(kind, who, which, event_id if dice.random() < 0.5 else str(uuid7())) for _ in range(times)]
        dice.shuffle(envelopes)
        return envelopes

    def _envelope(self, kind: str, who: int, which: int, event_id: str) -> Envelope:
        thing, now = str(self._things[which]), datetime.now(UTC)
        payload = {
            "userId": str(self.users[who]),
            "courseId": str(self._courses[which]),
            "enrollmentId": str(uuid7()),
            "completedAt": now.isoformat(),
            "percent": 80,
            **dict.fromkeys(("lessonId", "postId", "quizId", "attemptId"), thing),
        }
        return Envelope(id=event_id, kind=kind, version=1, occurred_at=now, payload=payload)

    def points(self) -> dict[UUID, int]:
        return {user: self._points_of(who) for who, user in enumerate(self.users)}

    def _points_of(self, who: int) -> int:
        told = {kind: {which for k, w, which, _ in self._told if (k, w) == (kind, who)} for kind in KINDS}
        return (
            50 * min(LESSONS_A_DAY, len(told["lesson.completed"]))
            + 500 * len(told["course.completed"])
            + 10 * len(told["post.created"] - told["post.deleted"])
            + 100 * len(told["quiz.passed"] - told["attempt.voided"])
        )


@examples(18)
@given(told=STORY, fates=FATES, seed=st.integers(0, 99))
def test_the_ledger_is_its_sums_whatever_is_told_how_often_and_whoever_dies(
    crowd: Crowd, make: Factory, db: Database, told: list[Any], fates: list[str], seed: int
) -> None:
    story = Story(make, told)
    crowd.fates[:] = fates

    crowd.tell(story.envelopes(random.Random(seed)))
    crowd.fates.clear()
    fold(db)

    totals = {row["id"]: row["xp_total"] for row in make.rows("select id, xp_total from users where id = any(:ids)", ids=story.users)}
    assert totals == story.points()
    for check in (engagement.check, leaderboards.check):
        assert not {name: number for name, number in check(db).items() if name != "checked" and number}
    assert make.value("select count(*) from xp_pending") == 0
