"""Bases of what comes in and what goes out: camelCase in JSON, snake_case in Python.

Validators are built when first used (`defer_build`): a cold start pays only for the routes that are called, and never for a View.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


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
