"""The vendors' stand-ins as one application: Claude, OpenAI's images, and a door for tests.

`ANTHROPIC_BASE_URL` is this server's address, `OPENAI_BASE_URL` the same with `/v1`. Run it alone with
`python -m infra.local.vendors.app PORT`.
"""

import sys

from aiohttp import web

from infra.local.door import Door
from infra.local.vendors import claude, images
from infra.local.vendors.state import STATE, State

USUAL_SECONDS = 0.8
MOST_BYTES = 32 * 1024 * 1024


def create_app(*, seconds: float = USUAL_SECONDS) -> web.Application:
    """`seconds` is how long an ordinary answer takes: 0 in unit tests, something to see for a person."""
    app = web.Application(client_max_size=MOST_BYTES)
    app[STATE] = State(seconds=seconds)
    app.router.add_post("/v1/messages", claude.messages)
    app.router.add_post("/v1/images/generations", images.generations)
    app.router.add_put("/_settings", _change_settings)
    Door(app[STATE]).add_to(app)
    return app


async def _change_settings(request: web.Request) -> web.Response:
    request.app[STATE].seconds = float((await request.json())["seconds"])
    return web.Response(status=204)


if __name__ == "__main__":
    web.run_app(create_app(), host="127.0.0.1", port=int(sys.argv[1]), print=None)
