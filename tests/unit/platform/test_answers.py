"""What goes out: the envelopes of the contract, and errors as values."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from academy.platform import errors
from academy.platform.errors import AcademyError
from academy.platform.http import Json, View, created, no_content, ok
from academy.platform.http.answers import accepted, redirect, refused


class Bridge(View):
    span_metres: int
    name: str


def test_one_thing_is_data() -> None:
    answer = ok({"name": "Brücke"})

    assert (answer.status, answer.body, answer.version) == (200, '{"data":{"name":"Brücke"}}', None)
    assert answer.content_type == "application/json"


def test_what_postgresql_built_is_passed_through_as_it_is() -> None:
    assert ok(Json('{"a" : 1}'), "Well done.", version=3).body == '{"data":{"a" : 1},"message":"Well done."}'
    assert ok(Json("{}"), version=3).version == 3


def test_a_view_goes_out_in_camel_case_and_a_time_as_text() -> None:
    assert ok(Bridge(span_metres=7, name="x")).body == '{"data":{"spanMetres":7,"name":"x"}}'
    assert ok({"at": datetime(2026, 1, 2, tzinfo=UTC)}).body == '{"data":{"at":"2026-01-02 00:00:00+00:00"}}'


def test_what_was_made_says_where_it_is() -> None:
    answer = created({"id": 1}, "/things/1", "Made.", version=1)

    assert (answer.status, answer.headers, answer.version) == (201, {"Location": "/api/v1/things/1"}, 1)
    assert json.loads(str(answer.body)) == {"data": {"id": 1}, "message": "Made."}


def test_what_is_only_begun_what_is_empty_and_what_is_elsewhere() -> None:
    assert (accepted({"id": 1}, "Begun.").status, accepted({"id": 1}, "Begun.").body) == (202, '{"data":{"id":1},"message":"Begun."}')
    assert (no_content().status, no_content().body) == (204, "")
    assert (redirect("https://a.test/").status, redirect("https://a.test/").headers) == (302, {"Location": "https://a.test/"})


def test_a_refusal_tells_its_code_its_details_and_the_request() -> None:
    error = AcademyError("Größe?", code="ODD", details=[{"at": datetime(2026, 1, 2, tzinfo=UTC)}], headers={"A": "b"}, extra={"price": 5})

    answer = refused(error, "r-1")

    assert answer.status == 500
    assert "Größe?" in str(answer.body)
    assert json.loads(str(answer.body)) == {
        "error": "Größe?",
        "code": "ODD",
        "details": [{"at": "2026-01-02 00:00:00+00:00"}],
        "requestId": "r-1",
        "price": 5,
    }
    assert answer.headers == {"A": "b"}


@pytest.mark.parametrize(
    ("made", "status", "code"),
    [
        (AcademyError, 500, "INTERNAL"),
        (errors.ValidationFailed, 400, "VALIDATION_FAILED"),
        (errors.Unauthenticated, 401, "UNAUTHENTICATED"),
        (errors.PaymentRequired, 402, "PAYMENT_REQUIRED"),
        (errors.Forbidden, 403, "FORBIDDEN"),
        (lambda: errors.NotFound("course_rating"), 404, "COURSE_RATING_NOT_FOUND"),
        (errors.MethodNotAllowed, 405, "METHOD_NOT_ALLOWED"),
        (lambda: errors.Conflict("TAKEN", "It is taken."), 409, "TAKEN"),
        (errors.Gone, 410, "GONE"),
        (errors.PreconditionFailed, 412, "PRECONDITION_FAILED"),
        (errors.BodyTooLarge, 413, "BODY_TOO_LARGE"),
        (errors.UnsupportedMediaType, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (lambda: errors.RuleBroken("CYCLE", "A cycle."), 422, "CYCLE"),
        (lambda: errors.RateLimited(3), 429, "RATE_LIMITED"),
        (errors.Unavailable, 503, "TEMPORARILY_UNAVAILABLE"),
    ],
)
def test_an_error_carries_what_the_caller_sees(made: Callable[[], AcademyError], status: int, code: str) -> None:
    error = made()
    told = json.loads(str(refused(error, "r").body))

    assert (refused(error, "r").status, told["code"]) == (status, code)
    assert told["error"] == error.message == str(error) != ""
    assert told["details"] == []


@pytest.mark.parametrize(
    ("made", "headers"),
    [
        (errors.Unauthenticated, {"WWW-Authenticate": "Bearer"}),
        (lambda: errors.Unauthenticated("Again, please.", headers={}), {}),
        (lambda: errors.RateLimited(30), {"Retry-After": "30"}),
        (lambda: errors.RateLimited(0), {"Retry-After": "1"}),
        (lambda: errors.RateLimited(-4, extra_headers={"RateLimit-Limit": "5"}), {"Retry-After": "1", "RateLimit-Limit": "5"}),
        (errors.Unavailable, {"Retry-After": "5"}),
        (lambda: errors.Unavailable(retry_after=40), {"Retry-After": "40"}),
        (lambda: errors.Conflict("A", "b", headers={"C": "d"}), {"C": "d"}),
        (lambda: errors.RuleBroken("A", "b", headers={"C": "d"}), {"C": "d"}),
    ],
)
def test_an_error_says_what_to_do_about_it(made: Callable[[], AcademyError], headers: dict[str, str]) -> None:
    assert made().headers == headers


def test_words_of_ones_own_take_the_place_of_the_usual_ones() -> None:
    for error in (
        errors.Unauthenticated("So."),
        errors.NotFound("course", "So."),
        errors.Conflict("A", "So."),
        errors.RuleBroken("A", "So."),
        errors.RateLimited(1, "So."),
        errors.Unavailable("So."),
    ):
        assert error.message == "So."
    assert errors.NotFound("course_rating").message == "There is no such course rating."


def test_a_flaw_names_its_field() -> None:
    one: dict[str, Any] = {"field": "body.title", "message": "Too long.", "type": "value_error"}

    assert errors.ValidationFailed.of("body.title", "Too long.").details == [one]
    assert errors.ValidationFailed.of("body.title", "Too long.", "length").details == [{**one, "type": "length"}]
