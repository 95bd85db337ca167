"""Events as the queues bring them, and the mails that come of them."""

from datetime import UTC, datetime
from typing import Any

from academy.platform.events import Envelope
from academy.platform.ids import uuid7
from functions.events import app as events

User = dict[str, Any]
QUEUES = ("notifications", "email")


def told(kind: str, **payload: Any) -> Envelope:
    return Envelope(id=str(uuid7()), kind=kind, version=1, occurred_at=datetime.now(UTC), payload=payload)


def badge(user: User, slug: str = "first_course") -> Envelope:
    return told("badge.earned", userId=str(user["id"]), badge=slug)


def certificate(user: User, title: str = "Bridges") -> Envelope:
    ids = {"certificateId": str(uuid7()), "courseId": str(uuid7())}
    return told("certificate.issued", userId=str(user["id"]), courseTitle=title, serial="ABCD-EFGH", **ids)


def payment(user: User) -> Envelope:
    ids = {name: str(uuid7()) for name in ("paymentId", "orderId", "courseId")}
    return told("payment.captured", userId=str(user["id"]), courseTitle="Bridges", amount=49905, currency="INR", **ids)


def deliver(*envelopes: Envelope, queues: tuple[str, ...] = QUEUES) -> None:
    for envelope in envelopes:
        for queue in queues:
            events.consume(queue, envelope)
