"""From what came to a route's arguments: what is wrong is named by its field."""

import json
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import AfterValidator, Field

from academy.platform.errors import AcademyError, BodyTooLarge, UnsupportedMediaType, ValidationFailed
from academy.platform.http import Answer, Request, Schema, ok
from academy.platform.http.binding import Binding, decode_body, raw_body
from academy.platform.http.schema import Query

KIBIBYTE = 1024
MEBIBYTE = 1024 * KIBIBYTE
JSON = "application/json"


class Part(Schema):
    name: str
    size_in_metres: int = 0


def even(number: int) -> int:
    if number % 2:
        raise ValueError("odd")
    return number


class Either(Schema):
    value: Annotated[int, AfterValidator(even)] | list[int]


class Whole(Schema):
    title: str = Field(max_length=5)
    parts: list[Part] = Field(default_factory=list)


class Filters(Query):
    search: str | None = None
    max_price: int | None = None
    levels: tuple[Literal["a", "b"], ...] = ()
    tags: list[str] | None = None
    branch_names: list[str] | None = None


def everything(request: Request, id: UUID, number: int, name: str, body: Whole, query: Filters) -> Answer:
    return ok([])


def signed(request: Request, raw: bytes) -> Answer:
    return ok([])


ID = "018f0000-0000-7000-8000-000000000001"


@pytest.fixture
def binding() -> Binding:
    return Binding(everything)


def flaws(error: AcademyError) -> list[tuple[str, str]]:
    return [(each["field"], each["type"]) for each in error.details]


def test_a_route_is_read_from_its_signature(binding: Binding) -> None:
    assert (binding.body, binding.query, binding.raw) == (Whole, Filters, False)
    assert binding.path == {"id": UUID, "number": int, "name": str}
    assert (Binding(signed).body, Binding(signed).query, Binding(signed).raw, Binding(signed).path) == (None, None, True, {})


def test_types_may_be_written_in_quotes() -> None:
    def quoted(request: "Request", id: "UUID", body: "Whole", query: "Filters") -> "Answer":
        return ok([])

    assert (Binding(quoted).path, Binding(quoted).body, Binding(quoted).query) == ({"id": UUID}, Whole, Filters)


def test_text_in_a_path_may_stand_before_an_id() -> None:
    def named(request: Request, name: str, id: UUID) -> Answer:
        return ok([])

    assert Binding(named).path_arguments({"name": "a", "id": ID}) == {"name": "a", "id": UUID(ID)}


def test_parts_of_a_path_come_as_their_types(binding: Binding) -> None:
    assert binding.path_arguments({"id": ID, "number": "7", "name": "7"}) == {"id": UUID(ID), "number": 7, "name": "7"}


@pytest.mark.parametrize(
    ("name", "value", "type_"),
    [
        ("id", "x" * 36, "uuid_parsing"),
        ("id", "7", "uuid_parsing"),
        ("number", "seven", "uuid_parsing"),
        ("name", "a\x00", "string"),
        ("id", f"{ID[:-1]}\x00", "string"),
    ],
)
def test_a_part_of_a_path_that_is_none_is_named(binding: Binding, name: str, value: str, type_: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        binding.path_arguments({"id": ID, "number": "7", "name": "7", name: value})

    assert flaws(refused.value) == [(f"path.{name}", type_)]


def test_a_query_is_read_by_its_camel_case_names(binding: Binding) -> None:
    assert binding.query_argument("search=%C3%BC+b&maxPrice=5&levels=b&levels=a&tags=&branchNames=x&branchNames=y&unknown=1") == Filters(
        search="ü b", max_price=5, levels=("b", "a"), tags=[""], branch_names=["x", "y"]
    )
    assert binding.query_argument("search=&maxPrice=") == Filters()
    assert Binding(signed).query_argument("search=x") is None


def test_of_a_value_that_is_given_twice_the_last_counts(binding: Binding) -> None:
    assert binding.query_argument("search=a&search=b") == Filters(search="b")


@pytest.mark.parametrize(
    ("raw", "field", "type_"),
    [
        ("search=%FF", "query", "query_string"),
        ("&".join(["unknown=1"] * 101), "query", "query_string"),
        ("search=a%00", "query.search", "string"),
        ("maxPrice=x", "query.maxPrice", "int_parsing"),
        ("levels=a&levels=c", "query.levels.1", "literal_error"),
    ],
)
def test_a_query_that_is_wrong_is_named(binding: Binding, raw: str, field: str, type_: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        binding.query_argument(raw)

    assert flaws(refused.value) == [(field, type_)]


def test_a_hundred_parameters_are_enough_for_anybody(binding: Binding) -> None:
    assert binding.query_argument("&".join(["unknown=1"] * 100)) == Filters()


@pytest.mark.parametrize("content_type", [JSON, "Application/JSON ; charset=utf-8", f" {JSON}"])
def test_a_body_is_json(binding: Binding, content_type: str) -> None:
    raw = '{"title": " x ", "parts": [{"name": "a", "sizeInMetres": 3}]}'

    assert binding.body_argument(raw, content_type) == Whole(title="x", parts=[Part(name="a", size_in_metres=3)])


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/jsonx", "text/plain; application/json"])
def test_and_nothing_else(binding: Binding, content_type: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        binding.body_argument("{}", content_type)


def test_what_is_missing_needs_no_type(binding: Binding) -> None:
    with pytest.raises(ValidationFailed) as refused:
        binding.body_argument("", "")

    assert flaws(refused.value) == [("body", "model_type")]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"title": "longer"}, [("body.title", "string_too_long")]),
        ({"title": "a", "parts": [{"name": "a"}, {"name": 1}]}, [("body.parts.1.name", "string_type")]),
        ({"title": "a", "parts": [{"name": "a", "sizeInMetres": "3"}]}, [("body.parts.0.sizeInMetres", "int_type")]),
        ({"title": "a", "role": "admin"}, [("body.role", "extra_forbidden")]),
        ({"title": 1, "parts": 1}, [("body.title", "string_type"), ("body.parts", "list_type")]),
        ({"title": "a\x00"}, [("body.title", "string")]),
        ({"title": "a", "parts": [{"name": "b"}, {"name": "\ud800"}]}, [("body.parts.1.name", "string")]),
        ({"title": "a", "parts": [{"n\x00": "b"}]}, [("body.parts.0", "string")]),
        ({"\udfff": "b"}, [("body", "string")]),
    ],
)
def test_each_flaw_of_a_body_is_named(binding: Binding, body: dict[str, Any], wrong: list[tuple[str, str]]) -> None:
    with pytest.raises(ValidationFailed) as refused:
        binding.body_argument(json.dumps(body), JSON)

    assert flaws(refused.value) == wrong
    first = refused.value.details[0]
    if wrong[0][1] != "string":
        assert refused.value.message == f"{first['field']}: {first['message']}."


def test_of_a_choice_each_flaw_is_named_by_what_was_chosen() -> None:
    """And not by the functions that looked at it."""

    def choose(request: Request, body: Either) -> Answer:
        return ok([])

    with pytest.raises(ValidationFailed) as refused:
        Binding(choose).body_argument('{"value": 3}', JSON)

    assert flaws(refused.value) == [("body.value", "value_error"), ("body.value.list[int]", "list_type")]


def test_of_very_many_flaws_fifty_are_named(binding: Binding) -> None:
    with pytest.raises(ValidationFailed) as refused:
        binding.body_argument(json.dumps({"title": "a", "parts": [1] * 60}), JSON)

    assert len(refused.value.details) == 50


def test_what_only_looks_like_half_a_character_is_text(binding: Binding) -> None:
    for title in ("😀", "\\u00", "\\ud8"):
        assert binding.body_argument(json.dumps({"title": title}), JSON) == Whole(title=title)
    with pytest.raises(ValidationFailed) as refused:
        binding.body_argument('{"title": "\\u0000', JSON)
    assert flaws(refused.value) == [("body", "json_invalid")]


def test_a_body_as_text_or_in_base64() -> None:
    assert decode_body({"body": "ü"}) == decode_body({"body": "w7w=", "isBase64Encoded": True}) == "ü"
    assert decode_body({}) == decode_body({"body": None}) == ""
    assert raw_body({"body": "ü"}) == raw_body({"body": "w7w=", "isBase64Encoded": True}) == "ü".encode()
    assert raw_body({"body": "/w==", "isBase64Encoded": True}) == b"\xff"
    assert raw_body({}) == b""
    assert raw_body({"body": "\ud800"}) == b"\xed\xa0\x80"
    assert decode_body({"body": "\ud800"}) == "\ud800"


@pytest.mark.parametrize(
    ("read", "body"), [(decode_body, "w7w"), (decode_body, "!w7w="), (decode_body, "/w=="), (raw_body, "w7w"), (raw_body, "!w7w=")]
)
def test_base64_that_is_none(read: Any, body: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        read({"body": body, "isBase64Encoded": True})

    assert flaws(refused.value) == [("body", "encoding")]


@pytest.mark.parametrize(("read", "most"), [(decode_body, MEBIBYTE), (raw_body, 64 * KIBIBYTE)])
def test_a_body_may_be_so_large_and_not_a_byte_larger(read: Any, most: int) -> None:
    fits = read({"body": "x" * most})

    assert len(fits) == most
    for large in ({"body": "x" * (most + 1)}, {"body": "ü" * (most // 2 + 1)}, {"body": "x" * (2 * most + 1), "isBase64Encoded": True}):
        with pytest.raises(BodyTooLarge):
            read(large)
