"""Every id that a route takes, tried with rows that are not there for the caller: another's, a removed one, one of another parent, one that never was.

They are all refused with the same words, and change nothing. Places of ids come from the OpenAPI document: a new route joins by its declaration.
"""

from dataclasses import replace

import pytest

from academy.platform.http import Endpoint
from infra.openapi.document import document
from infra.openapi.routes import load_apis
from tests.api import Reply, load_endpoints
from tests.authorization.ids import Place, alone, attempts, misplaced, places
from tests.authorization.requests import Sample, sample_of
from tests.authorization.rule import expected
from tests.authorization.stage import Stage
from tests.authorization.world import World

CALLERS = ("anonymous", "enrolled", "owner", "admin")
REFUSALS = {400, 404, 422}
STALE = '"v999-0"'
DOCUMENT = document(load_apis())
TAKING = [(endpoint, found) for endpoint in load_endpoints() if (found := places(DOCUMENT, endpoint))]


@pytest.mark.parametrize(("endpoint", "found"), TAKING, ids=[f"{endpoint.method} {endpoint.path}" for endpoint, _ in TAKING])
def test_what_is_not_the_callers_is_not_there(
    endpoint: Endpoint, found: list[Place], stage: Stage, world: World, original: dict[str, str]
) -> None:
    sample = sample_of(endpoint)
    for caller in CALLERS:
        if expected(endpoint, caller, sample):
            continue
        for place in found:
            for whole in variants(endpoint, sample, world, found, place):
                never_was = None
                for attempt in attempts(endpoint, whole, world, place, caller):
                    reply = stage.ask(endpoint, attempt.sample, world, caller)
                    told = f"{caller} with {attempt.row} at {place.name} got {reply.status} {reply.text[:300]}"
                    assert reply.status in REFUSALS or place.name in sample.told, told
                    assert stage.checksum() == original, f"{told}, and it changed something"
                    never_was = never_was or _what_is_said(reply, attempt.id)
                    assert _what_is_said(reply, attempt.id) == never_was, told
            for attempt in misplaced(sample, world, found, place):
                reply = stage.ask(endpoint, attempt.sample, world, caller)
                told = f"{caller} with {attempt.row} at {place.name} got {reply.status} {reply.text[:300]}"
                assert reply.status in REFUSALS or sample.told, told
                assert stage.checksum() == original, f"{told}, and it changed something"


def variants(endpoint: Endpoint, sample: Sample, world: World, found: list[Place], place: Place) -> list[Sample]:
    """The sample; without the ids beside this one that may be left out; with a condition on a version, which must not be looked at before the row."""
    without = alone(sample, world, found, place)
    changes = endpoint.method in {"PUT", "DELETE"} and place.part == "path"
    conditional = [replace(sample, headers={**sample.headers, "If-Match": STALE})] if changes else []
    return [sample, *([] if without is sample else [without]), *conditional]


def _what_is_said(reply: Reply, id: str) -> tuple[int, str]:
    """Status and body, but for the request's id and the id that was asked for."""
    request_id = reply.headers["X-Request-Id"]
    return reply.status, reply.text.replace(request_id, "").replace(id, "")
