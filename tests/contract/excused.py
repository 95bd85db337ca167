"""What schemathesis calls a failure and is none here, each with its reason. Everything else stands."""

from typing import Any

from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.core.transport import Response
from schemathesis.generation.case import Case
from schemathesis.openapi.checks import EnsureResourceAvailability, RejectedPositiveData

BEYOND_A_SCHEMA = {
    "value_error": "a rule across fields, or one of many words: written in Python, told in the schema's description",
    "string": "NUL and half a surrogate pair are strings to JSON, and nothing that PostgreSQL or UTF-8 can keep",
    "int_type": "2.0 is an integer to JSON Schema and a client's mistake to us",
    "datetime": "years before anybody kept a log",
    "period": "a week of the weekly ones, a month of the monthly ones, neither of all time, and none that is still to come",
    "cursor": "a cursor is what the page before gave, not any string",
    "password": "what the pool asks of one",
    "redirect_uri": "one of the deployment's own addresses",
    "code": "the code that was sent by mail",
}
"""Types in the `details` of a 400 that a request may get although it is what the schemas say."""
NAMES_A_ROW = {
    ("body.domain", "enum"),
    ("body.domain", "domain"),
    ("query.domain", "enum"),
    ("query.domain", "domain"),
    ("body.moduleId", "not_found"),
}
"""Fields whose value has to be there, which a schema can't know; a leaderboard's domain also has to stand without a course."""
TRIMMED = {"string_too_short", "string_pattern_mismatch"}


def excused(failure: Any, case: Case[Any], response: Response) -> bool:
    match failure:
        case RejectedPositiveData():
            return response.status_code == 400 and all(_unforeseeable(detail, case) for detail in response.json()["details"])
        case AcceptedNegativeData():
            # A form sends what was left empty: in a query that is as good as left out.
            return any(value in ("", [], [""]) for value in (case.query or {}).values())
        case EnsureResourceAvailability():
            # The course is there; that its author takes no part in it is another matter.
            return response.status_code == 404 and response.json()["code"] == "ENROLLMENT_NOT_FOUND"
    return False


def _unforeseeable(detail: dict[str, str], case: Case[Any]) -> bool:
    field, kind = detail["field"], detail["type"]
    if kind == "uuid_parsing" and field.startswith("path."):
        # A link that schemathesis inferred from a name, to a thing that the answer had none of.
        return (case.path_parameters or {}).get(field.removeprefix("path.")) in {None, "None"}
    return kind in BEYOND_A_SCHEMA or (field, kind) in NAMES_A_ROW or (kind in TRIMMED and _has_space_around(field, case))


def _has_space_around(field: str, case: Case[Any]) -> bool:
    """Strings are trimmed before they are measured."""
    place, *path = field.split(".")
    value: Any = case.body if place == "body" else case.query
    for part in path:
        if isinstance(value, list) and part.isdigit():
            value = value[int(part)]
        elif isinstance(value, dict) and part in value:
            value = value[part]
    return isinstance(value, str) and value != value.strip()
