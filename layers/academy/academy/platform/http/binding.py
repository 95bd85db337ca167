"""From the raw request to a route's arguments. Everything wrong with it is a 400 that names the field."""

import inspect
import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, get_args, get_origin
from urllib.parse import parse_qsl

from pydantic import BaseModel, TypeAdapter, ValidationError

from academy.platform.errors import BodyTooLarge, UnsupportedMediaType, ValidationFailed

MAX_BODY = 1024 * 1024
MAX_RAW = 64 * 1024
_NUL_OR_SURROGATE = re.compile(r"\\u0000|\\u[dD][89a-fA-F]|\x00|[\ud800-\udfff]")


class Binding:
    """What a route's function takes, read once from its signature: `request`, `body` or `raw`, `query`, and the path's parameters by name.

    `raw` is the body as the bytes that came, whatever their type: for who has to verify a signature over them before believing anything.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        hints = inspect.get_annotations(function, eval_str=True)
        names = list(inspect.signature(function).parameters)
        self.body: Any = hints.get("body") if "body" in names else None
        self.query: type[BaseModel] | None = hints.get("query") if "query" in names else None
        self.raw = "raw" in names
        self.path: dict[str, Any] = {name: hints[name] for name in names if name not in {"request", "body", "raw", "query"}}
        self._body_adapter: TypeAdapter[Any] | None = None
        self._lists = _list_fields(self.query) if self.query else frozenset()

    def path_arguments(self, raw: Mapping[str, str]) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        for name, kind in self.path.items():
            value = raw[name]
            if "\x00" in value:
                raise ValidationFailed.of(f"path.{name}", "It has a character that is not allowed.", "string")
            if kind is str:
                arguments[name] = value
                continue
            try:
                arguments[name] = _adapter(kind).validate_python(value)
            except ValueError as error:
                raise ValidationFailed.of(f"path.{name}", "This is not a valid id.", "uuid_parsing") from error
        return arguments

    def query_argument(self, raw: str) -> BaseModel | None:
        if self.query is None:
            return None
        try:
            pairs = parse_qsl(raw, keep_blank_values=True, errors="strict", max_num_fields=100)
        except (ValueError, UnicodeDecodeError) as error:
            raise ValidationFailed.of("query", "The query string can't be read.", "query_string") from error
        values: dict[str, Any] = {}
        for name, value in pairs:
            if "\x00" in value:
                raise ValidationFailed.of(f"query.{name}", "It has a character that is not allowed.", "string")
            if name in self._lists:
                values.setdefault(name, []).append(value)
            elif value != "":
                values[name] = value
        try:
            return self.query.model_validate(values)
        except ValidationError as error:
            raise _failed("query", error) from error

    def body_argument(self, raw: str, content_type: str) -> Any:
        """Raises UnsupportedMediaType, BodyTooLarge, ValidationFailed."""
        if self._body_adapter is None:
            self._body_adapter = TypeAdapter(self.body)
        if raw and not content_type.partition(";")[0].strip().lower() == "application/json":
            raise UnsupportedMediaType
        if _NUL_OR_SURROGATE.search(raw):
            _refuse_bad_characters(raw)
        try:
            return self._body_adapter.validate_json(raw or "null")
        except ValidationError as error:
            raise _failed("body", error) from error


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _list_fields(model: type[BaseModel]) -> frozenset[str]:
    def takes_list(annotation: Any) -> bool:
        return get_origin(annotation) in (list, tuple, set, frozenset) or any(takes_list(part) for part in get_args(annotation))

    return frozenset(field.alias or name for name, field in model.model_fields.items() if takes_list(field.annotation))


def _failed(place: str, error: ValidationError) -> ValidationFailed:
    details = []
    for item in error.errors(include_url=False, include_context=False, include_input=False)[:50]:
        path = ".".join(str(part) for part in item["loc"] if not (isinstance(part, str) and part.startswith("function-")))
        details.append({"field": f"{place}.{path}" if path else place, "message": item["msg"], "type": item["type"]})
    first = details[0]
    return ValidationFailed(f"{first['field']}: {first['message']}.", details=details)


def _refuse_bad_characters(raw: str) -> None:
    """PostgreSQL can't store NUL, UTF-8 can't carry half a surrogate pair."""

    def bad(text: str) -> bool:
        return "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text)

    def walk(value: Any, path: str) -> None:
        if isinstance(value, str) and bad(value):
            raise ValidationFailed.of(path, "It has a character that is not allowed (NUL or a lone surrogate).", "string")
        if isinstance(value, dict):
            for key, item in value.items():
                if bad(key):
                    raise ValidationFailed.of(path, "A name has a character that is not allowed (NUL or a lone surrogate).", "string")
                walk(item, f"{path}.{key}")
        elif isinstance(value, list):
            for index, item in enumerate(value):
                walk(item, f"{path}.{index}")

    try:
        walk(json.loads(raw), "body")
    except (ValueError, RecursionError):
        return  # not JSON: the validation that follows says so


def decode_body(event: Mapping[str, Any]) -> str:
    """The body as text. Raises BodyTooLarge, ValidationFailed."""
    import base64
    import binascii

    body = event.get("body") or ""
    if len(body) > MAX_BODY * 2:
        raise BodyTooLarge
    if event.get("isBase64Encoded"):
        try:
            data = base64.b64decode(body, validate=True)
            body = data.decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise ValidationFailed.of("body", "The body is not UTF-8 text.", "encoding") from error
    if len(body.encode("utf-8", "surrogatepass")) > MAX_BODY:
        raise BodyTooLarge
    return str(body)


def raw_body(event: Mapping[str, Any]) -> bytes:
    """The body's bytes. Raises BodyTooLarge, ValidationFailed."""
    import base64
    import binascii

    body = event.get("body") or ""
    if len(body) > MAX_RAW * 2:
        raise BodyTooLarge("The body is larger than 64 KiB.")
    if event.get("isBase64Encoded"):
        try:
            data = base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError) as error:
            raise ValidationFailed.of("body", "The body can't be read.", "encoding") from error
    else:
        data = body.encode("utf-8", "surrogatepass")
    if len(data) > MAX_RAW:
        raise BodyTooLarge("The body is larger than 64 KiB.")
    return data
