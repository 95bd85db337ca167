"""What a route answers with. JSON that PostgreSQL has already built is passed through as it is (`Json`)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NewType

from pydantic import BaseModel

from academy.platform.errors import AcademyError
from academy.platform.http.pagination import Page

Json = NewType("Json", str)
"""A string that is JSON already."""

JSON_TYPE = "application/json"


@dataclass(slots=True)
class Answer:
    """`version` is the row's, to be part of the ETag. `cookies` are whole Set-Cookie values."""

    status: int = 200
    body: str | bytes = ""
    content_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)
    cookies: list[str] = field(default_factory=list)
    version: int | None = None


def dump(data: Any) -> str:
    if isinstance(data, BaseModel):
        return data.model_dump_json(by_alias=True)
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False, default=str)


def _envelope(data: Any, message: str | None, raw: bool) -> str:
    text = data if raw else dump(data)
    return f'{{"data":{text},"message":{json.dumps(message)}}}' if message else f'{{"data":{text}}}'


def ok(
    data: Json | BaseModel | Mapping[str, Any] | list[Any], message: str | None = None, *, version: int | None = None, status: int = 200
) -> Answer:
    """One thing: `{"data": …}`. A str is JSON already."""
    return Answer(status, _envelope(data, message, isinstance(data, str)), version=version)


def created(data: Json | BaseModel | Mapping[str, Any], location: str, message: str | None = None, *, version: int | None = None) -> Answer:
    """201 with Location (a path below /api/v1)."""
    answer = ok(data, message, version=version, status=201)
    answer.headers["Location"] = f"/api/v1{location}"
    return answer


def accepted(data: Json | BaseModel | Mapping[str, Any], message: str | None = None) -> Answer:
    return ok(data, message, status=202)


def no_content() -> Answer:
    return Answer(204)


def redirect(url: str) -> Answer:
    return Answer(302, headers={"Location": url})


def page_of(page: Page, **beside: Any) -> Answer:
    """A list with its pagination; `beside` goes into the body next to them, where it is not None."""
    extra = "".join(f",{dump(name)}:{dump(value)}" for name, value in beside.items() if value is not None)
    return Answer(body=f'{{"data":[{",".join(page.items)}],"pagination":{dump(page.pagination())}{extra}}}')


def refused(error: AcademyError, request_id: str) -> Answer:
    """The error's JSON. A route that answers with it, where it could raise the error, has what it wrote committed: a note of the attempt."""
    body = {"error": error.message, "code": error.code, "details": error.details, "requestId": request_id, **error.extra}
    return Answer(error.status, json.dumps(body, ensure_ascii=False, default=str), headers=error.headers)
