"""Every writing route, its process killed or its connection cut before, between and after its statements and around COMMIT.

The client's retry gets the first answer or does the work once: with an Idempotency-Key always, without one whenever nothing was committed.
New routes join by being declared.
"""

import pytest

from academy.platform.http import Endpoint
from tests.api import load_endpoints
from tests.chaos.http.ground import Holding, difference
from tests.chaos.http.seed import COUNTS, ROUNDS, chance
from tests.chaos.http.theatre import KEY, Outcome, Theatre
from tests.chaos.http.wire import Cut, Exchange, When

EXCUSED = {
    "sign_up": 409,
    "register_user": 409,
    "confirm_sign_up": 400,
    "exchange_code": 401,
    "renew_tokens": 401,
    "confirm_email": 400,
}
"""What the user pool does once is not in our transaction. Whoever asks again after it was done is told that the address is taken, that the code
or the token is spent, and goes on by signing in, where the row is made or brought up to date. Done twice it never is."""
ENDPOINTS = [endpoint for endpoint in load_endpoints() if endpoint.method != "GET" and endpoint.writes]
CASES = [(endpoint, keyed) for endpoint in ENDPOINTS for keyed in ((True, False) if endpoint.idempotent else (False,))]


def name(part: Endpoint | bool) -> str:
    """A case's, for pytest."""
    return f"{part.method} {part.path}" if isinstance(part, Endpoint) else "with a key" if part else "without"


def last_commit(endpoint: Endpoint, exchanges: list[Exchange], *, keyed: bool) -> int:
    """The exchange that made the request's work last: COMMIT, or the last statement that committed by itself. Publishing comes after it."""
    if endpoint.at_once and not keyed:
        publishing = next(
            (index for index, each in enumerate(exchanges) if "update outbox" in each.text or each.status != "I"), len(exchanges)
        )
        return publishing - 1
    commits = [index for index, each in enumerate(exchanges) if each.text.lower() == "commit"]
    return commits[0] if commits else 0


def in_doubt(at: int, when: When, exchanges: list[Exchange], commit: int) -> bool:
    """COMMIT was on its way when the line was cut. Whether the server still carries it out is a race between what it reads and what it can't send."""
    return when is When.AFTER and at < commit and exchanges[at].flush == exchanges[commit].flush


def same(outcome: Outcome, wanted: Outcome) -> bool:
    return outcome.last.status == wanted.last.status and difference(outcome.holding, wanted.holding) == ""


def cuts(endpoint: Endpoint, exchanges: list[Exchange], commit: int, *, keyed: bool) -> list[Cut]:
    """Around COMMIT and somewhere before; in a long run everywhere, both ways."""
    random = chance(f"{endpoint.operation_id} {keyed}")
    if ROUNDS > 1:
        return [Cut(at, when, down) for at in range(len(exchanges)) for when in When for down in (True, False)]
    known = [(0, When.BEFORE), (commit, When.BEFORE), (random.randrange(len(exchanges)), random.choice(list(When)))]
    chosen = known if keyed or not endpoint.idempotent else [random.choice(known)]
    return [Cut(commit, When.AFTER, down) for down in (True, False)] + [Cut(at, when, random.random() < 0.5) for at, when in chosen]


@pytest.mark.timeout(300 * ROUNDS)
@pytest.mark.parametrize(("endpoint", "keyed"), CASES, ids=name)
def test_a_retry_gets_the_first_answer_or_does_the_work_once(endpoint: Endpoint, keyed: bool, theatre: Theatre) -> None:
    key = KEY if keyed else None
    # Given what an undisturbed call leaves, and two of them one after the other
    once, twice = theatre.play(endpoint, key=key), theatre.play(endpoint, key=key, times=2)
    assert once.last.status < 400, f"prepare it in calls.py: {once.last.text}"
    if keyed:
        assert difference(twice.holding, once.holding) == ""
    commit = last_commit(endpoint, once.exchanges, keyed=keyed)
    for cut in cuts(endpoint, once.exchanges, commit, keyed=keyed):
        # When it is cut, and the client asks again
        outcome = theatre.play(endpoint, key=key, cut=cut)
        COUNTS["requests cut"] += 1
        # Then it is as one call or, where the client could not say that it is the same again, as two
        committed = (cut.at, cut.when is When.AFTER) >= (commit, True)
        again = committed or (in_doubt(cut.at, cut.when, once.exchanges, commit) and not same(outcome, once))
        wanted = twice if again and outcome.asked_again and endpoint.operation_id not in EXCUSED else once
        where = f"{cut} of {[(each.text[:20], each.status) for each in once.exchanges]}"
        judge(endpoint, outcome, wanted, [theatre.untouched, once.holding, twice.holding], where)
        if keyed and committed and outcome.asked_again:
            assert outcome.last.headers.get("Idempotency-Replayed") == "true", where
            assert outcome.last.text == theatre.kept_body(), where


@pytest.mark.parametrize("endpoint", [endpoint for endpoint in ENDPOINTS if endpoint.operation_id == "create_course"], ids=name)
def test_a_lost_connection_does_not_make_a_request_wait_for_itself(endpoint: Endpoint, theatre: Theatre) -> None:
    # Given a connection that is lost between two statements, which the server does not see for a while
    once = theatre.play(endpoint, key=KEY)
    last = once.exchanges[once.exchanges.index(Exchange("commit", "I"))].flush
    before = [index for index, each in enumerate(once.exchanges) if each.flush < last][-1]
    cut = Cut(before, When.AFTER, down=False, unnoticed=1)
    # When the frame takes its second attempt
    outcome = theatre.play(endpoint, key=KEY, cut=cut)
    # Then the client, which has asked once, is answered, and not told that the first request is still being worked on
    assert not outcome.asked_again, outcome.last.text
    judge(endpoint, outcome, once, [], str(cut))


def judge(endpoint: Endpoint, outcome: Outcome, wanted: Outcome, others: list[Holding], where: str) -> None:
    if outcome.last.status == EXCUSED.get(endpoint.operation_id):
        assert outcome.asked_again, where
        assert outcome.holding in others, where
    else:
        assert outcome.last.status == wanted.last.status, f"{outcome.last.text}\n{where}"
        assert difference(outcome.holding, wanted.holding) == "", where
    assert outcome.people == wanted.people, where
