"""Real processes, killed by SIGKILL at the moment that the database did, or did not do, what they asked for."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace

import pytest

from academy.platform.http import Endpoint
from tests.chaos.http.ground import difference
from tests.chaos.http.process import RemoteClient, running_process
from tests.chaos.http.seed import COUNTS, ROUNDS, chance
from tests.chaos.http.test_killed_around_commit import CASES, in_doubt, last_commit, name, same
from tests.chaos.http.theatre import KEY, Theatre
from tests.chaos.http.wire import Cut, When

REPRESENTATIVE = ("create_course", "enroll_in_course", "complete_lesson", "approve_course", "rate_course")
"""One that only writes, ones with events, one that commits by itself, one of an admin, a PUT."""


@pytest.fixture(scope="module")
def killable(theatre: Theatre) -> Iterator[Theatre]:
    """The same stage, played on by another process."""
    with running_process() as process:
        yield replace(theatre, client=RemoteClient(theatre.issuer, process))


@pytest.mark.parametrize(("endpoint", "keyed"), [case for case in CASES if case[0].operation_id in REPRESENTATIVE], ids=name)
def test_a_killed_process_leaves_all_or_nothing_and_the_retry_does_the_work_once(
    endpoint: Endpoint, keyed: bool, theatre: Theatre, killable: Theatre
) -> None:
    key = KEY if keyed else None
    once, twice = theatre.play(endpoint, key=key), theatre.play(endpoint, key=key, times=2)
    commit = last_commit(endpoint, once.exchanges, keyed=keyed)
    assert isinstance(killable.client, RemoteClient)
    process = killable.client.process
    points = [(at, when) for at in range(len(once.exchanges)) for when in When]
    if ROUNDS == 1:
        points = [(commit, When.BEFORE), (commit, When.AFTER), chance(f"kill {endpoint.operation_id} {keyed}").choice(points)]
    for at, when in points:
        victim = process.pid
        # When the process is killed there, and the client asks again
        outcome = killable.play(endpoint, key=key, cut=Cut(at, when, act=lambda: os.kill(process.pid, signal.SIGKILL)))
        COUNTS["processes killed"] += 1
        # Then it died of that, and everything is as after one call, or two where nothing says that it is the same again
        where = f"killed {when} {at} of {[(each.text[:20], each.status) for each in once.exchanges]}"
        assert process.pid != victim, where
        again = in_doubt(at, when, once.exchanges, commit) and not same(outcome, once)
        wanted = twice if again or (at, when is When.AFTER) >= (commit, True) else once
        assert outcome.last.status == wanted.last.status, f"{outcome.last.text}\n{where}"
        assert difference(outcome.holding, wanted.holding) == "", where
