"""The vendors' stand-ins as one application: Claude, OpenAI's images, and a door for tests.

`ANTHROPIC_BASE_URL` is this server's address, `OPENAI_BASE_URL` the same with `/v1`. Run it alone with
`python -m infra.local.vendors.app PORT`.
"""

import sys
from dataclasses import asdict

from aiohttp import web

from infra.local.vendors import claude, images
from infra.local.vendors.faults import UnknownFaultError
from infra.local.vendors.state import STATE, State

USUAL_SECONDS = 0.8
MOST_BYTES = 32 * 1024 * 1024


def create_app(*, seconds: float = USUAL_SECONDS) -> web.Application:
    """`seconds` is how long an ordinary answer takes: 0 in unit tests, something to see for a person."""
    app = web.Application(client_max_size=MOST_BYTES)
    app[STATE] = State(seconds=seconds)
    app.on_shutdown.append(_let_go)
    app.router.add_post("/v1/messages", claude.messages)
    app.router.add_post("/v1/images/generations", images.generations)
    app.router.add_get("/_health", _health)
    app.router.add_get("/_faults", _list_faults)
    app.router.add_post("/_faults", _order_faults)
    app.router.add_delete("/_faults", _clear_faults)
    app.router.add_get("/_calls", _list_calls)
    app.router.add_delete("/_calls", _forget_calls)
    app.router.add_put("/_settings", _change_settings)
    return app


async def _let_go(app: web.Application) -> None:
    """Answers that were ordered never to come would hold up the end of the server."""
    app[STATE].closing.set()


async def _health(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _list_faults(request: web.Request) -> web.Response:
    return web.json_response([asdict(order) for order in request.app[STATE].faults.pending()])


async def _order_faults(request: web.Request) -> web.Response:
    try:
        request.app[STATE].faults.order(await request.json())
    except (UnknownFaultError, KeyError, TypeError, ValueError) as error:
        return web.json_response({"error": str(error)}, status=400)
    return await _list_faults(request)


async def _clear_faults(request: web.Request) -> web.Response:
    request.app[STATE].faults.clear()
    return web.Response(status=204)


async def _list_calls(request: web.Request) -> web.Response:
    return web.json_response(request.app[STATE].as_json())


async def _forget_calls(request: web.Request) -> web.Response:
    request.app[STATE].calls.clear()
    return web.Response(status=204)


async def _change_settings(request: web.Request) -> web.Response:
    request.app[STATE].seconds = float((await request.json())["seconds"])
    return web.Response(status=204)


if __name__ == "__main__":
    web.run_app(create_app(), host="127.0.0.1", port=int(sys.argv[1]), print=None)
