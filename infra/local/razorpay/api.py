"""The vendor's HTTP as its SDK speaks it, with its authentication, its errors and the faults that were ordered."""

import asyncio
import base64
import binascii
import hmac
import json
from typing import Any

from aiohttp import web

from infra.local.razorpay.entities import KEY_ID, KEY_SECRET, BankError, collection
from infra.local.razorpay.state import STATE, Call

MOST = 100
MOST_LINES = 1000


async def create_order(request: web.Request) -> web.Response:
    body = await _body(request)
    capture = body.get("payment", {}).get("capture", "automatic" if body.get("payment_capture", True) else "manual")
    order = request.app[STATE].bank.create_order(
        amount=body.get("amount"),
        currency=body.get("currency"),
        receipt=body.get("receipt"),
        notes=body.get("notes"),
        automatic=capture == "automatic",
    )
    return web.json_response(order)


async def order(request: web.Request) -> web.Response:
    return web.json_response(request.app[STATE].bank.order(request.match_info["id"]))


async def order_payments(request: web.Request) -> web.Response:
    return web.json_response(collection(request.app[STATE].bank.order_payments(request.match_info["id"])))


async def payments(request: web.Request) -> web.Response:
    start, end = _number(request, "from", 0), _number(request, "to", 2**40)
    found = request.app[STATE].bank.payments(start, end, skip=_number(request, "skip", 0), count=_count(request, MOST))
    return web.json_response(collection(found))


async def payment(request: web.Request) -> web.Response:
    return web.json_response(request.app[STATE].bank.payment(request.match_info["id"]))


async def capture(request: web.Request) -> web.Response:
    body = await _body(request)
    if not body.get("currency"):
        raise BankError("The currency field is required.", field="currency")
    return web.json_response(request.app[STATE].bank.capture(request.match_info["id"], body.get("amount")))


async def make_refund(request: web.Request) -> web.Response:
    body = await _body(request)
    amount = body.get("amount")
    if amount is not None and (not isinstance(amount, int) or isinstance(amount, bool)):
        raise BankError("The amount must be an integer.", field="amount")
    key = request.headers.get("X-Refund-Idempotency")
    if key is not None and len(key) < 10:
        raise BankError("The idempotency key must be at least 10 characters.")
    refund = request.app[STATE].bank.refund(
        request.match_info["id"], amount, receipt=body.get("receipt"), notes=body.get("notes"), idempotency=key
    )
    return web.json_response(refund)


async def payment_refunds(request: web.Request) -> web.Response:
    skip, count = _number(request, "skip", 0), _count(request, MOST)
    return web.json_response(collection(request.app[STATE].bank.refunds(request.match_info["id"])[skip : skip + count]))


async def refund(request: web.Request) -> web.Response:
    return web.json_response(request.app[STATE].bank.refund_of(request.match_info["id"]))


async def settlement_lines(request: web.Request) -> web.Response:
    day = _number(request, "day", 0) or None
    found = request.app[STATE].bank.reconciled(
        _number(request, "year"), _number(request, "month"), day, skip=_number(request, "skip", 0), count=_count(request, MOST_LINES)
    )
    return web.json_response(collection(found))


async def nothing(_: web.Request) -> web.Response:
    raise BankError("The requested URL was not found on the server.", status=404)


@web.middleware
async def vendor(request: web.Request, handler: Any) -> web.StreamResponse:
    """What every call of the vendor's API goes through."""
    if not request.path.startswith("/v1/"):
        answer: web.StreamResponse = await handler(request)
        return answer
    state = request.app[STATE]
    fault = state.faults.take(request.method, request.path)
    response: web.StreamResponse | None = _instead(fault)
    if response is None and fault not in ("timeout", "disconnect"):
        response = await _answered(request, handler)
        state.changed = True
    gone = fault in ("timeout", "disconnect", "late_answer", "lost_answer")
    state.record(Call(method=request.method, path=request.path, status=0 if gone or response is None else response.status, fault=fault))
    if fault in ("timeout", "late_answer"):
        await state.closing.wait()
    if gone or response is None:
        if request.transport is not None:
            request.transport.abort()
        raise asyncio.CancelledError
    return response


async def _answered(request: web.Request, handler: Any) -> web.StreamResponse:
    try:
        if not _known(request.headers.get("Authorization", "")):
            raise BankError("Authentication failed", status=401, reason="NA")
        response: web.StreamResponse = await handler(request)
        return response
    except BankError as error:
        return web.json_response(error.body(), status=error.status)


def _instead(fault: str | None) -> web.Response | None:
    """The answer of a fault that has one."""
    if fault == "bad_gateway":
        page = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
        return web.Response(text=page, status=502, content_type="text/html")
    if fault == "not_json":
        return web.Response(text="<!doctype html><title>Maintenance</title>", content_type="text/html")
    error = {
        "server_error": BankError(
            "We are facing some trouble completing your request at the moment. Please try again shortly.", code="SERVER_ERROR", status=500
        ),
        "gateway_error": BankError("Payment processing failed due to error at bank or wallet gateway", code="GATEWAY_ERROR", status=502),
        "rate_limit": BankError("Too many requests", status=429),
        "conflict": BankError("Request failed because another request is in progress with the same key", code="CONFLICT", status=409),
        "unauthorized": BankError("Authentication failed", status=401, reason="NA"),
    }.get(fault or "")
    return web.json_response(error.body(), status=error.status) if error else None


def _known(authorization: str) -> bool:
    kind, _, credentials = authorization.partition(" ")
    try:
        given = base64.b64decode(credentials, validate=True)
    except (binascii.Error, ValueError):
        return False
    return kind.lower() == "basic" and hmac.compare_digest(given, f"{KEY_ID}:{KEY_SECRET}".encode())


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise BankError("The request body is not valid JSON.")
    return body


def _number(request: web.Request, name: str, default: int | None = None) -> int:
    text = request.query.get(name, "" if default is None else str(default))
    if not text.isdigit():
        raise BankError(f"The {name} must be an integer.", field=name)
    return int(text)


def _count(request: web.Request, most: int) -> int:
    count = _number(request, "count", 10)
    if not 1 <= count <= most:
        raise BankError(f"The count may not be greater than {most}.", field="count")
    return count
