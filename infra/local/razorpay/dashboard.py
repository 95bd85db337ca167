"""What people do in the vendor's dashboard and banks behind it, for tests and for the curious: JSON in, JSON out, no key."""

from typing import Any

from aiohttp import web

from infra.local.razorpay.bank import Bank
from infra.local.razorpay.entities import BankError
from infra.local.razorpay.state import STATE


def add_to(app: web.Application) -> None:
    app.router.add_get("/_dashboard", summary)
    app.router.add_post("/_dashboard/payments/{id}/refund", refund)
    app.router.add_post("/_dashboard/payments/{id}/dispute", dispute)
    app.router.add_post("/_dashboard/refunds/{id}", decide_refund)
    app.router.add_post("/_dashboard/disputes/{id}", decide_dispute)
    app.router.add_post("/_dashboard/settle", settle)
    app.router.add_post("/_dashboard/authorize-late", authorize_late)


async def summary(request: web.Request) -> web.Response:
    """What the bank took and gave back, to compare books with."""
    books = _bank(request).books
    taken = [payment for payment in books.payments.values() if payment["captured"]]
    returned = [refund for refund in books.refunds.values() if refund["status"] == "processed"]
    lost = [dispute for dispute in books.disputes.values() if dispute["status"] == "lost"]
    figures = {
        "orders": len(books.orders),
        "payments": len(books.payments),
        "captured": sum(payment["amount"] for payment in taken),
        "fees": sum(payment["fee"] for payment in taken),
        "refunded": sum(refund["amount"] for refund in returned),
        "chargedBack": sum(dispute["amount"] for dispute in lost),
        "messagesWaiting": len(_bank(request).messages.waiting()),
    }
    return web.json_response(figures)


async def refund(request: web.Request) -> web.Response:
    """`{"amount"?}`: without, all that is left."""
    body = await _body(request)
    return _answer(request, _bank(request).refund(request.match_info["id"], body.get("amount")))


async def dispute(request: web.Request) -> web.Response:
    """`{"amount"?}`"""
    body = await _body(request)
    return _answer(request, _bank(request).open_dispute(request.match_info["id"], body.get("amount")))


async def decide_refund(request: web.Request) -> web.Response:
    """`{"status": "processed" | "failed"}`"""
    status = (await _body(request)).get("status")
    if status not in ("processed", "failed"):
        raise BankError("A refund goes to processed or failed", field="status")
    bank = _bank(request)
    decide = bank.process_refund if status == "processed" else bank.fail_refund
    return _answer(request, decide(request.match_info["id"]))


async def decide_dispute(request: web.Request) -> web.Response:
    """`{"status": "under_review" | "won" | "lost" | "closed"}`"""
    return _answer(request, _bank(request).move_dispute(request.match_info["id"], (await _body(request)).get("status")))


async def settle(request: web.Request) -> web.Response:
    return _answer(request, _bank(request).settle() or {})


async def authorize_late(request: web.Request) -> web.Response:
    """Now, without waiting for their time."""
    return _answer(request, {"items": _bank(request).authorize_late()})


@web.middleware
async def refusals(request: web.Request, handler: Any) -> web.StreamResponse:
    """The bank's own words for what it does not do here."""
    try:
        response: web.StreamResponse = await handler(request)
        return response
    except BankError as error:
        return web.json_response(error.body(), status=error.status)


def _bank(request: web.Request) -> Bank:
    return request.app[STATE].bank


def _answer(request: web.Request, answer: dict[str, Any]) -> web.Response:
    request.app[STATE].changed = True
    return web.json_response(answer)


async def _body(request: web.Request) -> dict[str, Any]:
    body = await request.json() if request.body_exists else {}
    if not isinstance(body, dict):
        raise BankError("The body has to be an object.")
    return body
