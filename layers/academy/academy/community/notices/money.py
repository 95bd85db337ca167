"""What is said of money: to who paid, and to the admins who have to put something right.

Mails about one's own payments and refunds are receipts: they can't be switched off, and nothing holds them back.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from academy.community.notices.kind import Facts, Kind, Text, Told
from academy.community.values import Channel, Weight
from academy.identity.values import Language
from academy.payments.books.words import grouped
from academy.payments.events import DisputeOpened, PaymentCaptured, PaymentNeedsReview, RefundFailed, RefundProcessed

EN, HI = Language.ENGLISH, Language.HINDI
_RECEIPT = frozenset({Channel.IN_APP, Channel.EMAIL})
_NOT_MAILED = frozenset({Channel.IN_APP, Channel.PUSH})
_WHY = {
    EN: {"paid_twice": " You had paid for it already.", "course_gone": " The course is no longer there."},
    HI: {"paid_twice": " आप इसका भुगतान पहले ही कर चुके थे।", "course_gone": " यह कोर्स अब उपलब्ध नहीं है।"},
}


def money(facts: Facts) -> str:
    sign = "₹" if facts["currency"] == "INR" else f"{facts['currency']} "
    return f"{sign}{grouped(facts['amount'])}"


def _captured(payload: Mapping[str, Any]) -> Told:
    names = ("paymentId", "courseId", "courseTitle", "amount", "currency")
    return Told(UUID(payload["userId"]), {name: payload[name] for name in names})


def _captured_en(facts: Facts, _count: int) -> Text:
    paid = f"Your payment of {money(facts)} has arrived. " if facts["amount"] else ""
    return Text("You are in", f"{paid}“{facts['courseTitle']}” is yours, and your invoice can be downloaded.", "Open the course")


def _captured_hi(facts: Facts, _count: int) -> Text:
    paid = f"आपका {money(facts)} का भुगतान मिल गया है। " if facts["amount"] else ""
    return Text("आपका नामांकन हो गया", f"{paid}“{facts['courseTitle']}” अब आपका है, और आपका इनवॉइस डाउनलोड किया जा सकता है।", "कोर्स खोलें")


def _refunded(payload: Mapping[str, Any]) -> Told | None:
    """Nobody is told of money that came from we don't know whom."""
    if payload["userId"] is None:
        return None
    names = ("paymentId", "refundId", "courseTitle", "amount", "currency", "origin")
    return Told(UUID(payload["userId"]), {name: payload[name] for name in names})


def _refunded_en(facts: Facts, _count: int) -> Text:
    why = _WHY[EN].get(facts["origin"], "")
    body = f"{money(facts)} for “{facts['courseTitle']}” went back to where they came from.{why} Banks take up to seven days."
    return Text("Your refund is on its way", body, "See your payments")


def _refunded_hi(facts: Facts, _count: int) -> Text:
    why = _WHY[HI].get(facts["origin"], "")
    body = f"“{facts['courseTitle']}” के {money(facts)} उसी माध्यम में लौटाए जा रहे हैं जिससे भुगतान हुआ था।{why} बैंक इसमें सात दिन तक लेते हैं।"
    return Text("आपका रिफ़ंड भेज दिया गया है", body, "अपने भुगतान देखें")


def _to_admins(*names: str) -> Any:
    def told(payload: Mapping[str, Any]) -> Told:
        return Told(None, {name: payload[name] for name in names})

    return told


def _refund_failed_en(facts: Facts, _count: int) -> Text:
    return Text("A refund failed", f"The payment vendor did not carry it out: {facts['reason']}", "Open the payment")


def _refund_failed_hi(facts: Facts, _count: int) -> Text:
    return Text("एक रिफ़ंड विफल रहा", f"भुगतान सेवा ने उसे पूरा नहीं किया: {facts['reason']}", "भुगतान खोलें")


def _in_doubt_en(facts: Facts, _count: int) -> Text:
    return Text("A payment needs review", f"{facts['reason']} It is held, and nobody was let in by it.", "Open the payment")


def _in_doubt_hi(facts: Facts, _count: int) -> Text:
    body = f"{facts['reason']} राशि रोककर रखी गई है, और इससे किसी का नामांकन नहीं हुआ।"
    return Text("एक भुगतान की समीक्षा करनी है", body, "भुगतान खोलें")


def _disputed_en(facts: Facts, _count: int) -> Text:
    return Text("A payment is disputed", f"A learner's bank disputes {money(facts)}. The vendor waits for an answer.", "Open the payment")


def _disputed_hi(facts: Facts, _count: int) -> Text:
    body = f"एक शिक्षार्थी के बैंक ने {money(facts)} के भुगतान पर विवाद उठाया है। भुगतान सेवा उत्तर की प्रतीक्षा में है।"
    return Text("एक भुगतान पर विवाद है", body, "भुगतान खोलें")


def _to_the_payment(facts: Facts) -> str:
    return f"/admin/payments/{facts['paymentId']}"


PAYMENT = Kind(
    name=PaymentCaptured.kind,
    label={EN: "Payments", HI: "भुगतान"},
    told=_captured,
    words={EN: _captured_en, HI: _captured_hi},
    path=lambda facts: f"/courses/{facts['courseId']}",
    weight=Weight.MONEY,
    fixed=_RECEIPT,
)
REFUND = Kind(
    name=RefundProcessed.kind,
    label={EN: "Refunds", HI: "रिफ़ंड"},
    told=_refunded,
    words={EN: _refunded_en, HI: _refunded_hi},
    path=lambda _facts: "/payments",
    weight=Weight.MONEY,
    fixed=_RECEIPT,
)
REFUND_FAILED = Kind(
    name=RefundFailed.kind,
    label={EN: "A refund failed", HI: "रिफ़ंड विफल रहा"},
    told=_to_admins("paymentId", "refundId", "reason"),
    words={EN: _refund_failed_en, HI: _refund_failed_hi},
    path=_to_the_payment,
    channels=_NOT_MAILED,
    fixed=frozenset({Channel.IN_APP}),
    for_admins=True,
)
IN_DOUBT = Kind(
    name=PaymentNeedsReview.kind,
    label={EN: "A payment needs review", HI: "भुगतान की समीक्षा"},
    told=_to_admins("paymentId", "reason"),
    words={EN: _in_doubt_en, HI: _in_doubt_hi},
    path=_to_the_payment,
    channels=_NOT_MAILED,
    fixed=frozenset({Channel.IN_APP}),
    for_admins=True,
)
DISPUTED = Kind(
    name=DisputeOpened.kind,
    label={EN: "A payment is disputed", HI: "भुगतान पर विवाद"},
    told=_to_admins("paymentId", "disputeId", "amount", "currency"),
    words={EN: _disputed_en, HI: _disputed_hi},
    path=_to_the_payment,
    channels=_NOT_MAILED,
    fixed=frozenset({Channel.IN_APP}),
    for_admins=True,
)
KINDS = (PAYMENT, REFUND, REFUND_FAILED, IN_DOUBT, DISPUTED)
