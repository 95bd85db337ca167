"""Idempotency-Key under any interleaving of clients: one effect, equal answers, and nobody gets another's."""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from academy.platform.db import Database, UnitOfWork
from academy.platform.http import Answer, idempotency
from academy.platform.ids import uuid7
from tests.api import Client, Reply
from tests.authorization.requests import COURSE
from tests.factories import Factory
from tests.integration.learning.threads import held_open, wait_for_a_lock, with_own
from tests.properties.conftest import examples


@dataclass(frozen=True)
class Call:
    user: int
    key: int
    body: int


CALLS = st.builds(Call, user=st.integers(0, 1), key=st.integers(0, 1), body=st.integers(0, 1))
STORY = st.lists(st.lists(CALLS, min_size=1, max_size=3), min_size=1, max_size=5)
"""Moments one after another; what is in one moment happens at the same time."""


@given(story=STORY)
@examples(30)
def test_one_effect_and_equal_answers(story: list[list[Call]], crowd: ThreadPoolExecutor, client: Client, make: Factory) -> None:
    # Given users, keys and bodies that nobody has used before
    users = [make.user("instructor") for _ in range(2)]
    mark = uuid7().hex

    def send(call: Call) -> Reply:
        return client.post(
            "/courses",
            {**COURSE, "title": f"{mark} {call.key} {call.body}"},
            user=users[call.user],
            headers={"Idempotency-Key": f"{mark}-{call.key}"},
        )

    # When they call, one after another or at once, and at the end each call once more
    told: list[tuple[Call, Reply]] = []
    for moment in story:
        barrier = Barrier(len(moment))

        def at_once(call: Call, barrier: Barrier = barrier) -> tuple[Call, Reply]:
            barrier.wait(60)
            return call, send(call)

        told += crowd.map(at_once, moment)
    last = {call: send(call) for moment in story for call in moment}

    # Then each user's key has made one course, of one of the bodies it was sent with
    made = defaultdict(list)
    for row in make.rows("select instructor_id, title from courses where title like :mark", mark=f"{mark}%"):
        made[row["instructor_id"], row["title"].split()[1]].append(int(row["title"].split()[2]))
    asked = {(users[call.user]["id"], str(call.key)) for call in last}
    assert made.keys() == asked
    assert all(len(bodies) == 1 for bodies in made.values())
    # And its body is answered the same every time, once nobody is at it any more; another body is refused
    for call, final in last.items():
        winner = made[users[call.user]["id"], str(call.key)][0]
        answers = [reply for other, reply in told if other == call]
        if call.body == winner:
            assert final.status == 201
            assert final.headers["Idempotency-Replayed"] == "true"
            for reply in answers:
                assert reply.code == "REQUEST_IN_PROGRESS" if reply.status == 409 else same(reply, final)
        else:
            assert (final.status, final.code) == (422, "IDEMPOTENCY_KEY_REUSED")
            assert {reply.status for reply in answers} <= {409, 422}


def same(reply: Reply, other: Reply) -> bool:
    told = ("Location", "ETag", "Content-Type")
    return (reply.status, reply.text, [reply.headers.get(name) for name in told]) == (
        other.status,
        other.text,
        [other.headers.get(name) for name in told],
    )


def test_who_waited_for_the_lock_sees_what_was_answered_meanwhile(db: Database, database_url: str) -> None:
    """The lock and the look are two statements of one trip: the look's snapshot is younger than the lock."""
    marks: dict[str, Any] = {"scope": "somebody", "key": "k-1", "mark": "m-1"}

    def first(work: UnitOfWork) -> None:
        assert idempotency.first_answer(work, **marks, again=False) is None
        idempotency.keep(work, Answer(201, "first"), **marks)

    with held_open(database_url, first) as commit, ThreadPoolExecutor(1) as pool:
        second = pool.submit(
            with_own(database_url, lambda own: own.transact(lambda work: idempotency.first_answer(work, **marks, again=True)))
        )
        wait_for_a_lock(database_url)
        commit()

        known, _ = second.result(timeout=60)
    assert known is not None
    assert (known.status, known.body) == (201, "first")
