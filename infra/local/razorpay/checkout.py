"""The checkout page: who pays chooses how it ends, and how the academy hears of it.

GET shows the form; POST with `outcome` and `webhooks` pays. With `Accept: application/json` the answer is what the real checkout hands
to the page that opened it, otherwise a page that shows it.
"""

import html
from pathlib import Path
from string import Template
from typing import Any

from aiohttp import web

from infra.local.razorpay.entities import BankError, Entity
from infra.local.razorpay.state import STATE

OUTCOMES = {
    "success": ("It succeeds", "Authorised, captured at once."),
    "failure": ("It fails", "The bank declines. The order can be paid again."),
    "late": ("It fails, then succeeds", "Declined now; the bank authorises it ten seconds later all the same."),
}
WEBHOOKS = {
    "normal": ("Normally", "Each message once, in order."),
    "none": ("Not at all", "No message about this payment is ever sent."),
    "duplicate": ("Twice", "Each message comes twice."),
    "shuffled": ("In the wrong order", "What happened last arrives first."),
    "late": ("Late", "Twenty seconds after it happened."),
}
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
}
SIGNS = {"INR": "₹", "USD": "$", "EUR": "€", "GBP": "£"}

_PAGE = Template((Path(__file__).parent / "checkout.html").read_text(encoding="utf-8"))


async def show(request: web.Request) -> web.Response:
    return _page("Pay", _form(request.app[STATE].bank.order(request.match_info["id"])))


async def pay(request: web.Request) -> web.Response:
    form = await request.post()
    state, order_id = request.app[STATE], request.match_info["id"]
    answer = state.bank.pay(order_id, str(form.get("outcome", "")), webhooks=str(form.get("webhooks", "normal")))
    state.changed = True
    if _wants_json(request):
        return web.json_response(answer, headers=HEADERS)
    return _page("Paid" if "error" not in answer else "Not paid", _result(state.bank.order(order_id), answer))


@web.middleware
async def refusals(request: web.Request, handler: Any) -> web.StreamResponse:
    """What the bank refuses, as a page for people."""
    try:
        response: web.StreamResponse = await handler(request)
        return response
    except BankError as error:
        if not request.path.startswith("/pay/") or _wants_json(request):
            raise
        text = f'<h1>This does not work</h1><p role="alert">{html.escape(error.description)}</p>'
        return _page("This does not work", text, status=error.status)


def money(amount: int, currency: str) -> str:
    """As India writes it: ₹1,23,456.00."""
    whole, part = divmod(amount, 100)
    digits = str(whole)
    head, tail = digits[:-3], digits[-3:]
    groups = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)][::-1]
    return f"{SIGNS.get(currency, f'{currency} ')}{','.join([*groups, tail])}.{part:02}"


def _form(order: Entity) -> str:
    amount = html.escape(money(order["amount"], order["currency"]))
    paid = '<p class="note" role="status">This order is paid already. Paying again takes the money twice.</p>' if _is_paid(order) else ""
    return f"""{_head(order, amount)}{paid}
<form method="post">
{_choice("outcome", "How does the payment end?", OUTCOMES)}
{_choice("webhooks", "How does the academy hear of it?", WEBHOOKS)}
<button>Pay {amount}</button>
</form>"""


def _result(order: Entity, answer: dict[str, Any]) -> str:
    amount = html.escape(money(order["amount"], order["currency"]))
    error = answer.get("error")
    shown = {**error, "metadata": ", ".join(error["metadata"].values())} if error else answer
    listed = "".join(
        f"<dt>{html.escape(name)}</dt><dd><code id='{html.escape(name)}'>{html.escape(str(value))}</code></dd>"
        for name, value in shown.items()
    )
    said = f"Not paid: {html.escape(error['description'])}" if error else f"{amount} paid."
    after = (
        "This is what the checkout hands to the page that opened it."
        if error
        else "The page that opened the checkout now sends this to <code>POST /api/v1/payments/verify</code>."
    )
    again = '<p><a href="">Back to the order</a></p>'
    return f'{_head(order, amount)}<p role="status" class="{"bad" if error else "good"}">{said}</p><p>{after}</p><dl>{listed}</dl>{again}'


def _head(order: Entity, amount: str) -> str:
    return f"""<h1>{amount}</h1>
<dl class="order"><dt>Order</dt><dd><code>{html.escape(order["id"])}</code></dd><dt>Receipt</dt>
<dd><code>{html.escape(order["receipt"] or "none")}</code></dd><dt>State</dt><dd>{html.escape(order["status"])}</dd></dl>"""


def _choice(name: str, question: str, options: dict[str, tuple[str, str]]) -> str:
    first = next(iter(options))
    rows = "".join(
        f"""<div class="option"><input type="radio" id="{name}-{value}" name="{name}" value="{value}"{" checked" if value == first else ""}
 aria-describedby="{name}-{value}-about"><label for="{name}-{value}">{label}</label><p id="{name}-{value}-about">{about}</p></div>"""
        for value, (label, about) in options.items()
    )
    return f"<fieldset><legend>{question}</legend>{rows}</fieldset>"


def _is_paid(order: Entity) -> bool:
    return bool(order["status"] == "paid")


def _wants_json(request: web.Request) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _page(title: str, body: str, *, status: int = 200) -> web.Response:
    return web.Response(text=_PAGE.substitute(title=title, body=body), status=status, content_type="text/html", headers=HEADERS)
