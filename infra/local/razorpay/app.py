"""The stand-in for Razorpay as one application: its API, its checkout page, its dashboard, its messages.

`RAZORPAY_BASE_URL` is this server's address. Run it alone with `python -m infra.local.razorpay.app PORT FILE WEBHOOK_URL`.
"""

import sys
from pathlib import Path

from aiohttp import web

from infra.local.door import Door
from infra.local.razorpay import api, checkout, dashboard, sending
from infra.local.razorpay.state import STATE, opened


def create_app(*, file: Path | None = None, webhook_url: str | None = None, refund_seconds: float = 0) -> web.Application:
    """`file` keeps the bank over restarts; without `webhook_url` nothing is sent; a refund arrives after `refund_seconds`, with 0
    at once, as it mostly does with the vendor."""
    app = web.Application(middlewares=[api.vendor, dashboard.refusals, checkout.refusals])
    state = app[STATE] = opened(file, webhook_url)
    state.bank.pending_refunds, state.bank.refund_seconds = refund_seconds > 0, refund_seconds
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
    Door(app[STATE]).add_to(app)
    return app


if __name__ == "__main__":
    where = create_app(file=Path(sys.argv[2]), webhook_url=sys.argv[3])
    web.run_app(where, host="127.0.0.1", port=int(sys.argv[1]), print=None)
