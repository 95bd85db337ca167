"""Who gets in, from what the one statement found; and the first answer again for a key."""

import json
from typing import Any
from uuid import UUID

import pytest

from academy.platform import config as configuration
from academy.platform import limits
from academy.platform.auth.caller import Caller
from academy.platform.auth.tokens import Claims
from academy.platform.db import UnitOfWork
from academy.platform.errors import AcademyError, Conflict, Forbidden, RateLimited, RuleBroken, Unauthenticated, ValidationFailed
from academy.platform.http import Answer, member, public, requires, signed_in
from academy.platform.http.access import Access, Level, Rows
from academy.platform.http.admission import Admitted, admit
from academy.platform.http.idempotency import check_key, fingerprint, first_answer, keep
from academy.platform.http.request import Request
from tests.unit.platform.scripted import database

ME = UUID("018f0000-0000-7000-8000-000000000001")
CLAIMS = Claims(sub="s", username="u", session_id="j", auth_time=50, expires_at=99)
NOBODY: dict[str, Any] = {"id": None, "role": None, "status": None, "onboarded": None, "ended": False, "permissions": []}
SOMEBODY: dict[str, Any] = {
    "id": ME,
    "role": "student",
    "status": "active",
    "onboarded": True,
    "ended": False,
    "permissions": ["course:enroll"],
}


@pytest.fixture(autouse=True)
def production(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("RATE_LIMITS", "production")
    configuration.config.cache_clear()
    yield
    configuration.config.cache_clear()


def admitted(patch: pytest.MonkeyPatch, access: Access, claims: Claims | None = CLAIMS, **row: Any) -> Admitted:
    found = {**(SOMEBODY if claims else NOBODY), "hits": 1, "reset": 30, **row}
    return admit(database(patch, lambda *_: [found])[0], claims, access=access, address="203.0.113.7")


def test_somebody_is_who_the_database_says(monkeypatch: pytest.MonkeyPatch) -> None:
    let_in = admitted(monkeypatch, member(), hits=400)

    assert let_in.caller == Caller(ME, "s", "student", frozenset({"course:enroll"}), True, "j")
    assert let_in.headers == {"RateLimit-Limit": "1000", "RateLimit-Remaining": "600", "RateLimit-Reset": "30"}


def test_nobody_has_ten_times_as_much_for_all_of_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    let_in = admitted(monkeypatch, public(), None)

    assert let_in.caller is None
    assert let_in.headers == {"RateLimit-Limit": "10000", "RateLimit-Remaining": "9999", "RateLimit-Reset": "30"}


@pytest.mark.parametrize(("hits", "left"), [(1000, "0"), (999, "1")])
def test_the_last_call_of_a_limit_is_one(monkeypatch: pytest.MonkeyPatch, hits: int, left: str) -> None:
    assert admitted(monkeypatch, member(), hits=hits).headers["RateLimit-Remaining"] == left


@pytest.mark.parametrize(("claims", "hits"), [(CLAIMS, 1001), (None, 10001)])
def test_the_next_one_waits(monkeypatch: pytest.MonkeyPatch, claims: Claims | None, hits: int) -> None:
    with pytest.raises(RateLimited) as refused:
        admitted(monkeypatch, public(), claims, hits=hits)

    assert refused.value.headers["Retry-After"] == refused.value.headers["RateLimit-Reset"] == "30"
    assert refused.value.headers["RateLimit-Remaining"] == "0"


@pytest.mark.parametrize(
    ("access", "row", "error", "code"),
    [
        (signed_in(), {"ended": True}, Unauthenticated, "UNAUTHENTICATED"),
        (signed_in(), {"status": "erased"}, Unauthenticated, "UNAUTHENTICATED"),
        (public(), {"ended": True}, Unauthenticated, "UNAUTHENTICATED"),
        (signed_in(), {"status": "suspended"}, Forbidden, "ACCOUNT_SUSPENDED"),
        (member(), {"status": "suspended", "onboarded": False}, Forbidden, "ACCOUNT_SUSPENDED"),
        (member(), {"onboarded": False}, Forbidden, "ONBOARDING_REQUIRED"),
        (requires("course:enroll"), {"onboarded": False}, Forbidden, "ONBOARDING_REQUIRED"),
        (requires("user:suspend"), {}, Forbidden, "FORBIDDEN"),
    ],
)
def test_who_may_not_is_told_the_first_reason(
    monkeypatch: pytest.MonkeyPatch, access: Access, row: dict[str, Any], error: type[AcademyError], code: str
) -> None:
    with pytest.raises(error) as refused:
        admitted(monkeypatch, access, **row)

    assert refused.value.code == code
    if code == "ONBOARDING_REQUIRED":
        assert refused.value.extra == {"redirect": "/auth/onboarding"}
    if error is Forbidden:
        assert (refused.value.message != "You may not do this.") == (code != "FORBIDDEN")


def test_who_may(monkeypatch: pytest.MonkeyPatch) -> None:
    assert admitted(monkeypatch, requires("course:enroll")).caller is not None
    assert admitted(monkeypatch, signed_in(), onboarded=False).caller is not None


@pytest.mark.parametrize("row", [{"ended": True}, {"status": "erased"}])
def test_where_one_gets_out_of_it_a_sign_in_that_ended_counts_as_none(monkeypatch: pytest.MonkeyPatch, row: dict[str, Any]) -> None:
    let_in = admitted(monkeypatch, public(lenient=True), **row)

    assert (let_in.caller, let_in.headers["RateLimit-Limit"]) == (None, "10000")


def test_without_a_token_nobody_is_counted_who_needs_one(monkeypatch: pytest.MonkeyPatch) -> None:
    db, script = database(monkeypatch, lambda *_: [])

    for access in (signed_in(), member(), requires("course:enroll")):
        with pytest.raises(Unauthenticated):
            admit(db, None, access=access, address="a")
    assert admit(db, None, access=public(limit=None), address="a") == Admitted(None, {})
    assert script.log == []


def test_the_statement_is_told_who_and_what(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[int, Any]] = []

    def say(text: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
        asked.append(dict(enumerate(values)))
        return [{**SOMEBODY, "hits": 1, "reset": 1}]

    db, _ = database(monkeypatch, say)
    admit(db, CLAIMS, access=public(limit="authentication"), address="203.0.113.7")
    admit(db, None, access=public(limit="generation"), address="203.0.113.8")

    mine, nobodys = ([value for value in each.values() if not isinstance(value, UUID)] for each in asked)
    assert mine == ["s", "authentication", "203.0.113.7", 900, 50, "j"]
    assert nobodys == [None, "generation", "203.0.113.8", 900, 0, None]
    assert [value.version for each in asked for value in each.values() if isinstance(value, UUID)] == [7, 7]


def test_two_first_sights_at_once_are_looked_at_again_once(monkeypatch: pytest.MonkeyPatch) -> None:
    unseen = {**NOBODY, "hits": 1, "reset": 1}
    seen = {**SOMEBODY, "hits": 2, "reset": 1}
    answers = [[unseen], [seen]]

    assert admit(database(monkeypatch, lambda *_: answers.pop(0))[0], CLAIMS, access=member(), address="a").caller is not None
    db, script = database(monkeypatch, lambda *_: [unseen])
    with pytest.raises(Unauthenticated):
        admit(db, CLAIMS, access=member(), address="a")
    assert len(script.log) == 2


def test_declarations_say_what_they_mean() -> None:
    assert public() == Access(Level.PUBLIC, None, Rows.ANY, "general", False, None)
    assert public(limit=None, lenient=True) == Access(Level.PUBLIC, limit=None, lenient=True)
    assert signed_in() == Access(Level.SIGNED_IN, rows=Rows.SELF)
    assert signed_in(rows=Rows.ANY, limit="progress") == Access(Level.SIGNED_IN, limit="progress")
    assert member() == Access(Level.MEMBER, rows=Rows.SELF)
    assert member(rows=Rows.OWNER, limit="progress", unless_private="p") == Access(
        Level.MEMBER, rows=Rows.OWNER, limit="progress", unless_private="p"
    )
    assert requires("p") == Access(Level.MEMBER, "p")
    assert requires("p", rows=Rows.OWNER, limit="progress") == Access(Level.MEMBER, "p", Rows.OWNER, "progress")


# ---- limits counted by hand ----


@pytest.mark.parametrize(("counted", "hits", "over"), [(5, 1, False), (6, 1, True), (4, 0, False), (5, 0, True), (7, 3, True)])
def test_a_limit_of_five(monkeypatch: pytest.MonkeyPatch, counted: int, hits: int, over: bool) -> None:
    asked: list[tuple[Any, ...]] = []

    def say(_text: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
        asked.append(values)
        return [{"hits": counted, "reset": 12}]

    db, _ = database(monkeypatch, say)
    if over:
        with pytest.raises(RateLimited) as refused:
            limits.count(db, "generation", "u", hits=hits)
        assert refused.value.headers["Retry-After"] == "12"
    else:
        limits.count(db, "generation", "u", hits=hits)
    assert asked == [("generation:u", 900, hits)]


def test_a_hit_is_one_and_no_row_is_no_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, ...]] = []

    def say(_text: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
        asked.append(values)
        return []

    limits.count(database(monkeypatch, say)[0], "progress", "u")

    assert asked == [("progress:u", 60, 1)]


def test_where_nobody_should_meet_a_limit_it_is_a_thousandfold(monkeypatch: pytest.MonkeyPatch) -> None:
    assert limits.limit_of("progress") == limits.Limit(100, 60)
    monkeypatch.setenv("RATE_LIMITS", "generous")
    configuration.config.cache_clear()
    assert limits.limit_of("progress") == limits.Limit(100_000, 60)


# ---- Idempotency-Key ----


KEPT = {"fingerprint": "m", "status": 201, "headers": '{"ETag": "x"}', "body": "{}"}


def asked_for(patch: pytest.MonkeyPatch, *known: dict[str, Any], mine: bool = True, again: bool = False) -> tuple[Answer | None, list[str]]:
    def say(text: str, values: tuple[Any, ...]) -> Any:
        assert values == ("s", "k")
        return [{"mine": mine}] if "lock" in text else list(known)

    db, script = database(patch, say)
    answer, _ = db.transact(lambda work: first_answer(work, scope="s", key="k", mark="m", again=again))
    return answer, [text.split("(")[0] for text in script.log[:-1]]


def test_the_first_answer_is_given_again_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    answer, _ = asked_for(monkeypatch, KEPT)

    assert answer == Answer(201, "{}", headers={"ETag": "x", "Idempotency-Replayed": "true"})
    assert asked_for(monkeypatch, KEPT, mine=False)[0] == answer
    assert asked_for(monkeypatch)[0] is None
    assert asked_for(monkeypatch, again=True)[0] is None


def test_another_request_by_the_same_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuleBroken) as refused:
        asked_for(monkeypatch, {**KEPT, "fingerprint": "other"})

    assert refused.value.code == "IDEMPOTENCY_KEY_REUSED"


def test_a_request_in_flight_is_waited_for_by_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Conflict) as refused:
        asked_for(monkeypatch, mine=False)

    assert (refused.value.code, refused.value.headers) == ("REQUEST_IN_PROGRESS", {"Retry-After": "1"})


def test_a_further_attempt_waits_for_the_one_before_it_and_looks_then(monkeypatch: pytest.MonkeyPatch) -> None:
    look = "select fingerprint, status, headers::text as headers, body from idempotency_keys"

    for again, lock in ((False, "begin select pg_try_advisory_xact_lock"), (True, "begin select pg_advisory_xact_lock")):
        _, log = asked_for(monkeypatch, KEPT, again=again)
        assert [text.splitlines()[0] for text in log] == [lock, look]


@pytest.mark.parametrize("body", ['{"a":"ü"}', '{"a":"ü"}'.encode()])
def test_an_answer_is_kept_as_it_was_with_the_commit(monkeypatch: pytest.MonkeyPatch, body: str | bytes) -> None:
    seen: list[tuple[Any, ...]] = []

    def say(_text: str, values: tuple[Any, ...]) -> int:
        seen.append(values)
        return 1

    db, script = database(monkeypatch, say)

    def job(work: UnitOfWork) -> None:
        keep(work, Answer(201, body, headers={"ETag": "x"}), scope="s", key="k", mark="m")
        assert seen == []

    db.transact(job)

    assert seen == [("s", "k", "m", 201, json.dumps({"ETag": "x"}), '{"a":"ü"}')]
    assert script.log[-1] == "commit"


@pytest.mark.parametrize("key", ["a", "x" * 255, "a b~!"])
def test_a_key_is_printable_ascii(key: str) -> None:
    assert check_key(key) == key


@pytest.mark.parametrize("key", ["", "x" * 256, "ü", "a\n", "a\x7f"])
def test_a_key_that_is_none(key: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        check_key(key)

    assert refused.value.details[0]["field"] == "header.Idempotency-Key"


def test_a_request_is_known_by_its_method_its_address_and_its_body_without_passwords() -> None:
    mark = fingerprint("POST", "/a", '{"newPassword": "p\\"q", "b": 1}')

    assert mark == fingerprint("POST", "/a", '{"newPassword": "other", "b": 1}')
    others = {
        fingerprint(*request)
        for request in (("PUT", "/a", "{}"), ("POST", "/b", "{}"), ("POST", "/a", "{}"), ("POST", "/a", '{"passwordHint": "p", "b": 1}'))
    }
    assert len({mark, *others}) == 5


# ---- what a route sees ----


def request(visitor: Caller | None) -> tuple[Request, UnitOfWork]:
    work = UnitOfWork(lambda: pytest.fail("no connection is needed"))
    return Request(id="r", work=work, headers={}, cookies={}, source_ip="a", visitor=visitor), work


def test_who_acts_is_in_the_audit_log() -> None:
    caller = Caller(ME, "s", "student", frozenset(), True, "j")
    mine, work = request(caller)
    nobodys, _ = request(None)

    mine.audit("thing.make", "thing", "t", before={"a": 1}, after={"a": 2})

    [entry] = work._entries
    del entry["id"]
    assert entry == {
        "actor_id": str(ME),
        "action": "thing.make",
        "target_type": "thing",
        "target_id": "t",
        "before": {"a": 1},
        "after": {"a": 2},
        "request_id": "r",
    }
    assert (mine.caller, mine.visitor_id, nobodys.visitor_id) == (caller, ME, None)
    with pytest.raises(Unauthenticated):
        _ = nobodys.caller


def test_what_reaches_outside_is_done_once() -> None:
    mine, _ = request(None)
    done: list[str] = []

    def act(what: str) -> int:
        done.append(what)
        return len(done)

    assert [mine.once("a", lambda: act("a")), mine.once("a", lambda: act("a")), mine.once("b", lambda: act("b"))] == [1, 1, 2]
    assert done == ["a", "b"]
