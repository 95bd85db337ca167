"""Razorpay's JSON, as its API and its webhooks give it, in the product's own words.

Shared by the adapter and by the webhooks, so that one payment means the same whichever way it came. Source: https://razorpay.com/docs/api/.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, cast

from academy.payments.gateway import VendorDispute, VendorOrder, VendorPayment, VendorRefund, VendorSettlementLine

_ID = re.compile(r"[A-Za-z0-9_]{1,64}\Z")
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")
_UNFIT = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
"""What PostgreSQL can't keep, or nobody can read."""
LONGEST_TEXT = 500
LONGEST_RECEIPT = 64
LARGEST = 2**53
"""No amount is larger: beyond it JSON's numbers lose their units on the way."""
LAST_SECOND = 253_402_300_799
"""The end of the year 9999."""

PAYMENT_STATUSES = frozenset({"created", "authorized", "captured", "refunded", "failed"})
REFUND_STATUSES = frozenset({"pending", "processed", "failed"})
ORDER_STATUSES = frozenset({"created", "attempted", "paid"})
DISPUTE_STATUSES = frozenset({"open", "under_review", "won", "lost", "closed"})


class MalformedEntity(ValueError):
    """It is not what the vendor's documentation says. Names the field, never its value."""


def order_of(entity: Any) -> VendorOrder:
    fields = _mapping(entity)
    return VendorOrder(
        id=_id(fields, "id"),
        amount=_amount(fields, "amount"),
        currency=_currency(fields),
        receipt=_text(fields, "receipt", LONGEST_RECEIPT),
        status=cast(Literal["created", "attempted", "paid"], _one_of(fields, "status", ORDER_STATUSES)),
    )


def payment_of(entity: Any) -> VendorPayment:
    """A payment that was given back is `refunded` at the vendor: it had been captured. The fee is unknown (null) until then."""
    fields = _mapping(entity)
    status = _one_of(fields, "status", PAYMENT_STATUSES)
    return VendorPayment(
        id=_id(fields, "id"),
        order_id=_id(fields, "order_id") if fields.get("order_id") is not None else None,
        status=cast(Literal["created", "authorized", "captured", "refunded", "failed"], status),
        captured=_captured(fields, status),
        amount=_amount(fields, "amount"),
        currency=_currency(fields),
        amount_refunded=_amount(fields, "amount_refunded", absent=0),
        fee=_amount(fields, "fee", absent=0),
        fee_tax=_amount(fields, "tax", absent=0),
        method=_code(fields, "method"),
        error_code=_code(fields, "error_code"),
        error_description=_text(fields, "error_description", LONGEST_TEXT),
        created_at=_moment(fields, "created_at"),
    )


def refund_of(entity: Any) -> VendorRefund:
    fields = _mapping(entity)
    return VendorRefund(
        id=_id(fields, "id"),
        payment_id=_id(fields, "payment_id"),
        amount=_amount(fields, "amount", least=1),
        currency=_currency(fields),
        status=cast(Literal["pending", "processed", "failed"], _one_of(fields, "status", REFUND_STATUSES)),
        receipt=_text(fields, "receipt", LONGEST_RECEIPT),
        created_at=_moment(fields, "created_at"),
    )


def dispute_of(entity: Any) -> VendorDispute:
    fields = _mapping(entity)
    return VendorDispute(
        id=_id(fields, "id"),
        payment_id=_id(fields, "payment_id"),
        amount=_amount(fields, "amount", least=1),
        currency=_currency(fields),
        status=cast(Literal["open", "under_review", "won", "lost", "closed"], _one_of(fields, "status", DISPUTE_STATUSES)),
        reason_code=_code(fields, "reason_code"),
        phase=_code(fields, "phase"),
        respond_by=_moment(fields, "respond_by") if fields.get("respond_by") else None,
        created_at=_moment(fields, "created_at"),
    )


def settlement_line_of(entity: Any) -> VendorSettlementLine:
    """One item of `/v1/settlements/recon/combined`. A payment's own line names it as the entity, a refund's beside it."""
    fields = _mapping(entity)
    kind = _code(fields, "type")
    if kind is None:
        raise MalformedEntity("type")
    entity_id = _id(fields, "entity_id")
    other = _id(fields, "payment_id") if fields.get("payment_id") is not None else None
    return VendorSettlementLine(
        kind=kind,
        entity_id=entity_id,
        payment_id=entity_id if kind == "payment" else other,
        debit=_amount(fields, "debit", absent=0),
        credit=_amount(fields, "credit", absent=0),
        fee=_amount(fields, "fee", absent=0),
        fee_tax=_amount(fields, "tax", absent=0),
        settled=_flag(fields, "settled"),
    )


def _mapping(entity: Any) -> Mapping[str, Any]:
    if not isinstance(entity, Mapping):
        raise MalformedEntity("the entity is no object")
    return entity


def _id(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not _ID.match(value):
        raise MalformedEntity(name)
    return value


def _code(fields: Mapping[str, Any], name: str) -> str | None:
    """A word of the vendor's that is kept as it is, or nothing."""
    value = fields.get(name)
    if value in (None, ""):
        return None
    if not isinstance(value, str) or not _CODE.match(value):
        raise MalformedEntity(name)
    return value


def _text(fields: Mapping[str, Any], name: str, longest: int) -> str | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise MalformedEntity(name)
    return _UNFIT.sub(" ", value)[:longest].strip() or None


def _one_of(fields: Mapping[str, Any], name: str, known: frozenset[str]) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or value not in known:
        raise MalformedEntity(name)
    return value


def _amount(fields: Mapping[str, Any], name: str, *, absent: int | None = None, least: int = 0) -> int:
    value = fields.get(name)
    if value is None and absent is not None:
        return absent
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= LARGEST:
        raise MalformedEntity(name)
    return value


def _currency(fields: Mapping[str, Any]) -> str:
    value = fields.get("currency")
    if not isinstance(value, str) or len(value) != 3 or not (value.isascii() and value.isalpha() and value.isupper()):
        raise MalformedEntity("currency")
    return value


def _flag(fields: Mapping[str, Any], name: str) -> bool:
    """Booleans; some of the vendor's reports have 0 and 1."""
    value = fields.get(name, False)
    if value not in (True, False):
        raise MalformedEntity(name)
    return bool(value)


def _captured(fields: Mapping[str, Any], status: str) -> bool:
    """An authorised payment that nobody captured is refunded by the vendor itself: that money never was ours."""
    if status == "refunded":
        return fields.get("captured") is None or _flag(fields, "captured")
    return status == "captured" or (status != "failed" and _flag(fields, "captured"))


def _moment(fields: Mapping[str, Any], name: str) -> datetime:
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LAST_SECOND:
        raise MalformedEntity(name)
    return datetime.fromtimestamp(value, UTC)
