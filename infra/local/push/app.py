"""The stand-in as one application: `POST /_subscriptions` is a browser that subscribes, `/push/{id}` the push service's address of it.

Its address is an origin of `PUSH_SERVICES`. Run it alone with `python -m infra.local.push.app PORT FILE`.
"""

import asyncio
import re
import sys
import time
import uuid
from dataclasses import asdict
from pathlib import Path

from aiohttp import web
from jose import JOSEError, jwt

from infra.local.door import Door
from infra.local.push.browser import Browser, UnreadableError, decoded, encoded
from infra.local.push.state import STATE, Call, Message, State, opened

MOST_BYTES = 4096
DAY = 24 * 3600
_VAPID = re.compile(r"vapid t=([A-Za-z0-9_.-]+), ?k=([A-Za-z0-9_-]{87})\Z")
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}\Z")
_INSTEAD = {"not_found": 404, "gone": 410, "too_large": 413, "rate_limit": 429, "server_error": 500, "unavailable": 503, "redirect": 307}
_MORE = {"rate_limit": {"Retry-After": "7"}, "unavailable": {"Retry-After": "7"}, "redirect": {"Location": "http://127.0.0.1:1/"}}


class RefusedError(Exception):
    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def create_app(*, file: Path | None = None) -> web.Application:
    """`file` keeps browsers and messages over restarts."""
    app = web.Application(client_max_size=1024 * 1024)
    app[STATE] = opened(file)
    route = app.router
    route.add_post("/_subscriptions", _subscribe)
    route.add_delete("/_subscriptions/{id}", _unsubscribe)
    route.add_post("/push/{id}", push)
    route.add_get("/_messages", _list_messages)
    route.add_delete("/_messages", _forget_messages)
    Door(app[STATE]).add_to(app)
    return app


async def push(request: web.Request) -> web.Response:
    """RFC 8030, section 5, with the authentication of RFC 8292 and a body of RFC 8291."""
    state, browser = request.app[STATE], request.match_info["id"]
    fault = state.faults.take("POST", request.path)
    answer: web.Response | None = None
    if fault in _INSTEAD:
        answer = web.Response(status=_INSTEAD[fault], headers=_MORE.get(fault))
    elif fault not in ("timeout", "disconnect"):
        try:
            answer = _taken(request, state, browser, await request.read())
        except RefusedError as refused:
            answer = web.json_response({"error": str(refused)}, status=refused.status)
    gone = fault in ("timeout", "disconnect", "lost_answer")
    state.record(Call(browser=browser, status=0 if gone or answer is None else answer.status, fault=fault))
    if fault == "timeout":
        await state.closing.wait()
    if gone or answer is None:
        if request.transport is not None:
            request.transport.abort()
        raise asyncio.CancelledError
    return answer


def _taken(request: web.Request, state: State, name: str, body: bytes) -> web.Response:
    if name in state.gone:
        raise RefusedError(410, "the browser unsubscribed")
    browser = state.browsers.get(name)
    if browser is None:
        raise RefusedError(404, "there is no such subscription")
    headers = request.headers
    _authenticated(headers.get("Authorization", ""), browser, f"{request.scheme}://{request.host}")
    ttl, topic, urgency = headers.get("TTL", ""), headers.get("Topic"), headers.get("Urgency", "normal")
    if not ttl.isdigit():
        raise RefusedError(400, "a TTL is needed")
    if topic is not None and not _TOPIC.match(topic):
        raise RefusedError(400, "this is not a topic")
    if urgency not in ("very-low", "low", "normal", "high"):
        raise RefusedError(400, "this is not an urgency")
    if len(body) > MOST_BYTES:
        raise RefusedError(413, "the body is too large")
    if headers.get("Content-Encoding") != "aes128gcm":
        raise RefusedError(415, "the coding is aes128gcm")
    try:
        text = browser.read(body).decode()
    except (UnreadableError, UnicodeDecodeError) as error:
        # A push service can't know; a browser would drop it without a word, which helps nobody here.
        raise RefusedError(400, f"the browser can't read it: {error}") from error
    message = Message(id=str(uuid.uuid4()), browser=name, at=time.time(), ttl=int(ttl), urgency=urgency, topic=topic, text=text)
    state.show(message)
    return web.Response(status=201, headers={"Location": f"{request.scheme}://{request.host}/message/{message.id}", "TTL": ttl})


def _authenticated(header: str, browser: Browser, origin: str) -> None:
    given = _VAPID.match(header)
    if given is None:
        raise RefusedError(401, "who are you?")
    token, key = given.groups()
    point = decoded(key)
    public = {"kty": "EC", "crv": "P-256", "x": encoded(point[1:33]), "y": encoded(point[33:])}
    try:
        claims = jwt.decode(token, public, algorithms=["ES256"], audience=origin)
    except JOSEError as error:
        raise RefusedError(401, f"the token does not hold: {error}") from error
    if not 0 < claims.get("exp", 0) - time.time() <= DAY or not str(claims.get("sub", "")).startswith(("mailto:", "https:")):
        raise RefusedError(403, "a token holds for a day at the most, and says whom to write to")
    if browser.server_key not in (None, key):
        raise RefusedError(403, "the browser subscribed with another key")


async def _subscribe(request: web.Request) -> web.Response:
    """As `pushManager.subscribe({applicationServerKey})`: what the page would send to the academy."""
    wanted = await request.json() if request.can_read_body else {}
    browser = Browser.new(wanted.get("applicationServerKey"))
    state = request.app[STATE]
    state.browsers[browser.id] = browser
    state.save()
    endpoint = f"{request.scheme}://{request.host}/push/{browser.id}"
    return web.json_response({"endpoint": endpoint, "keys": browser.keys}, status=201)


async def _unsubscribe(request: web.Request) -> web.Response:
    state, name = request.app[STATE], request.match_info["id"]
    if state.browsers.pop(name, None) is None:
        return web.Response(status=404)
    state.gone.add(name)
    state.save()
    return web.Response(status=204)


async def _list_messages(request: web.Request) -> web.Response:
    return web.json_response([asdict(message) for message in request.app[STATE].messages])


async def _forget_messages(request: web.Request) -> web.Response:
    request.app[STATE].messages.clear()
    request.app[STATE].save()
    return web.Response(status=204)


if __name__ == "__main__":
    web.run_app(create_app(file=Path(sys.argv[2])), host="127.0.0.1", port=int(sys.argv[1]), print=None)
