"""The way of a request that needs no database: its id, its body, its conditions, and what its errors are told as."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.parsers import ResponseParserError

from academy.platform.db import ConnectionLost, DatabaseBusy, DatabaseFailure, OutcomeUnknown, Overdue
from academy.platform.errors import AcademyError, Gone
from academy.platform.http import Answer, Api, Request, Schema, no_content, ok, public

FREE = public(limit=None)
THING = UUID("018f0000-0000-7000-8000-000000000001")


class Line(Schema):
    text: str


failing: list[Exception] = []
seen: list[Request] = []


def declared() -> Api:
    api = Api("system")

    @api.get("/things/{id}", access=FREE)
    def thing(request: Request, id: UUID) -> Answer:
        seen.append(request)
        return ok({"id": str(id)}, version=4)

    @api.get("/open", access=FREE, public_cache=True)
    def open_to_all(request: Request) -> Answer:
        return ok({"open": True})

    @api.get("/page", access=FREE, media_type="text/html")
    def page(request: Request) -> Answer:
        return Answer(200, "<p>ü</p>", "text/html; charset=utf-8", {"Cache-Control": "no-cache"}, ["a=1; Secure", "b=2"])

    @api.post("/lines", access=FREE)
    def line(request: Request, body: Line) -> Answer:
        return ok({"text": body.text}, status=201)

    @api.put("/things/{id}", access=FREE)
    def change(request: Request, id: UUID) -> Answer:
        return ok({"ifMatch": request.if_match}, version=5)

    @api.delete("/things/{id}", access=FREE)
    def remove(request: Request, id: UUID) -> Answer:
        return no_content()

    @api.get("/silent/{status}", access=FREE)
    def silent(request: Request, status: int) -> Answer:
        return Answer(status, "not to be said")

    @api.get("/image", access=FREE, media_type="image/png", etag=True)
    def image(request: Request) -> Answer:
        return Answer(200, b"\x89PNG", "image/png")

    @api.post("/signed", access=FREE, idempotent=False)
    def signed(request: Request, raw: bytes) -> Answer:
        return ok({"bytes": raw.hex()})

    @api.get("/broken", access=FREE)
    def broken(request: Request) -> Answer:
        raise failing[0]

    return api


def call(method: str, path: str, body: str | bytes | None = None, *, headers: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    """The answer as API Gateway would get it."""
    http = {"method": method, "path": path, "sourceIp": "203.0.113.7", "protocol": "HTTP/1.1", "userAgent": "tests"}
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers or {},
        "requestContext": {"http": http, "requestId": "of-the-gateway", "stage": "$default"},
        "body": base64.b64encode(body).decode() if isinstance(body, bytes) else body,
        "isBase64Encoded": isinstance(body, bytes),
        **more,
    }
    context = SimpleNamespace(function_name="f", memory_limit_in_mb=1, invoked_function_arn="a", aws_request_id="r")
    return declared().handler(event, context)


def told(answer: dict[str, Any]) -> tuple[int, str]:
    return answer["statusCode"], json.loads(answer["body"])["code"]


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    yield
    failing.clear()
    seen.clear()


# ---- one thing ----


def test_every_answer_is_guarded_named_and_personal() -> None:
    answer = call("GET", f"/api/v1/things/{THING}")

    digest = hashlib.blake2b(answer["body"].encode(), digest_size=12).hexdigest()
    assert answer["headers"] == {
        "Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "X-Request-Id": "of-the-gateway",
        "Cache-Control": "private, no-store",
        "ETag": f'"v4-{digest}"',
        "Content-Type": "application/json",
    }
    assert json.loads(answer["body"]) == {"data": {"id": str(THING)}}


def test_what_is_open_to_all_may_be_kept_by_all_but_not_for_who_is_signed_in() -> None:
    headers = call("GET", "/api/v1/open")["headers"]

    assert headers["Cache-Control"] == "public, max-age=60, stale-while-revalidate=300"
    assert headers["Vary"] == "Authorization"
    assert headers["ETag"].count("-") == 0


def test_a_page_keeps_its_type_its_cookies_and_what_it_says_of_caches() -> None:
    answer = call("GET", "/api/v1/page")

    assert (answer["body"], answer["cookies"]) == ("<p>ü</p>", ["a=1; Secure", "b=2"])
    assert answer["headers"]["Content-Type"] == "text/html; charset=utf-8"
    assert answer["headers"]["Cache-Control"] == "no-cache"
    assert "ETag" not in answer["headers"]


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', '"other",{}', '"other" ,  W/{} ', "*", " * "])
def test_who_has_it_already_is_told_so(form: str) -> None:
    tag = call("GET", f"/api/v1/things/{THING}")["headers"]["ETag"]

    again = call("GET", f"/api/v1/things/{THING}", headers={"If-None-Match": form.format(tag)})

    assert (again["statusCode"], again["body"]) == (304, "")
    assert again["headers"]["ETag"] == tag
    assert again["headers"]["Cache-Control"] == "private, no-store"
    assert "Content-Type" not in again["headers"]


@pytest.mark.parametrize("other", ['"other"', "", "W/", "v4"])
def test_who_has_another_one_gets_it(other: str) -> None:
    assert call("GET", f"/api/v1/things/{THING}", headers={"If-None-Match": other})["statusCode"] == 200


def test_bytes_have_a_tag_too() -> None:
    answer = call("GET", "/api/v1/image")

    assert (answer["isBase64Encoded"], base64.b64decode(answer["body"])) == (True, b"\x89PNG")
    assert answer["headers"]["ETag"] == f'"{hashlib.blake2b(b"\x89PNG", digest_size=12).hexdigest()}"'


def test_kept_openly_is_said_on_304_too() -> None:
    tag = call("GET", "/api/v1/open")["headers"]["ETag"]

    again = call("GET", "/api/v1/open", headers={"if-none-match": tag})["headers"]

    assert (again["Vary"], again["Cache-Control"]) == ("Authorization", "public, max-age=60, stale-while-revalidate=300")


@pytest.mark.parametrize(
    ("header", "version"),
    [(None, None), ("*", None), (" * ", None), ('"v12-0a9f"', 12), (' W/"v0-c" ', 0), ('"v7-00"', 7)],
)
def test_a_condition_names_a_version(header: str | None, version: int | None) -> None:
    answer = call("PUT", f"/api/v1/things/{THING}", headers={"If-Match": header} if header else {})

    assert json.loads(answer["body"]) == {"data": {"ifMatch": version}}
    assert answer["headers"]["ETag"].startswith('"v5-')


@pytest.mark.parametrize("header", ["v12-0a", '"12-0a"', '"v12"', '"v-0a"', '"v12-0A"', '"v12-0a" x', '"v12-0a", "v13-0a"', ""])
def test_a_condition_that_is_not_ours_never_holds(header: str) -> None:
    assert told(call("PUT", f"/api/v1/things/{THING}", headers={"If-Match": header})) == (412, "PRECONDITION_FAILED")


def test_an_answer_to_a_write_that_was_already_known_is_given_all_the_same() -> None:
    tag = call("PUT", f"/api/v1/things/{THING}")["headers"]["ETag"]

    assert call("PUT", f"/api/v1/things/{THING}", headers={"If-None-Match": tag})["statusCode"] == 200


def test_nothing_is_said_without_a_body() -> None:
    answer = call("DELETE", f"/api/v1/things/{THING}")

    assert (answer["statusCode"], answer["body"]) == (204, "")
    assert "Content-Type" not in answer["headers"]
    assert "ETag" not in answer["headers"]


@pytest.mark.parametrize(("status", "said"), [(204, ""), (304, ""), (205, "not to be said"), (200, "not to be said")])
def test_what_has_no_body_by_its_status_gets_none(status: int, said: str) -> None:
    answer = call("GET", f"/api/v1/silent/{status}")

    assert (answer["body"], answer["headers"].get("Content-Type")) == (said, "application/json" if said else None)


# ---- the request ----


@pytest.mark.parametrize("sent", ["12345678", "a.b_c=d:e-F", "x" * 128])
@pytest.mark.parametrize("name", ["X-Request-Id", "x-request-id"])
def test_a_client_may_name_its_request(name: str, sent: str) -> None:
    assert call("GET", "/api/v1/open", headers={"a": "b", name: sent})["headers"]["X-Request-Id"] == sent


@pytest.mark.parametrize("sent", ["1234567", "x" * 129, "12345678\n", "abc defgh", "größer-als", ""])
def test_but_not_by_anything(sent: str) -> None:
    assert call("GET", "/api/v1/open", headers={"X-Request-Id": sent})["headers"]["X-Request-Id"] == "of-the-gateway"


def test_a_request_that_nobody_named_is_named_here() -> None:
    http = {"method": "GET", "path": "/api/v1/open", "sourceIp": "203.0.113.7"}

    one, other = (call("GET", "/api/v1/open", requestContext={"http": http, "stage": "$default"})["headers"] for _ in range(2))

    assert UUID(one["X-Request-Id"]) != UUID(other["X-Request-Id"])


def test_a_route_sees_who_asks_from_where_and_with_what() -> None:
    call("GET", f"/api/v1/things/{THING}", headers={"X-Odd": "Yes"}, cookies=["a=b=c", " d = e", "f"])

    request = seen[0]
    assert request.headers["x-odd"] == "Yes"
    assert request.cookies == {"a": "b=c", "d": " e", "f": ""}
    assert (request.id, request.source_ip, request.visitor, request.if_match) == ("of-the-gateway", "203.0.113.7", None, None)


def test_a_gateway_that_leaves_out_what_is_empty_is_understood() -> None:
    assert call("GET", "/api/v1/open", headers=None, rawQueryString=None, cookies=None, body=None)["statusCode"] == 200


def test_a_body_comes_as_text_or_in_base64() -> None:
    json_type = {"Content-Type": "application/json; charset=utf-8"}

    for body in ('{"text": "größer"}', '{"text": "größer"}'.encode()):
        answer = call("POST", "/api/v1/lines", body, headers=json_type)
        assert (answer["statusCode"], json.loads(answer["body"])) == (201, {"data": {"text": "größer"}})
    assert told(call("POST", "/api/v1/lines", b"\xff", headers=json_type)) == (400, "VALIDATION_FAILED")
    assert told(call("POST", "/api/v1/lines", '{"text": "x"}', headers={"Content-Type": "text/plain"})) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert told(call("POST", "/api/v1/lines", '{"text": "x"}')) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_who_verifies_a_signature_gets_the_bytes_as_they_came() -> None:
    answer = call("POST", "/api/v1/signed", b"\xff{}", headers={"Content-Type": "text/plain"})

    assert json.loads(answer["body"]) == {"data": {"bytes": "ff7b7d"}}


def test_what_comes_with_a_get_is_not_looked_at() -> None:
    """Neither a body, nor who somebody says to be where nobody is asked."""
    assert call("GET", "/api/v1/open", b"\xff", headers={"Authorization": "Bearer nonsense"})["statusCode"] == 200


def test_addresses_and_methods_that_are_not_there() -> None:
    assert told(call("GET", "/api/v1/nowhere")) == (404, "ROUTE_NOT_FOUND")
    other = call("PATCH", f"/api/v1/things/{THING}")
    assert told(other) == (405, "METHOD_NOT_ALLOWED")
    assert other["headers"]["Allow"] == "DELETE, GET, PUT"
    assert other["headers"]["Cache-Control"] == "private, no-store"
    assert json.loads(other["body"])["requestId"] == other["headers"]["X-Request-Id"] == "of-the-gateway"
    assert call("POST", "/api/v1/open")["headers"]["Allow"] == "GET"


def test_the_older_address_and_the_bare_one_answer_too() -> None:
    assert [call("GET", path)["statusCode"] for path in ("/api/open", "/open")] == [200, 200]
    assert call("GET", "/apiopen")["statusCode"] == 404


# ---- what goes wrong ----


@pytest.mark.parametrize(
    ("made", "status", "code"),
    [
        (lambda: Gone("Gone.", headers={"Cache-Control": "max-age=1"}), 410, "GONE"),
        (lambda: ConnectionLost("x"), 503, "TEMPORARILY_UNAVAILABLE"),
        (lambda: OutcomeUnknown("x"), 503, "TEMPORARILY_UNAVAILABLE"),
        (Overdue, 503, "TEMPORARILY_UNAVAILABLE"),
        (lambda: DatabaseBusy({"C": "57014"}), 503, "TEMPORARILY_UNAVAILABLE"),
        (lambda: DatabaseFailure({"C": "40001"}), 503, "TEMPORARILY_UNAVAILABLE"),
        (lambda: DatabaseFailure({"C": "40P01"}), 503, "TEMPORARILY_UNAVAILABLE"),
        (lambda: DatabaseFailure({"C": "42P01"}), 503, "TEMPORARILY_UNAVAILABLE"),
        (lambda: DatabaseFailure({"C": "42703"}), 503, "TEMPORARILY_UNAVAILABLE"),
        (lambda: DatabaseFailure({"C": "42883"}), 503, "TEMPORARILY_UNAVAILABLE"),
        (lambda: DatabaseFailure({"C": "22003"}), 400, "VALIDATION_FAILED"),
        (lambda: DatabaseFailure({"C": "23505"}), 409, "CONFLICT"),
        (lambda: DatabaseFailure({"C": "23503"}), 500, "INTERNAL"),
        (lambda: DatabaseFailure({"C": "32200"}), 500, "INTERNAL"),
        (lambda: EndpointConnectionError(endpoint_url="https://a.test"), 503, "TEMPORARILY_UNAVAILABLE"),
        (lambda: ResponseParserError("<html>"), 503, "TEMPORARILY_UNAVAILABLE"),
        (lambda: ClientError({"Error": {"Code": "SlowDown"}, "ResponseMetadata": {}}, "GetObject"), 503, "TEMPORARILY_UNAVAILABLE"),
        (
            lambda: ClientError({"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}, "GetObject"),
            500,
            "INTERNAL",
        ),
        (lambda: RuntimeError("a secret"), 500, "INTERNAL"),
        (lambda: AssertionError("a secret"), 500, "INTERNAL"),
    ],
)
def test_each_error_is_told_as_what_a_caller_can_do_about_it(made: Callable[[], Exception], status: int, code: str) -> None:
    failing.append(made())

    answer = call("GET", "/api/v1/broken")

    assert told(answer) == (status, code)
    assert json.loads(answer["body"])["requestId"] == "of-the-gateway"
    assert ("Retry-After" in answer["headers"]) == (status == 503)
    assert answer["headers"]["Cache-Control"] == ("max-age=1" if status == 410 else "private, no-store")
    assert "secret" not in answer["body"]


@pytest.mark.parametrize("code", ["22003", "40001", "42P01"])
def test_an_operator_finds_what_the_database_said(code: str, caplog: pytest.LogCaptureFixture) -> None:
    failing.append(DatabaseFailure({"C": code}))

    call("GET", "/api/v1/broken")

    assert [record.__dict__["sqlstate"] for record in caplog.records] == [code]


@pytest.mark.parametrize("error", [ConnectionLost, Overdue, RuntimeError])
def test_an_operator_finds_where_it_went_wrong(error: type[Exception], caplog: pytest.LogCaptureFixture) -> None:
    failing.append(error())

    call("GET", "/api/v1/broken")

    assert [type(record.exc_info[1]) for record in caplog.records if record.exc_info] == [error]


def test_who_has_to_wait_is_told_why() -> None:
    def why(error: Exception) -> str:
        failing[:] = [error]
        return str(json.loads(call("GET", "/api/v1/broken")["body"])["error"])

    waking, busy, updating = why(ConnectionLost("x")), why(DatabaseFailure({"C": "40001"})), why(DatabaseFailure({"C": "42703"}))

    assert len({waking, busy, updating, AcademyError.message}) == 4
    assert why(OutcomeUnknown("x")) == waking
    assert why(DatabaseBusy({"C": "53200"})) == why(Overdue()) == why(DatabaseFailure({"C": "40P01"})) == busy
    assert why(DatabaseFailure({"C": "42P01"})) == why(DatabaseFailure({"C": "42883"})) == updating
    assert why(DatabaseFailure({"C": "23505"})) != why(Gone()) != busy
