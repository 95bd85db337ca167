"""What is said of an event to whom: in the app, and in a mail."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from academy.payments.books.words import grouped


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said of an event, to one user or (None) to every admin. `path` is where the app leads to."""

    user_id: UUID | None
    title: str
    body: str
    path: str
    data: dict[str, Any]


def certificate_issued(payload: dict[str, Any]) -> Notice:
    return Notice(
        user_id=UUID(payload["userId"]),
        title="Your certificate is ready",
        body=f"You have completed “{payload['courseTitle']}”. Your certificate {payload['serial']} can be downloaded and verified by anyone.",
        path=f"/verify/{payload['serial']}",
        data={"certificateId": payload["certificateId"], "courseId": payload["courseId"], "serial": payload["serial"]},
    )


def generation_finished(payload: dict[str, Any]) -> Notice:
    return Notice(
        user_id=UUID(payload["userId"]),
        title="Your course is written",
        body=f"“{payload['title']}” is ready as a draft. Read it, change what you like, and submit it for review.",
        path=f"/courses/{payload['courseId']}",
        data={"jobId": payload["jobId"], "courseId": payload["courseId"]},
    )


def generation_failed(payload: dict[str, Any]) -> Notice:
    return Notice(
        user_id=UUID(payload["userId"]),
        title="Your course could not be finished",
        body=f"Writing “{payload['title']}” stopped: {payload['reason']} What was made is kept; you can go on from there.",
        path=f"/courses/generate/{payload['jobId']}",
        data={"jobId": payload["jobId"]},
    )


def course_approved(payload: dict[str, Any]) -> Notice:
    return Notice(
        user_id=UUID(payload["instructorId"]),
        title="Your course is published",
        body=f"“{payload['title']}” was approved. Learners can enrol now.",
        path=f"/courses/{payload['courseId']}",
        data={"courseId": payload["courseId"]},
    )


def course_rejected(payload: dict[str, Any]) -> Notice:
    return Notice(
        user_id=UUID(payload["instructorId"]),
        title="Your course needs another look",
        body=f"“{payload['title']}” was not approved: {payload['reason']}",
        path=f"/courses/{payload['courseId']}",
        data={"courseId": payload["courseId"]},
    )


def payment_captured(payload: dict[str, Any]) -> Notice:
    paid = f"Your payment of {money(payload)} has arrived. " if payload["amount"] else ""
    return Notice(
        user_id=UUID(payload["userId"]),
        title="You are in",
        body=f"{paid}“{payload['courseTitle']}” is yours, and your invoice can be downloaded.",
        path=f"/courses/{payload['courseId']}",
        data={"paymentId": payload["paymentId"], "courseId": payload["courseId"]},
    )


def refund_processed(payload: dict[str, Any]) -> Notice | None:
    """Nobody is told of money that came from we don't know whom."""
    if payload["userId"] is None:
        return None
    why = {"paid_twice": " You had paid for it already.", "course_gone": " The course is no longer there."}.get(payload["origin"], "")
    return Notice(
        user_id=UUID(payload["userId"]),
        title="Your refund is on its way",
        body=f"{money(payload)} for “{payload['courseTitle']}” went back to where they came from.{why} Banks take up to seven days.",
        path="/payments",
        data={"paymentId": payload["paymentId"], "refundId": payload["refundId"]},
    )


def refund_failed(payload: dict[str, Any]) -> Notice:
    return Notice(
        user_id=None,
        title="A refund failed",
        body=f"The payment vendor did not carry it out: {payload['reason']}",
        path=f"/admin/payments/{payload['paymentId']}",
        data={"paymentId": payload["paymentId"], "refundId": payload["refundId"]},
    )


def payment_in_doubt(payload: dict[str, Any]) -> Notice:
    return Notice(
        user_id=None,
        title="A payment needs review",
        body=f"{payload['reason']} It is held, and nobody was let in by it.",
        path=f"/admin/payments/{payload['paymentId']}",
        data={"paymentId": payload["paymentId"]},
    )


def payment_disputed(payload: dict[str, Any]) -> Notice:
    return Notice(
        user_id=None,
        title="A payment is disputed",
        body=f"A learner's bank disputes {money(payload)}. The vendor waits for an answer.",
        path=f"/admin/payments/{payload['paymentId']}",
        data={"paymentId": payload["paymentId"], "disputeId": payload["disputeId"]},
    )


def money(payload: dict[str, Any]) -> str:
    sign = "₹" if payload["currency"] == "INR" else f"{payload['currency']} "
    return f"{sign}{grouped(payload['amount'])}"


NOTICES: dict[str, Callable[[dict[str, Any]], Notice | None]] = {
    "certificate.issued": certificate_issued,
    "generation.completed": generation_finished,
    "generation.failed": generation_failed,
    "course.published": course_approved,
    "course.rejected": course_rejected,
    "payment.captured": payment_captured,
    "payment.disputed": payment_disputed,
    "payment.needs_review": payment_in_doubt,
    "refund.failed": refund_failed,
    "refund.processed": refund_processed,
}
MAILED = frozenset({"certificate.issued", "generation.completed", "payment.captured", "refund.processed"})
"""Those of them that are written to their user as well."""
