"""The way of a request that somebody makes: their token, admission, a key that makes it happen once, and what is noted of it."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from academy.platform import config as configuration
from academy.platform import events
from academy.platform.auth.tokens import Claims
from academy.platform.db import DatabaseFailure, database, sql
from academy.platform.db import work as unit_of_work
from academy.platform.errors import NotFound, Unauthenticated
from academy.platform.events import DomainEvent, Envelope
from academy.platform.http import Answer, Api, Request, Schema, View, edge, member, ok, public
from academy.platform.http.idempotency import fingerprint
from academy.platform.observability import logger
from tests.unit.platform.scripted import Script

ME = UUID("018f0000-0000-7000-8000-000000000001")
MAKE = sql("insert into things (name) values (:name)")
ADMITTED = {"id": ME, "role": "student", "status": "active", "onboarded": True, "ended": False, "permissions": [], "hits": 1, "reset": 9}
STRANGER: dict[str, Any] = {**dict.fromkeys(ADMITTED), "ended": False, "permissions": [], "hits": 1, "reset": 9}


class Thing(Schema):
    name: str


class ThingMade(DomainEvent):
    kind = "thing.made"


class Made(View):
    name: str


class Academy:
    """One function's routes, and the server that they ask: `known` is what stands for an Idempotency-Key, `held` whether its lock is somebody else's."""

    def __init__(self) -> None:
        self.api = Api("system")
        self.deadlines: list[float | None] = []
        self.known: list[dict[str, Any]] = []
        self.held = False
        self.clashes = 0
        self.kept: list[tuple[Any, ...]] = []
        self.keys: list[tuple[Any, ...]] = []
        self.admitted: list[tuple[Any, ...]] = []
        self.script = Script(self.say)
        self.api.post("/things", access=public(limit=None), answers=Made, status=201)(self.make)
        self.api.post("/mine", access=member(), status=201)(self.make)
        self.api.put("/things", access=public(limit=None))(self.make)
        self.api.post("/singly", access=public(limit=None), at_once=True)(self.singly)
        self.api.get("/me", access=public(lenient=True), public_cache=True)(self.who)
        self.api.get("/strict", access=public())(self.who)
        self.api.get("/gone", access=member())(self.gone)

    def say(self, text: str, values: tuple[Any, ...]) -> Any:
        if "rate_counters" in text:
            self.admitted.append(values)
            return [ADMITTED if values[0] else STRANGER]
        if "pg_try_advisory_xact_lock" in text:
            self.keys.append(values)
            return [{"mine": not self.held}]
        if "pg_advisory_xact_lock" in text:
            return [{"mine": True}]
        if "from idempotency_keys" in text:
            return self.known
        if "insert into idempotency_keys" in text:
            self.kept.append(values)
            return 1
        if "select now() as occurred_at" in text:
            return [{"occurred_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)}]
        if text.startswith("insert into things") and self.clashes:
            self.clashes -= 1
            raise DatabaseFailure({"C": "40001"})
        return 1

    def make(self, request: Request, body: Thing) -> Answer:
        self.deadlines.append(database().deadline)
        request.work.execute(MAKE, name=body.name)
        request.work.emit(ThingMade())
        return ok({"name": body.name}, version=1, status=201)

    def singly(self, request: Request, body: Thing) -> Answer:
        request.work.execute(MAKE, name=body.name)
        return ok({"name": body.name})

    def who(self, request: Request) -> Answer:
        return ok({"who": str(request.visitor_id), "from": request.source_ip})

    def gone(self, request: Request) -> Answer:
        raise NotFound("thing")

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, dict[str, str]]:
        http = {"method": method, "path": path, "sourceIp": "203.0.113.7", "protocol": "HTTP/1.1", "userAgent": "tests"}
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}},
            "requestContext": {"http": http, "requestId": "of-the-gateway", "stage": "$default"},
            "body": None if body is None else json.dumps(body),
            "isBase64Encoded": False,
        }
        context = SimpleNamespace(function_name="f", memory_limit_in_mb=1, invoked_function_arn="a", aws_request_id="r")
        answer = self.api.handler(event, context)
        return answer["statusCode"], json.loads(answer["body"] or "null"), answer["headers"]

    @property
    def steps(self) -> list[str]:
        return [" ".join(each.split()[:3]) for each in self.script.log]


class Verifier:
    """Knows one token."""

    def verify(self, token: str) -> Claims:
        if token != "good":
            raise Unauthenticated
        return Claims(sub="s", username="u", session_id="j", auth_time=50, expires_at=99)


@pytest.fixture
def sent() -> list[Envelope]:
    return []


@pytest.fixture
def academy(monkeypatch: pytest.MonkeyPatch, sent: list[Envelope]) -> Iterator[Academy]:
    def put(envelopes: list[Envelope]) -> list[str]:
        sent.extend(envelopes)
        return [each.id for each in envelopes]

    made = Academy()
    monkeypatch.setattr(unit_of_work, "connect", lambda _: made.script)
    monkeypatch.setattr(edge, "verifier", Verifier)
    monkeypatch.setattr(events, "put", put)
    configuration.config.cache_clear()
    database.cache_clear()
    yield made
    database.cache_clear()
    configuration.config.cache_clear()


# ---- tokens ----


@pytest.mark.parametrize("header", ["Bearer good", "bearer  good ", "BEARER good"])
def test_a_token_that_holds_says_who(academy: Academy, header: str) -> None:
    for path in ("/me", "/strict"):
        assert academy.call("GET", path, Authorization=header)[:2] == (200, {"data": {"who": str(ME), "from": "203.0.113.7"}})
    assert [(values[0], values[-1]) for values in academy.admitted] == [("s", "j"), ("s", "j")]


@pytest.mark.parametrize("header", ["Bearer bad", "Bearer", "Bearer ", "Basic good", "good", "Bearer good good"])
def test_a_token_that_does_not_is_refused_or_counts_as_none_where_one_gets_out_of_it(academy: Academy, header: str) -> None:
    status, body, headers = academy.call("GET", "/strict", Authorization=header)

    assert (status, body["code"], headers["WWW-Authenticate"]) == (401, "UNAUTHENTICATED", "Bearer")
    assert academy.script.log == []
    assert academy.call("GET", "/me", Authorization=header)[:2] == (200, {"data": {"who": "None", "from": "203.0.113.7"}})


def test_whoever_is_not_signed_in_is_a_visitor(academy: Academy) -> None:
    assert academy.call("GET", "/strict")[1]["data"]["who"] == "None"
    assert academy.call("POST", "/mine", {"name": "a"})[0] == 401


def test_what_is_left_of_a_limit_is_told_with_every_answer(academy: Academy) -> None:
    good, refused = academy.call("GET", "/me", Authorization="Bearer good")[2], academy.call("GET", "/gone", Authorization="Bearer good")

    assert (good["RateLimit-Remaining"], good["RateLimit-Reset"]) == ("999999", "9")
    assert (refused[0], refused[2]["RateLimit-Limit"]) == (404, "1000000")


def test_what_everybody_may_keep_is_only_kept_of_nobody(academy: Academy) -> None:
    mine, anybodys = academy.call("GET", "/me", Authorization="Bearer good")[2], academy.call("GET", "/me")[2]

    assert (mine["Cache-Control"], mine["Vary"]) == ("private, no-store", "Authorization")
    assert anybodys["Cache-Control"].startswith("public")


# ---- once ----


def test_without_a_key_it_is_done_and_told(academy: Academy, sent: list[Envelope]) -> None:
    status, body, headers = academy.call("POST", "/things", {"name": "a"})

    assert (status, body, headers["ETag"][:4]) == (201, {"data": {"name": "a"}}, '"v1-')
    assert academy.steps == ["begin insert into", "with events as", "commit", "update outbox set"]
    assert [each.kind for each in sent] == ["thing.made"]


def test_one_write_that_commits_by_itself(academy: Academy) -> None:
    assert academy.call("POST", "/singly", {"name": "a"})[0] == 200
    assert academy.steps == ["insert into things"]


def test_with_a_key_the_answer_is_kept_in_the_same_transaction(academy: Academy, sent: list[Envelope]) -> None:
    status, _, headers = academy.call("POST", "/things", {"name": "a"}, Idempotency_Key="k")

    mark = fingerprint("POST", "/things", '{"name": "a"}')
    assert academy.keys == [("address 203.0.113.7", "k")]
    assert academy.kept == [("address 203.0.113.7", "k", mark, 201, json.dumps({"ETag": headers["ETag"]}), '{"data":{"name":"a"}}')]
    assert academy.steps[:6] == [
        "begin select pg_try_advisory_xact_lock(hashtextextended($1",
        "select fingerprint, status,",
        "insert into things",
        "insert into idempotency_keys",
        "with events as",
        "commit",
    ]
    assert (status, len(sent)) == (201, 1)


def test_a_key_is_that_persons_and_by_the_whole_address(academy: Academy) -> None:
    academy.call("POST", "/mine", {"name": "a"}, Idempotency_Key="k", Authorization="Bearer good")
    academy.call("POST", "/api/v1/things", {"name": "a"}, Idempotency_Key="k")

    assert academy.keys[0] == (str(ME), "k")
    assert academy.kept[1][2] == fingerprint("POST", "/api/v1/things", '{"name": "a"}')


def test_the_second_time_nothing_is_done(academy: Academy, sent: list[Envelope]) -> None:
    mark = fingerprint("POST", "/things", '{"name": "a"}')
    academy.known = [{"fingerprint": mark, "status": 201, "headers": '{"ETag": "x"}', "body": '{"data":1}'}]

    status, body, headers = academy.call("POST", "/things", {"name": "a"}, Idempotency_Key="k")

    assert (status, body, headers["Idempotency-Replayed"]) == (201, {"data": 1}, "true")
    assert (academy.kept, sent, len(academy.steps)) == ([], [], 3)


def test_a_further_attempt_of_one_request_waits_for_its_own_key(academy: Academy) -> None:
    academy.clashes = 1

    assert academy.call("POST", "/things", {"name": "a"}, Idempotency_Key="k")[0] == 201
    assert sum("pg_advisory_xact_lock" in each for each in academy.script.log) == 1
    academy.held = True
    assert academy.call("POST", "/things", {"name": "a"}, Idempotency_Key="k")[:1] == (409,)


def test_a_key_that_is_none_is_400_and_one_for_a_put_is_not_looked_at(academy: Academy) -> None:
    assert academy.call("POST", "/things", {"name": "a"}, Idempotency_Key="ü")[0] == 400
    assert academy.call("PUT", "/things", {"name": "a"}, Idempotency_Key="ü")[0] == 201
    assert academy.keys == []


# ---- time, and what is noted ----


def test_a_request_has_seventeen_seconds_and_the_next_has_them_anew(academy: Academy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)

    academy.call("POST", "/things", {"name": "a"})

    assert academy.deadlines == [117.0]
    assert database().deadline is None
    academy.call("GET", "/gone", Authorization="Bearer good")
    assert database().deadline is None


@pytest.fixture
def noted(academy: Academy, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], dict[str, Any]]]:
    """The request's line in the log, which tests otherwise keep quiet."""
    log = logger()
    before = log.log_level
    log.setLevel("INFO")

    def line() -> dict[str, Any]:
        return [record.__dict__ for record in caplog.records if record.getMessage() == "request"][-1]

    yield line
    log.setLevel(before)


def test_one_line_says_who_asked_for_what_and_how_it_ended(
    academy: Academy, noted: Callable[[], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter([10.0, 10.25])
    monkeypatch.setattr(time, "perf_counter", lambda: next(ticks))

    academy.call("GET", "/gone", Authorization="Bearer good", X_Request_Id="by-the-client")

    line = noted()
    assert {name: line[name] for name in ("method", "route", "status", "ms", "user_id")} == {
        "method": "GET",
        "route": "/gone",
        "status": 404,
        "ms": 250.0,
        "user_id": str(ME),
    }
    assert logger().get_correlation_id() == "by-the-client"


def test_nobody_is_noted_as_nobody(academy: Academy, noted: Callable[[], dict[str, Any]]) -> None:
    academy.call("GET", "/strict")

    assert noted()["user_id"] is None
