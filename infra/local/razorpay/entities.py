"""The vendor's things as its API shows them, and its way to say no. Amounts in paise, times in seconds since 1970."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

Entity = dict[str, Any]

KEY_ID = "rzp_test_academy"
KEY_SECRET = "local_key_secret"
WEBHOOK_SECRET = "local_webhook_secret"

BASIS = 10_000
FEE_BASIS_POINTS = 200
FEE_TAX_BASIS_POINTS = 1800


@dataclass
class BankError(Exception):
    """What the bank refuses, with the words that the vendor uses for it."""

    description: str
    code: str = "BAD_REQUEST_ERROR"
    status: int = 400
    field: str | None = None
    reason: str = "input_validation_failed"

    def __str__(self) -> str:
        return f"{self.code}: {self.description}"

    def body(self) -> Entity:
        error = {
            "code": self.code,
            "description": self.description,
            "source": "business",
            "step": "payment_initiation",
            "reason": self.reason,
            "metadata": {},
        }
        return {"error": {**error, "field": self.field} if self.field else error}


def unknown() -> BankError:
    """The vendor answers 400, not 404, and in these words for an id of any kind."""
    return BankError("The id provided does not exist")


def fee_of(amount: int) -> tuple[int, int]:
    """What a payment costs, tax included, and the tax in it."""
    fee = amount * FEE_BASIS_POINTS // BASIS
    tax = fee * FEE_TAX_BASIS_POINTS // BASIS
    return fee + tax, tax


def signed(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def new_order(identity: str, *, amount: int, currency: str, receipt: str | None, notes: Any, automatic: bool, now: int) -> Entity:
    return {
        "id": identity,
        "entity": "order",
        "amount": amount,
        "amount_paid": 0,
        "amount_due": amount,
        "currency": currency,
        "receipt": receipt,
        "offer_id": None,
        "status": "created",
        "attempts": 0,
        "notes": notes or [],
        "created_at": now,
        "_automatic": automatic,
    }


def new_payment(identity: str, *, order: Entity, amount: int, currency: str, method: str, webhooks: str, now: int) -> Entity:
    return {
        "id": identity,
        "entity": "payment",
        "amount": amount,
        "currency": currency,
        "status": "created",
        "order_id": order["id"],
        "invoice_id": None,
        "international": False,
        "method": method,
        "amount_refunded": 0,
        "refund_status": None,
        "captured": False,
        "description": None,
        "card_id": None,
        "bank": None,
        "wallet": None,
        "vpa": "learner@upi" if method == "upi" else None,
        "email": "learner@example.test",
        "contact": "+919000000000",
        "notes": order["notes"],
        "fee": None,
        "tax": None,
        "error_code": None,
        "error_description": None,
        "error_source": None,
        "error_step": None,
        "error_reason": None,
        "acquirer_data": {},
        "created_at": now,
        "_webhooks": webhooks,
        "_settled": None,
    }


def new_refund(identity: str, *, payment: Entity, amount: int, receipt: str | None, notes: Any, now: int) -> Entity:
    return {
        "id": identity,
        "entity": "refund",
        "amount": amount,
        "currency": payment["currency"],
        "payment_id": payment["id"],
        "notes": notes or [],
        "receipt": receipt,
        "acquirer_data": {"arn": None},
        "created_at": now,
        "batch_id": None,
        "status": "pending",
        "speed_processed": "normal",
        "speed_requested": "normal",
        "_settled": None,
    }


def new_dispute(identity: str, *, payment: Entity, amount: int, reason: str, phase: str, respond_by: int, now: int) -> Entity:
    return {
        "id": identity,
        "entity": "dispute",
        "payment_id": payment["id"],
        "amount": amount,
        "currency": payment["currency"],
        "amount_deducted": 0,
        "reason_code": reason,
        "respond_by": respond_by,
        "status": "open",
        "phase": phase,
        "created_at": now,
        "_settled": None,
    }


def shown(entity: Entity) -> Entity:
    """Without what the bank notes for itself."""
    return {name: value for name, value in entity.items() if not name.startswith("_")}


def collection(items: list[Entity]) -> Entity:
    return {"entity": "collection", "count": len(items), "items": [shown(item) for item in items]}
