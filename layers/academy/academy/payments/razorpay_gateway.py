"""Razorpay behind `Gateway`, by its SDK, which is loaded with the first gateway.

The SDK (2.0.1) waits for ever, prints where a connection fails, takes a page of HTML for JSON, and keeps neither the status nor an unknown
code of an error. So it is given a session of ours, which judges an answer before the SDK reads it.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from academy.payments import razorpay_entities as entities
from academy.payments.gateway import GatewayRejected, GatewayUnavailable, VendorOrder, VendorPayment, VendorRefund, VendorSettlementLine
from academy.payments.keys import Keys, forget

CONNECT_SECONDS = 3
READ_SECONDS = 6
STALE_SECONDS = 1
"""Within which a dead connection shows itself, and there is time to ask again."""
PAGE = 100
SETTLEMENT_PAGE = 1000
LATE_MINUTES = 5 * 24 * 60
"""How late an authorisation may come and still be captured by itself: the most that the vendor offers."""

_ID = re.compile(r"[A-Za-z0-9_]{1,64}")
_BUSY = frozenset({409, 429})
"""Another call with the same idempotency key is under way; too many calls."""

type Entity = Mapping[str, Any]


class RazorpayGateway:
    """`base_url` empty: the vendor's own."""

    def __init__(self, keys: Keys, base_url: str = "") -> None:
        import razorpay

        options = {"base_url": base_url} if base_url else {}
        self._client = razorpay.Client(session=_Session(), auth=(keys.key_id, keys.key_secret), **options)

    def create_order(self, *, amount: int, currency: str, receipt: UUID) -> VendorOrder:
        late = {"automatic_expiry_period": LATE_MINUTES, "manual_expiry_period": LATE_MINUTES, "refund_speed": "normal"}
        capture = {"capture": "automatic", "capture_options": late}
        order = self._client.order.create({"amount": amount, "currency": currency, "receipt": str(receipt), "payment": capture})
        return _read(entities.order_of, order)

    def order_payments(self, order_id: str) -> Sequence[VendorPayment]:
        return _items(entities.payment_of, self._client.order.payments(_safe(order_id)))

    def payment(self, payment_id: str) -> VendorPayment | None:
        try:
            return _read(entities.payment_of, self._client.payment.fetch(_safe(payment_id)))
        except GatewayRejected:
            # An unknown id, or one that is none. There is nothing else to say no to.
            return None

    def capture(self, payment: VendorPayment) -> VendorPayment:
        try:
            # A dictionary of its own: the SDK's default is one for all calls.
            captured = self._client.payment.capture(_safe(payment.id), payment.amount, {"currency": payment.currency})
        except GatewayRejected:
            now = self.payment(payment.id)
            if now is None or not now.captured:
                raise
            return now
        return _read(entities.payment_of, captured)

    def refund(self, payment_id: str, *, amount: int, refund_id: UUID) -> VendorRefund:
        wanted = {"amount": amount, "speed": "normal", "receipt": str(refund_id)}
        headers = {"X-Refund-Idempotency": str(refund_id)}
        return _read(entities.refund_of, self._client.payment.refund(_safe(payment_id), wanted, headers=headers))

    def refunds_of(self, payment_id: str) -> Sequence[VendorRefund]:
        def page(skip: int) -> Entity:
            answer: Entity = self._client.payment.fetch_multiple_refund(_safe(payment_id), {"count": PAGE, "skip": skip})
            return answer

        return list(_pages(entities.refund_of, page, PAGE))

    def payments_between(self, start: datetime, end: datetime, *, skip: int, count: int) -> Sequence[VendorPayment]:
        times = {"from": int(start.timestamp()), "to": int(end.timestamp())}
        return _items(entities.payment_of, self._client.payment.all({**times, "skip": skip, "count": min(count, PAGE)}))

    def settlement(self, day: date) -> Sequence[VendorSettlementLine]:
        wanted = {"year": day.year, "month": day.month, "day": day.day, "count": SETTLEMENT_PAGE}

        def page(skip: int) -> Entity:
            answer: Entity = self._client.settlement.report({**wanted, "skip": skip})
            return answer

        return list(_pages(entities.settlement_line_of, page, SETTLEMENT_PAGE))


class _Session:
    """What the SDK takes for a `requests.Session`. Raises GatewayUnavailable and GatewayRejected; what it returns is a JSON object."""

    def __init__(self) -> None:
        import requests

        self._requests = requests
        self._session = requests.Session()

    def get(self, url: str, **options: Any) -> Any:
        return self._judged(self._answer("get", url, options))

    def post(self, url: str, **options: Any) -> Any:
        return self._judged(self._answer("post", url, options))

    def _answer(self, method: str, url: str, options: dict[str, Any]) -> Any:
        def ask() -> Any:
            return self._session.request(method, url, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False, **options)

        begun = time.monotonic()
        try:
            try:
                return ask()
            except self._requests.Timeout:
                raise
            except self._requests.ConnectionError:
                if time.monotonic() - begun > STALE_SECONDS:
                    raise
                # Mostly a connection that died while the function was frozen. All that is asked for may be asked twice: a refund has
                # its key, a payment is captured once, and an order that nobody hears of is never paid.
                return ask()
        except self._requests.RequestException as error:
            raise GatewayUnavailable from error

    def _judged(self, answer: Any) -> Any:
        try:
            body = answer.json()
        except ValueError:
            body = None
        if 200 <= answer.status_code < 300 and isinstance(body, dict):
            return answer
        error = body.get("error") if isinstance(body, dict) else None
        code, description = (str(error.get("code")), str(error.get("description"))) if isinstance(error, dict) else ("", "")
        if answer.status_code == 401:
            forget()  # changed at the vendor: the secret may know the new ones
            raise GatewayUnavailable
        decided = 400 <= answer.status_code < 500 and answer.status_code not in _BUSY and code == "BAD_REQUEST_ERROR"
        if not decided:
            raise GatewayUnavailable
        raise GatewayRejected(code, description)


def _safe(identity: str) -> str:
    """It becomes part of an address. Raises GatewayRejected."""
    if not _ID.fullmatch(identity):
        raise GatewayRejected("BAD_REQUEST_ERROR", "This is not an id.")
    return identity


def _read[T](translate: Callable[[Entity], T], entity: Entity) -> T:
    try:
        return translate(entity)
    except entities.MalformedEntity as error:
        raise GatewayUnavailable from error


def _items[T](translate: Callable[[Entity], T], answer: Entity) -> list[T]:
    items = answer.get("items")
    if not isinstance(items, list):
        raise GatewayUnavailable
    return [_read(translate, item) for item in items]


def _pages[T](translate: Callable[[Entity], T], page: Callable[[int], Entity], size: int) -> Iterator[T]:
    """All of a list that comes in pieces."""
    skip = 0
    while True:
        items = _items(translate, page(skip))
        yield from items
        if len(items) < size:
            return
        skip += size
