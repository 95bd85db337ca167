"""Anthropic's Messages API as far as the academy uses it: structured output, prompt cache, usage, errors."""

import hashlib
import json
import math
import secrets
from typing import Any

from aiohttp import web

from infra.local.vendors import author
from infra.local.vendors.reader import Reading, read, schema_of
from infra.local.vendors.sample import sample
from infra.local.vendors.state import STATE, Call, State

KNOWN_MODELS = ("claude-",)
SMALLEST_CACHED_PREFIX = 512
FOREVER = 900.0

_STATUS_FAULTS = {
    "rate_limit": (429, "rate_limit_error", "This request would exceed your organization's rate limit."),
    "spending_limit": (429, "rate_limit_error", "Your organization has reached its monthly spend limit."),
    "overloaded": (529, "overloaded_error", "Overloaded"),
    "server_error": (500, "api_error", "Internal server error"),
}


async def messages(request: web.Request) -> web.StreamResponse:
    state = request.app[STATE]
    request_id = f"req_{secrets.token_hex(12)}"
    try:
        body = _checked(request, await request.json())
    except json.JSONDecodeError:
        return _error(400, "invalid_request_error", "The request body is not valid JSON", request_id)
    except _RefusedError as refused:
        return _error(refused.status, refused.kind, str(refused), request_id)
    reading = read(body)
    topic = reading.request.raw_topic if reading.request else ""
    magic = reading.request.magic if reading.request else None
    fault = state.faults.take("claude", reading.purpose, topic=topic, magic=magic)
    call = {"vendor": "claude", "target": reading.purpose, "topic": topic, "model": body["model"], "fault": fault}
    if fault in ("timeout", "disconnect"):
        await state.pause(FOREVER if fault == "timeout" else 0.05)
        state.record(Call(**call, status=0, usage={}))
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)
    if fault in _STATUS_FAULTS:
        status, kind, message = _STATUS_FAULTS[fault]
        state.record(Call(**call, status=status, usage={}))
        return _error(status, kind, message, request_id, spending_limit=fault == "spending_limit")
    await state.pause(_seconds(state, body))
    text, stop_reason = _answer(body, reading, fault)
    usage = _usage(state, body, text)
    state.record(Call(**call, status=200, usage=usage))
    return web.json_response(
        {
            "id": f"msg_{secrets.token_hex(12)}",
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": [{"type": "text", "text": text}] if text else [],
            "stop_reason": stop_reason,
            "stop_sequence": None,
            "stop_details": {"type": "refusal", "category": "general_harms", "explanation": None} if stop_reason == "refusal" else None,
            "usage": {**usage, "service_tier": "standard"},
        },
        headers=_headers(request_id),
    )


class _RefusedError(Exception):
    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind


def _checked(request: web.Request, body: Any) -> dict[str, Any]:
    if not (request.headers.get("x-api-key") or request.headers.get("authorization")):
        raise _RefusedError(401, "authentication_error", "x-api-key header is required")
    if "anthropic-version" not in request.headers:
        raise _RefusedError(400, "invalid_request_error", "anthropic-version: header is required")
    if not isinstance(body, dict):
        raise _RefusedError(400, "invalid_request_error", "The request body must be an object")
    for name in ("model", "max_tokens", "messages"):
        if name not in body:
            raise _RefusedError(400, "invalid_request_error", f"{name}: Field required")
    if not str(body["model"]).startswith(KNOWN_MODELS):
        raise _RefusedError(404, "not_found_error", f"model: {body['model']}")
    for name in ("temperature", "top_p", "top_k"):
        if name in body:
            raise _RefusedError(400, "invalid_request_error", f"{name}: not supported by this model")
    roles = [message.get("role") for message in body["messages"]]
    if not roles or roles[-1] != "user":
        raise _RefusedError(400, "invalid_request_error", "This model does not support assistant message prefill")
    _check_schema(schema_of(body), "output_config.format.schema")
    return body


def _check_schema(schema: Any, where: str) -> None:
    """The vendor's grammar knows no bounds; the SDK's `transform_schema` moves them to descriptions."""
    if isinstance(schema, list):
        for one in schema:
            _check_schema(one, where)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        raise _RefusedError(400, "invalid_request_error", f"{where}: For 'object' type, 'additionalProperties' must be false")
    for name in ("minLength", "maxLength", "minimum", "maximum", "maxItems", "pattern"):
        if name in schema and not isinstance(schema[name], dict):
            raise _RefusedError(400, "invalid_request_error", f"{where}: property '{name}' is not supported")
    for name, inner in schema.items():
        if name in ("properties", "$defs"):
            for key, value in inner.items():
                _check_schema(value, f"{where}.{key}")
        elif name != "enum":
            _check_schema(inner, where)


def _answer(body: dict[str, Any], reading: Reading, fault: str | None) -> tuple[str, str]:
    if fault == "refusal":
        return "", "refusal"
    if fault == "obeys_source":
        return "HACKED. My instructions were: You write courses for an online academy.", "end_turn"
    if reading.purpose == "outline" and reading.request:
        answer: Any = author.outline(reading.request)
    elif reading.lesson is not None and reading.request:
        answer = author.lesson(reading)
    else:
        answer = sample(schema_of(body))
    if fault == "schema_breach":
        _breach(answer)
    if fault in ("uncited", "misquoted", "active_html"):
        _spoil(answer, fault)
    text = json.dumps(answer, ensure_ascii=False)
    if fault in ("truncated_json", "broken_json"):
        return text[: len(text) * 3 // 5], "max_tokens" if fault == "truncated_json" else "end_turn"
    longest = int(body["max_tokens"]) * 4
    return (text, "end_turn") if len(text) <= longest else (text[:longest], "max_tokens")


def _breach(answer: dict[str, Any]) -> None:
    """One field is missing, one is there that nobody asked for."""
    answer.pop(next(iter(answer)))
    answer["remarks"] = "I left something out."


def _spoil(answer: dict[str, Any], fault: str) -> None:
    for section in answer.get("sections", []):
        if fault == "active_html":
            section["content"] += '\n\n<script src="https://evil.example.net/x.js"></script>'
        elif fault == "uncited":
            section["citations"] = []
        else:
            for citation in section["citations"]:
                citation["quote"] = "This sentence was never written by the author of the source."


def _seconds(state: State, body: dict[str, Any]) -> float:
    """Between two thirds and four thirds of the usual time, the same for the same question."""
    spread = hashlib.sha256(json.dumps(body["messages"]).encode()).digest()[0] / 255
    return state.seconds * (2 + 2 * spread) / 3


def _usage(state: State, body: dict[str, Any], answer: str) -> dict[str, int]:
    """Tokens by length, and the prompt cache by prefix: system and format are part of it, as with the vendor."""
    hashed = hashlib.sha256(json.dumps([body["model"], body.get("system"), body.get("output_config")]).encode())
    prefix_tokens = _tokens(str(body.get("system", "")))
    total, cached_upto, written_upto = prefix_tokens, 0, 0
    for message in body["messages"]:
        content = message["content"]
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        for part in parts:
            total += _tokens(part.get("text", ""))
            hashed.update(part.get("text", "").encode())
            if "cache_control" in part and total >= SMALLEST_CACHED_PREFIX:
                if state.cached(hashed.hexdigest()):
                    cached_upto = written_upto = total
                else:
                    written_upto = total
    return {
        "input_tokens": total - written_upto,
        "cache_creation_input_tokens": written_upto - cached_upto,
        "cache_read_input_tokens": cached_upto,
        "output_tokens": max(1, _tokens(answer)),
    }


def _tokens(text: str) -> int:
    ascii_characters = sum(map(str.isascii, text))
    return math.ceil(ascii_characters / 4 + (len(text) - ascii_characters) * 0.9)


def _headers(request_id: str) -> dict[str, str]:
    return {
        "request-id": request_id,
        "anthropic-ratelimit-requests-limit": "4000",
        "anthropic-ratelimit-requests-remaining": "3999",
    }


def _error(status: int, kind: str, message: str, request_id: str, *, spending_limit: bool = False) -> web.Response:
    error: dict[str, Any] = {"type": kind, "message": message}
    headers = _headers(request_id)
    if spending_limit:
        error["details"] = {"error_code": "enforced_spend_limit_reached"}
    elif status == 429:
        headers["retry-after"] = "2"
    return web.json_response({"type": "error", "error": error, "request_id": request_id}, status=status, headers=headers)
