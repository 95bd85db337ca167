"""The stand-in for Razorpay as one application: its API, its checkout page, its dashboard, its messages.

`RAZORPAY_BASE_URL` is this server's address. Run it alone with `python -m infra.local.razorpay.app PORT FILE WEBHOOK_URL`.
"""

import sys
from dataclasses import asdict
from pathlib import Path

from aiohttp import web

from infra.local.razorpay import api, checkout, dashboard, sending
from infra.local.razorpay.faults import UnknownFaultError
from infra.local.razorpay.state import STATE, opened


def create_app(*, file: Path | None = None, webhook_url: str | None = None, refund_seconds: float = 0) -> web.Application:
    """`file` keeps the bank over restarts; without `webhook_url` nothing is sent; a refund arrives after `refund_seconds`, with 0
    at once, as it mostly does with the vendor."""
    app = web.Application(middlewares=[api.vendor, dashboard.refusals, checkout.refusals])
    state = app[STATE] = opened(file, webhook_url)
    state.bank.pending_refunds, state.bank.refund_seconds = refund_seconds > 0, refund_seconds
    app.on_shutdown.append(_let_go)
    app.cleanup_ctx.append(sending.running)
    route = app.router
    route.add_post("/v1/orders", api.create_order)
    route.add_get("/v1/orders/{id}", api.order)
    route.add_get("/v1/orders/{id}/payments", api.order_payments)
    route.add_get("/v1/payments", api.payments)
    route.add_get("/v1/payments/{id}", api.payment)
    route.add_post("/v1/payments/{id}/capture", api.capture)
    route.add_post("/v1/payments/{id}/refund", api.make_refund)
    route.add_get("/v1/payments/{id}/refunds", api.payment_refunds)
    route.add_get("/v1/refunds/{id}", api.refund)
    route.add_get("/v1/settlements/recon/combined", api.settlement_lines)
    route.add_route("*", "/v1/{nothing:.*}", api.nothing)
    route.add_get("/pay/{id}", checkout.show)
    route.add_post("/pay/{id}", checkout.pay)
    dashboard.add_to(app)
    route.add_get("/_health", _health)
    route.add_get("/_faults", _list_faults)
    route.add_post("/_faults", _order_faults)
    route.add_delete("/_faults", _clear_faults)
    route.add_get("/_calls", _list_calls)
    route.add_delete("/_calls", _forget_calls)
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
    return web.json_response(request.app[STATE].calls_as_json())


async def _forget_calls(request: web.Request) -> web.Response:
    request.app[STATE].calls.clear()
    return web.Response(status=204)


if __name__ == "__main__":
    where = create_app(file=Path(sys.argv[2]), webhook_url=sys.argv[3])
    web.run_app(where, host="127.0.0.1", port=int(sys.argv[1]), print=None)
