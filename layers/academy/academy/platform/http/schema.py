"""Bases of what comes in and what goes out: camelCase in JSON, snake_case in Python.

Validators are built when first used (`defer_build`): a cold start pays only for the routes that are called, and never for a View.
"""

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

_DATE_AND_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]")


def _no_number(value: Any) -> Any:
    if isinstance(value, datetime) or (isinstance(value, str) and _DATE_AND_TIME.match(value)):
        return value
    raise ValueError("not a date and time, as in 2026-01-31T09:00:00Z")


def _with_zone(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a time needs a zone, as in 2026-01-31T09:00:00Z")
    return value


# Not strict, which would refuse any string that a validator has looked at before.
Moment = Annotated[datetime, Field(strict=False), BeforeValidator(_no_number), AfterValidator(_with_zone)]
"""A time as RFC 3339 writes it. pydantic alone takes "0.5" for half a second after 1970, and times of nobody's zone."""


class Schema(BaseModel):
    """A request body: strict types, trimmed strings, unknown fields refused (so nobody can assign what is not theirs to set)."""

    model_config = ConfigDict(
        defer_build=True,
        alias_generator=to_camel,
        populate_by_name=True,
        strict=True,
        str_strip_whitespace=True,
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
    )


def example(**fields: Any) -> ConfigDict:
    """A body as the OpenAPI document shows it, by its JSON names: `model_config = example(title="Arches")`."""
    return ConfigDict(json_schema_extra={"examples": [fields]})


class Query(BaseModel):
    """A query string: strings are converted, unknown parameters ignored."""

    model_config = ConfigDict(
        defer_build=True, alias_generator=to_camel, populate_by_name=True, str_strip_whitespace=True, extra="ignore", frozen=True
    )


class View(BaseModel):
    """What goes out. Describes the answer in the OpenAPI document; most answers are built as JSON by PostgreSQL and are checked against it in tests."""

    model_config = ConfigDict(defer_build=True, alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True)
