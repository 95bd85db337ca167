"""OpenAI's image generation as far as the academy uses it: a PNG made from the prompt, in base64."""

import base64
import json
import math
import secrets
import time
from typing import Any

from aiohttp import web

from infra.local.vendors import picture
from infra.local.vendors.reader import magic_in
from infra.local.vendors.state import STATE, Call

RETIRED_MODELS = frozenset({"dall-e-2", "dall-e-3", "gpt-image-1"})
OUTPUT_TOKENS = {"low": 272, "medium": 1_568, "high": 6_208}
FOREVER = 900.0

# status, type, code, message
_STATUS_FAULTS = {
    "rate_limit": (429, "requests", "rate_limit_exceeded", "Rate limit reached for images per minute."),
    "spending_limit": (429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota."),
    "overloaded": (503, "service_unavailable_error", "overloaded", "The engine is currently overloaded, please try again later."),
    "server_error": (500, "server_error", None, "The server had an error while processing your request."),
    "refusal": (400, "image_generation_user_error", "moderation_blocked", "Your request was rejected by the safety system."),
}


async def generations(request: web.Request) -> web.StreamResponse:
    state = request.app[STATE]
    if not request.headers.get("authorization", "").startswith("Bearer "):
        return _error(401, "invalid_request_error", "invalid_api_key", "You didn't provide an API key.")
    try:
        body = await request.json()
    except json.JSONDecodeError:
        return _error(400, "invalid_request_error", None, "We could not parse the JSON body of your request.")
    problem = _problem(body)
    if problem:
        return problem
    prompt = str(body["prompt"])
    fault = state.faults.take("openai", "thumbnail", topic=prompt, magic=_magic(prompt))
    call = {"vendor": "openai", "target": "thumbnail", "topic": prompt, "model": body["model"], "fault": fault}
    if fault in ("timeout", "disconnect"):
        await state.pause(FOREVER if fault == "timeout" else 0.05)
        state.record(Call(**call, status=0, usage={}))
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)
    if fault in _STATUS_FAULTS:
        status, kind, code, message = _STATUS_FAULTS[fault]
        state.record(Call(**call, status=status, usage={}))
        return _error(status, kind, code, message)
    await state.pause(state.seconds)
    width, height = (int(side) for side in str(body.get("size", "1024x1024")).split("x"))
    content = b"<html>not an image</html>" if fault == "not_an_image" else picture.png(prompt, width // 2, height // 2)
    quality = str(body.get("quality", "medium"))
    text_tokens, image_tokens = math.ceil(len(prompt) / 4), OUTPUT_TOKENS.get(quality, OUTPUT_TOKENS["medium"])
    state.record(Call(**call, status=200, usage={"input_tokens": text_tokens, "output_tokens": image_tokens}))
    return web.json_response(
        {
            "created": int(time.time()),
            "background": "opaque",
            "output_format": "png",
            "quality": quality,
            "size": f"{width}x{height}",
            "data": [{"b64_json": base64.b64encode(content).decode()}],
            "usage": {
                "input_tokens": text_tokens,
                "input_tokens_details": {"text_tokens": text_tokens, "image_tokens": 0},
                "output_tokens": image_tokens,
                "total_tokens": text_tokens + image_tokens,
            },
        },
        headers={"x-request-id": f"req_{secrets.token_hex(12)}"},
    )


def _magic(prompt: str) -> Any:
    """An outline passes on what its topic ordered for the picture; there it always means this very call."""
    return magic_in(f"{prompt.split(',', maxsplit=1)[0]}@thumbnail") or magic_in(prompt.replace(",", "@thumbnail,"))


def _problem(body: dict[str, Any]) -> web.Response | None:
    for name in ("model", "prompt"):
        if not body.get(name):
            return _error(400, "invalid_request_error", "missing_required_parameter", f"Missing required parameter: '{name}'.")
    if body["model"] in RETIRED_MODELS:
        return _error(404, "invalid_request_error", "model_not_found", f"The model '{body['model']}' has been shut down.")
    for name in ("response_format", "style"):
        if name in body:
            return _error(400, "invalid_request_error", "unknown_parameter", f"Unknown parameter: '{name}'.")
    return None


def _error(status: int, kind: str, code: str | None, message: str) -> web.Response:
    headers = {"x-request-id": f"req_{secrets.token_hex(12)}"}
    if status == 429 and code == "rate_limit_exceeded":
        headers["retry-after"] = "2"
    return web.json_response({"error": {"message": message, "type": kind, "param": None, "code": code}}, status=status, headers=headers)
