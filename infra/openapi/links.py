"""OpenAPI links: how to go on with what an operation has just made or listed. They follow from the paths, so nobody keeps them by hand."""

import re
from typing import Any

ID_NAMES = ("id", "jobId")
"""What an answer calls its own id."""
_PARAMETER = re.compile(r"{(\w+)}")


def with_links(paths: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """The same paths; what makes (201, 202) or lists things links to everything that takes their id."""
    for path, operations in paths.items():
        for method, operation in operations.items():
            found = _links(path, method, operation, paths, schemas)
            if found:
                status = next(status for status in operation["responses"] if status.startswith("2"))
                operation["responses"][status]["links"] = found
    return paths


def _links(path: str, method: str, operation: dict[str, Any], paths: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    made = next((status for status in ("201", "202") if status in operation["responses"]), None)
    if method == "post" and made:
        name = _id_of(_data(operation["responses"][made]), schemas)
        expression = f"$response.body#/data/{name}"
    elif method == "get" and "200" in operation["responses"]:
        data = _data(operation["responses"]["200"])
        name = _id_of(data["items"], schemas) if data.get("type") == "array" else None
        expression = f"$response.body#/data/0/{name}"
    else:
        return {}
    links = {}
    for target, operations in paths.items():
        given = _arguments(path, target, expression if name else None)
        if given is None:
            continue
        for verb, other in operations.items():
            if method == "post" or (verb == "get" and target.endswith("}")):  # a list is not a reason to change what it shows
                links[other["operationId"]] = {"operationId": other["operationId"], "parameters": given}
    links.pop(operation["operationId"], None)
    return dict(sorted(links.items()))


def _arguments(path: str, target: str, expression: str | None) -> dict[str, str] | None:
    """What the target's path needs, from what was made at `path`; None where it is about something else.

    `/courses` makes a course for `/courses/{id}/…`; `/courses/{id}/modules` makes a module for `/modules/{id}/…`; what `/courses/{id}/enroll`
    makes has no id in any address, and is looked at or undone at the same address.
    """
    mine, others = _PARAMETER.findall(path), _PARAMETER.findall(target)
    if target == path and mine:
        return {name: f"$request.path.{name}" for name in mine}
    if expression is None or len(others) != 1:
        return None
    before, _, after = target.partition("/{")
    collection = path.rstrip("/").rpartition("/")[2]
    root = path if not mine else f"/api/v1/{collection}"
    return {others[0]: expression} if before == root and "{" not in after else None


def _data(response: dict[str, Any]) -> dict[str, Any]:
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    data: dict[str, Any] = schema.get("properties", {}).get("data", {})
    return data


def _id_of(data: dict[str, Any], schemas: dict[str, Any]) -> str | None:
    properties = schemas.get(data.get("$ref", "").rpartition("/")[2], {}).get("properties", {})
    return next((name for name in ID_NAMES if name in properties), None)
