"""What is served tells nothing of what the caller may not see: no hidden row's id, no other person's e-mail address or account.

Each reading route with its sample, and with each value of each closed choice in its query (`status=draft`, `mine=true`, …).
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from academy.platform.http import Endpoint
from infra.openapi.document import document
from infra.openapi.routes import load_apis
from tests.api import load_endpoints
from tests.authorization.requests import Arguments, Sample, sample_of
from tests.authorization.rule import expected
from tests.authorization.stage import Stage
from tests.authorization.world import World

DOCUMENT = document(load_apis())
READING = [endpoint for endpoint in load_endpoints() if endpoint.method == "GET" and endpoint.access.limit]
CALLERS = ("anonymous", "student", "enrolled", "other_student", "instructor", "other_instructor", "owner")
SEEN_BY = {
    "draft": {"owner"},
    "review": {"owner"},
    "job": {"owner"},
    "certificate": {"enrolled"},
    "enrollment": {"enrolled", "owner"},
    "enrollment_of_enrolled_in_sibling_course": {"enrolled", "owner"},
    "enrollment_of_other_student_in_foreign_course": {"other_student", "other_instructor"},
    "foreign_draft": {"other_instructor"},
    "foreign_review": {"other_instructor"},
    "foreign_archived": {"other_instructor"},
    "foreign_certificate": {"other_student"},
    "foreign_job": {"other_student"},
    "payment": {"enrolled"},
    "foreign_payment": {"other_student"},
    "coupon": {"owner"},
    "foreign_coupon": {"other_instructor"},
    "hold": set(),
}
"""Rows that some see and others don't. Beside these, `secret_` ones are the other student's, and removed ones nobody's."""


def hidden(world: World, caller: str) -> dict[str, str]:
    """What must not be told to a caller: words by what they are."""
    told = {name: world.id(name) for name, seers in SEEN_BY.items() if caller not in seers}
    told |= {name: world.id(name) for name in world.rows if name.startswith("secret_") and caller != "other_student"}
    told |= {name: world.id(name) for name in world.rows if name.startswith(("gone_", "buried_"))}
    for name, user in world.users.items():
        if name != caller:
            told |= {f"{name}'s address": user["email"], f"{name}'s account": user["sub"]}
    return told


def asked(endpoint: Endpoint, sample: Sample, world: World) -> Iterator[Sample]:
    """The sample, bare, and with each value of each choice in the query."""
    yield sample
    path = f"/api/v1{endpoint.path}" if endpoint.prefixed else endpoint.path
    for parameter in DOCUMENT["paths"][path]["get"].get("parameters", []):
        for value in _choices(parameter["schema"]) if parameter["in"] == "query" else ():
            query = {**sample.query(world), parameter["name"]: value}
            yield replace(sample, query=_always(query))


def _always(query: dict[str, Any]) -> Arguments:
    return lambda _: query


def _choices(schema: dict[str, Any]) -> list[str]:
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return ["true"] if schema.get("type") == "boolean" else [str(value) for value in schema.get("enum", ())]


@pytest.mark.parametrize("endpoint", READING, ids=lambda endpoint: endpoint.path)
def test_an_answer_tells_nothing_that_is_hidden(endpoint: Endpoint, stage: Stage, world: World, original: dict[str, str]) -> None:
    sample = sample_of(endpoint)
    for caller in CALLERS:
        if expected(endpoint, caller, sample):
            continue
        secrets = hidden(world, caller)
        for each in asked(endpoint, sample, world):
            reply = stage.ask(endpoint, each, world, caller)
            given = {*each.path(world).values(), *each.query(world).values()}
            everything = f"{reply.text} {reply.headers} {reply.cookies}"
            leaked = [name for name, word in secrets.items() if word not in given and word in everything]
            assert not leaked, f"{caller} with {each.query(world)} was told {leaked}"
    assert stage.checksum() == original
