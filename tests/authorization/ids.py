"""Where the contract has an id, and requests with another's row put there."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from academy.platform.http import Endpoint, Rows
from tests.authorization.requests import Sample
from tests.authorization.world import World

OUTLINE = {"course", "module", "lesson", "section"}


@dataclass(frozen=True)
class Place:
    """`part` is path, query or body; `steps` lead to the id in it, "" through a list; an `optional` one may be left out."""

    part: str
    steps: tuple[str, ...]
    optional: bool

    @property
    def name(self) -> str:
        return ".".join((self.part, *(step or "0" for step in self.steps)))


def places(document: dict[str, Any], endpoint: Endpoint) -> list[Place]:
    """Every uuid that the OpenAPI document lets a caller give to a route."""
    path = f"/api/v1{endpoint.path}" if endpoint.prefixed else endpoint.path
    operation = document["paths"][path][endpoint.method.lower()]
    found = [
        Place(parameter["in"], (parameter["name"], *steps), not parameter["required"])
        for parameter in operation.get("parameters", [])
        for steps, _ in _uuids(document, parameter["schema"])
    ]
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        found += [Place("body", steps, optional) for steps, optional in _uuids(document, schema)]
    return found


def _uuids(document: dict[str, Any], schema: dict[str, Any], *, optional: bool = False) -> Iterator[tuple[tuple[str, ...], bool]]:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if schema.get("format") == "uuid":
        yield (), optional
    for option in (*schema.get("anyOf", ()), *schema.get("allOf", ()), *schema.get("oneOf", ())):
        yield from _uuids(document, option, optional=optional)
    for name, member in schema.get("properties", {}).items():
        for steps, left_out in _uuids(document, member, optional=name not in schema.get("required", ())):
            yield (name, *steps), left_out
    for steps, left_out in _uuids(document, schema["items"]) if "items" in schema else ():
        yield ("", *steps), left_out


@dataclass(frozen=True)
class Attempt:
    """A sample with one id replaced. `row` is the replacement's name in the world."""

    row: str
    id: str
    sample: Sample


def given(sample: Sample, world: World, place: Place) -> str | None:
    """The id that the sample has at a place, None if it has none there."""
    value: Any = _part(sample, world, place.part)
    for step in place.steps:
        value = (value[0] if value else None) if step == "" else (value or {}).get(step)
    return None if value is None else str(value)


def attempts(endpoint: Endpoint, sample: Sample, world: World, place: Place, caller: str) -> list[Attempt]:
    """The sample with each row that is not there for this caller in a place; the first of them never was."""
    mine = given(sample, world, place)
    if mine is None:
        raise AssertionError(f"the sample of {endpoint.operation_id} in tests/authorization/requests.py lacks {place.name}")
    kind = world.kind(mine)
    rows = world.called("random", kind) | world.called("gone", kind) | world.called("buried", kind) | world.called("secret", kind)
    if caller != "admin" and (kind != "user" or endpoint.access.rows is Rows.LEARNER):
        rows |= world.called("foreign", kind)
    return [Attempt(row, id, _with(sample, world, place, id)) for row, id in rows.items() if row not in sample.seen.get(place.name, ())]


def misplaced(sample: Sample, world: World, found: list[Place], place: Place) -> list[Attempt]:
    """The sample with a row of the caller's own in a place, but of another course than the rows beside it."""
    kind = world.kind(given(sample, world, place) or "")
    beside = {world.kind(other) for each in found if each != place and (other := given(sample, world, each))}
    rows = world.called("sibling", kind) if kind in OUTLINE and (beside - {kind}) & OUTLINE else {}
    return [Attempt(row, id, _with(sample, world, place, id)) for row, id in rows.items()]


def alone(sample: Sample, world: World, found: list[Place], place: Place) -> Sample:
    """The sample without the ids beside this one that may be left out."""
    for each in found:
        if each.optional and each != place and given(sample, world, each):
            sample = _with(sample, world, each, None)
    return sample


def _part(sample: Sample, world: World, part: str) -> Any:
    match part:
        case "path":
            return sample.path(world)
        case "query":
            return sample.query(world)
    return sample.body(world) if sample.body else None


def _with(sample: Sample, world: World, place: Place, id: str | None) -> Sample:
    """With this id in a place, or (None) without any."""
    changed = copy.deepcopy(_part(sample, world, place.part))
    at = changed
    for step in place.steps[:-1]:
        at = at[0 if step == "" else step]
    last = 0 if place.steps[-1] == "" else place.steps[-1]
    if id is None:
        del at[last]
    else:
        at[last] = id
    match place.part:
        case "path":
            return replace(sample, path=lambda _: changed)
        case "query":
            return replace(sample, query=lambda _: changed)
    return replace(sample, body=lambda _: changed)
