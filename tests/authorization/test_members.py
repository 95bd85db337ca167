"""Bodies with members that are not theirs to have: each is refused by its name, and no row takes it (mass assignment).

What is tried: every name that any answer of the contract and any column of the database has, and what attackers guess. Schemas come from the OpenAPI
document: a new route joins by its declaration.
"""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic.alias_generators import to_camel

from academy.migrations.models import metadata
from academy.platform.http import Endpoint
from infra.openapi.document import document
from infra.openapi.routes import load_apis
from tests.api import load_endpoints
from tests.authorization.requests import sample_of
from tests.authorization.rule import expected
from tests.authorization.stage import Stage
from tests.authorization.world import CALLERS, World

DOCUMENT = document(load_apis())
TAKING = [endpoint for endpoint in load_endpoints() if endpoint.binding.body is not None]
GUESSED = {
    "isAdmin",
    "admin",
    "is_superuser",
    "permissions",
    "ownerId",
    "owner",
    "xp",
    "createdBy",
    "deletedAt",
    "__proto__",
    "constructor",
    "$where",
}
AT_ONCE = 40
"""Names a request: an answer lists at most 50 faults."""

Steps = tuple[str | int, ...]


def names() -> set[str]:
    told = {name for schema in DOCUMENT["components"]["schemas"].values() for name in schema.get("properties", {})}
    columns = {column.name for table in metadata.tables.values() for column in table.columns}
    return told | columns | {to_camel(column) for column in columns} | GUESSED


def objects(schema: dict[str, Any], steps: Steps = ()) -> Iterator[tuple[Steps, dict[str, Any]]]:
    """Each object with members of its own in a body's schema, and where in a body it is."""
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "properties" in schema:
        yield steps, schema
    for option in (*schema.get("anyOf", ()), *schema.get("allOf", ()), *schema.get("oneOf", ())):
        yield from objects(option, steps)
    for name, member in schema.get("properties", {}).items():
        yield from objects(member, (*steps, name))
    if "items" in schema:
        yield from objects(schema["items"], (*steps, 0))


def body_schema(endpoint: Endpoint) -> dict[str, Any]:
    path = f"/api/v1{endpoint.path}" if endpoint.prefixed else endpoint.path
    schema: dict[str, Any] = DOCUMENT["paths"][path][endpoint.method.lower()]["requestBody"]["content"]["application/json"]["schema"]
    return schema


@pytest.mark.parametrize("endpoint", TAKING, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
def test_a_member_that_is_not_declared_is_refused_by_its_name(
    endpoint: Endpoint, stage: Stage, world: World, original: dict[str, str]
) -> None:
    sample = sample_of(endpoint)
    caller = next(each for each in ("enrolled", "owner", "admin", *CALLERS) if not expected(endpoint, each, sample))
    token = stage.token(world, caller)
    path = endpoint.path.format(**sample.path(world))
    for steps, schema in objects(body_schema(endpoint)):
        assert schema.get("additionalProperties") is False, f"{schema.get('title')} has to be a Schema, which takes no more than it names"
        foreign = sorted(names() - {name for own in schema["properties"] for name in (own, _snake(own))})
        for start in range(0, len(foreign), AT_ONCE):
            tried = foreign[start : start + AT_ONCE]
            body = copy.deepcopy(sample.body(world)) if sample.body else None
            _at(body, steps).update(dict.fromkeys(tried, "admin"))
            reply = stage.client.call(endpoint.method, path, body, user=token, headers=sample.headers)
            assert reply.status == 400, f"{tried} got {reply.status} {reply.text[:300]}"
            refused = {detail["field"] for detail in reply.json["details"] if detail["type"] == "extra_forbidden"}
            assert refused == {".".join(map(str, ("body", *steps, name))) for name in tried}
    assert stage.checksum() == original


@pytest.mark.parametrize("route", ["/auth/signup", "/users/register", "/auth/onboarding"])
def test_nobody_makes_themselves_an_admin(route: str, stage: Stage, world: World, original: dict[str, str]) -> None:
    endpoint = next(endpoint for endpoint in TAKING if endpoint.path == route)
    body = sample_of(endpoint).body
    assert body is not None

    reply = stage.client.post(route, {**body(world), "role": "admin"}, user=stage.token(world, "student"))

    assert (reply.status, [detail["field"] for detail in reply.json["details"]]) == (400, ["body.role"])
    assert stage.checksum() == original


def _at(body: Any, steps: Steps) -> dict[str, Any]:
    """The object in a sample's body. A KeyError: the sample lacks it, so that nothing could be tried there."""
    for step in steps:
        body = body[step]
    assert isinstance(body, dict), f"the sample in tests/authorization/requests.py has nothing at {steps}"
    return body


def _snake(name: str) -> str:
    """A schema takes a member by its Python name too."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
