"""What to ask a list for: read off the declarations, so that a new list and a new filter are asked about by being declared."""

import types
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic.fields import FieldInfo

from academy.platform.http import Endpoint
from tests.api import load_endpoints

PAGING = {"page", "limit", "cursor"}
LISTS = [endpoint for endpoint in load_endpoints() if endpoint.paged]

# The values of filters that take any text: by the query's name. A search's are common words, two words, a typing error, a beginning, no hit.
TEXTS: dict[str, list[str]] = {
    "domain": ["engineering", "languages"],
    "language": ["en", "te"],
    "tag": ["python", "guitar"],
    "action": ["course.enroll", "course.", "user.suspend"],
    "targetType": ["course"],
    "at": ["2026-W01"],
    "kind": ["certificate.issued", "badge.earned"],
}
SEARCHES: dict[str, list[str]] = {
    "list_courses": [
        "explain",
        "python",
        "introduction",
        "python data",
        "introduction practice",
        "guitar",
        "pyhton",
        "prog",
        "p",
        "xylqzwv",
        "the",
    ],
    "list_users": ["priya", "person.77", "xylqzwv"],
}
IDS = {"instructorId": "owner", "userId": "bystander", "courseId": "course", "actorId": "bystander", "targetId": "course"}


def questions(endpoint: Endpoint, world: Any) -> Iterator[dict[str, str]]:
    """No filter, each value of each filter by itself, and all of that in each order."""
    if endpoint.binding.query is None:
        raise AssertionError(f"{endpoint.path} is paged, but takes no ListQuery")
    fields = {info.alias or name: info for name, info in endpoint.binding.query.model_fields.items() if name not in PAGING}
    sorts = [{"sort": value} for value in _values(endpoint, "sort", fields.pop("sort"), world)] if "sort" in fields else []
    filters: list[dict[str, str]] = [{}]
    for name, info in fields.items():
        filters += [{name: value} for value in _values(endpoint, name, info, world)]
    for each in filters:
        for sort in ({}, *sorts):
            yield {**each, **sort}


def _values(endpoint: Endpoint, name: str, info: FieldInfo, world: Any) -> list[str]:
    kind = next((arm for arm in _arms(info.annotation) if arm is not types.NoneType), None)
    if name == "search":
        return SEARCHES[endpoint.operation_id]
    if name in IDS:
        return [world.id(IDS[name])]
    if name == "serial":
        return [world.rows["certificate"]["serial"]]
    if kind is bool:
        return ["true", "false"]
    if name in {"from", "to"}:
        return [(datetime.now(UTC) - timedelta(days=1)).isoformat()]
    if get_origin(kind) is Literal:
        return [str(value) for value in get_args(kind)]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [str(value.value) for value in kind]
    if name in TEXTS:
        return TEXTS[name]
    pattern = next((each.pattern for each in info.metadata if getattr(each, "pattern", None)), "")
    if pattern.startswith("^(") and pattern.endswith(")$"):
        return pattern[2:-2].split("|")
    raise AssertionError(f"{endpoint.operation_id}: say in TEXTS or IDS what to ask for by {name}" + (" (an id)" if kind is UUID else ""))


def _arms(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
