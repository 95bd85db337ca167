"""What a declaration says where it leaves something out, and which route an address is one of."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from academy.platform.http import Answer, Api, Endpoint, Request, View, member, no_content, ok, public

FREE = public(limit=None)


class Thing(View):
    name: str


def nothing(request: Request) -> Answer:
    return no_content()


def thing(request: Request, id: UUID) -> Answer:
    return ok({"id": str(id)})


def declared(method: str, **options: Any) -> Endpoint:
    api = Api("learning")
    api.route(method, "/things", **{"access": FREE, **options})(nothing)
    return api.endpoints[0]


def test_a_get_reads_and_is_tagged() -> None:
    endpoint = declared("GET")

    assert (endpoint.method, endpoint.path, endpoint.function, endpoint.access) == ("GET", "/things", nothing, FREE)
    assert (endpoint.writes, endpoint.idempotent, endpoint.etag, endpoint.at_once, endpoint.paged) == (False, False, True, False, False)
    assert (endpoint.status, endpoint.answers, endpoint.media_type, endpoint.errors) == (200, None, "application/json", ())
    assert (endpoint.public_cache, endpoint.tag, endpoint.prefixed, endpoint.operation_id) == (False, "Learning", True, "nothing")
    assert endpoint.binding.path == {}


@pytest.mark.parametrize(("method", "idempotent"), [("POST", True), ("PUT", False), ("DELETE", False)])
def test_everything_else_writes_and_a_post_may_be_repeated(method: str, idempotent: bool) -> None:
    endpoint = declared(method)

    assert (endpoint.writes, endpoint.idempotent, endpoint.etag) == (True, idempotent, False)


def test_what_is_no_json_has_no_tag() -> None:
    assert declared("GET", media_type="text/csv").etag is False


@pytest.mark.parametrize("said", [True, False])
@pytest.mark.parametrize("name", ["etag", "writes", "idempotent", "at_once", "paged", "public_cache", "prefixed"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_said_counts(method: str, name: str, said: bool) -> None:
    assert getattr(declared(method, **{name: said}), name) is said


def test_the_rest_is_for_the_document() -> None:
    endpoint = declared("GET", answers=Thing, status=206, errors=[410, 422], tag="Odd", media_type="text/csv", access=member())

    assert (endpoint.answers, endpoint.status, endpoint.errors, endpoint.tag) == (Thing, 206, (410, 422), "Odd")
    assert (endpoint.media_type, endpoint.access) == ("text/csv", member())
    assert (Api("system", tag="The system").tag, Api("system").group) == ("The system", "system")


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_each_method_has_its_word(method: str) -> None:
    api = Api("system")

    assert getattr(api, method)("/things", access=FREE, status=202)(nothing) is nothing
    assert [(each.method, each.path, each.access, each.status) for each in api.endpoints] == [(method.upper(), "/things", FREE, 202)]


# ---- which route ----


def asked(api: Api, method: str, path: str) -> tuple[int, str | None]:
    """The status, and which methods the address has where it has not this one."""
    http = {"method": method, "path": path, "sourceIp": "203.0.113.7", "protocol": "HTTP/1.1", "userAgent": "tests"}
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {},
        "requestContext": {"http": http, "requestId": "r", "stage": "$default"},
        "isBase64Encoded": False,
    }
    answer = api.handler(event, SimpleNamespace(function_name="f", memory_limit_in_mb=1, invoked_function_arn="a", aws_request_id="r"))
    return answer["statusCode"], answer["headers"].get("Allow")


def addresses() -> Api:
    api = Api("system")
    api.get("/things/{id}", access=FREE)(thing)
    api.put("/things/{id}", access=FREE)(thing)
    api.post("/things/section", access=FREE)(nothing)
    api.put("/things/section", access=FREE)(nothing)
    return api


ID = "018f0000-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("GET", f"/api/v1/things/{ID}", 200, None),
        ("GET", f"/api/things/{ID}", 200, None),
        ("PUT", f"/things/{ID}", 200, None),
        ("PATCH", f"/api/v1/things/{ID}", 405, "GET, PUT"),
        ("POST", "/api/v1/things/section", 204, None),
        ("PUT", "/api/v1/things/section", 204, None),
        ("GET", "/api/v1/things/section", 405, "POST, PUT"),
        ("DELETE", "/api/things/section", 405, "POST, PUT"),
        ("GET", "/api/v1/things", 404, None),
        ("GET", "/api/v1/things/1/2", 404, None),
        ("GET", "/api/v1/things/7", 400, None),
        ("GET", "/api/v2/things/section", 404, None),
    ],
)
def test_an_address_is_one_of_its_own_before_it_is_a_value_of_anothers(method: str, path: str, status: int, allowed: str | None) -> None:
    assert asked(addresses(), method, path) == (status, allowed)
