"""The payment vendor's messages, and nothing else: what is not signed by the vendor costs no statement."""

from academy.payments import keys, webhooks
from academy.platform.http import Answer, Api, Request, ok, public

api = Api("webhooks", tag="Payments")
handler = api.handler


# Not limited: the vendor comes from few addresses, and a message that is refused is sent again. An unsigned one is refused before any statement.
@api.post("/payments/webhook", access=public(limit=None), at_once=True, idempotent=False, errors=[503])
def receive_payment_webhook(request: Request, raw: bytes) -> Answer:
    """What the payment vendor tells, signed over the body's bytes (`X-Razorpay-Signature`). The same message again gets the same answer."""
    webhooks.record(
        request.work,
        raw,
        signature=request.headers.get("x-razorpay-signature"),
        vendor_event_id=request.headers.get("x-razorpay-event-id"),
        secrets=keys.keys().webhook_secrets,
    )
    return ok({"received": True})
