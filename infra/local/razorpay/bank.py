"""A bank with play money that follows the vendor's rules: orders, attempts to pay them, refunds, disputes, settlements, messages.

Pure: no network, no file, no clock but the one it is given. What it answers are copies in the shape of the vendor's API.
"""

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from infra.local.razorpay import settling
from infra.local.razorpay.entities import (
    KEY_SECRET,
    BankError,
    Entity,
    fee_of,
    new_dispute,
    new_order,
    new_payment,
    new_refund,
    shown,
    signed,
    unknown,
)
from infra.local.razorpay.messages import MODES, Message, Messages

Clock = Callable[[], float]
Outcome = Literal["success", "failure", "late"]
OUTCOMES = ("success", "failure", "late")
LATE_AUTHORIZATION = 10  # seconds
REFUND_SECONDS = 3.0
LEAST = 100
CURRENCIES = ("INR", "USD", "EUR", "GBP", "SGD")
RESPOND_SECONDS = 7 * 86_400
DECLINED = {
    "error_code": "BAD_REQUEST_ERROR",
    "error_description": "Your payment didn't go through as it was declined by the bank. Try another payment method or contact your bank.",
    "error_source": "bank",
    "error_step": "payment_authorization",
    "error_reason": "payment_failed",
}
NO_ERROR = dict.fromkeys(DECLINED)


@dataclass
class Books:
    """All that the bank knows, ready for JSON."""

    orders: dict[str, Entity] = field(default_factory=dict)
    payments: dict[str, Entity] = field(default_factory=dict)
    refunds: dict[str, Entity] = field(default_factory=dict)
    disputes: dict[str, Entity] = field(default_factory=dict)
    settlements: dict[str, Entity] = field(default_factory=dict)
    idempotency: dict[str, Entity] = field(default_factory=dict)
    """By `X-Refund-Idempotency`: what was asked, and the refund that it became."""
    late: dict[str, float] = field(default_factory=dict)
    """Failed payments that will be authorised all the same, and when."""
    numbers: int = 0


class Bank:
    """Safe to use from several threads. `salt` keeps two banks' ids apart; with `pending_refunds` a refund takes its time."""

    def __init__(self, clock: Clock, *, salt: str = "", pending_refunds: bool = False) -> None:
        self.clock = clock
        self.salt = salt
        self.pending_refunds = pending_refunds
        self.refund_seconds = REFUND_SECONDS
        self.books = Books()
        self.messages = Messages()
        self._lock = threading.RLock()

    # What the academy asks for

    def create_order(
        self, *, amount: Any, currency: Any = "INR", receipt: str | None = None, notes: Any = None, automatic: bool = True
    ) -> Entity:
        with self._lock:
            if not isinstance(amount, int) or isinstance(amount, bool):
                raise BankError("The amount must be an integer.", field="amount")
            if amount < LEAST:
                raise BankError("Order amount less than minimum amount allowed", field="amount")
            if currency not in CURRENCIES:
                raise BankError("Currency is not supported", field="currency")
            if receipt is not None and len(receipt) > 40:
                raise BankError("The receipt may not be greater than 40 characters.", field="receipt")
            identity = self._id("order")
            order = new_order(
                identity, amount=amount, currency=currency, receipt=receipt, notes=notes, automatic=automatic, now=self._now()
            )
            self.books.orders[identity] = order
            return shown(order)

    def order(self, order_id: str) -> Entity:
        with self._lock:
            return shown(self._order(order_id))

    def order_payments(self, order_id: str) -> list[Entity]:
        with self._lock:
            self._order(order_id)
            return [shown(payment) for payment in self.books.payments.values() if payment["order_id"] == order_id]

    def payment(self, payment_id: str) -> Entity:
        with self._lock:
            return shown(self._payment(payment_id))

    def payments(self, start: int, end: int, *, skip: int = 0, count: int = 10) -> list[Entity]:
        """Those made in that time, both ends included, the newest first."""
        with self._lock:
            wanted = [shown(payment) for payment in self.books.payments.values() if start <= payment["created_at"] <= end]
            return wanted[::-1][skip : skip + count]

    def capture(self, payment_id: str, amount: Any) -> Entity:
        with self._lock:
            payment = self._payment(payment_id)
            if payment["captured"]:
                raise BankError("This payment has already been captured", field="status")
            if payment["status"] != "authorized":
                raise BankError("Only payments which have been authorized and not yet captured can be captured", field="status")
            if amount != payment["amount"]:
                raise BankError("Capture amount must be equal to the amount authorized", field="amount")
            return self._captured(payment)

    def refund(
        self, payment_id: str, amount: int | None = None, *, receipt: str | None = None, notes: Any = None, idempotency: str | None = None
    ) -> Entity:
        """The rest without an amount. With an idempotency key that was seen before, the refund that it became."""
        with self._lock:
            payment = self._payment(payment_id)
            asked = {"payment_id": payment_id, "amount": amount, "receipt": receipt}
            before = self.books.idempotency.get(idempotency or "")
            if before is not None:
                if before["asked"] != asked:
                    raise BankError("Different request body sent for the same Idempotent Header")
                return shown(self.books.refunds[before["refund_id"]])
            refund = self._refunded(payment, amount, receipt, notes)
            if idempotency:
                self.books.idempotency[idempotency] = {"asked": asked, "refund_id": refund["id"]}
            if not self.pending_refunds:
                return self.process_refund(refund["id"])
            return shown(refund)

    def refund_of(self, refund_id: str) -> Entity:
        with self._lock:
            return shown(_known(self.books.refunds, refund_id))

    def refunds(self, payment_id: str) -> list[Entity]:
        with self._lock:
            self._payment(payment_id)
            return [shown(refund) for refund in self.books.refunds.values() if refund["payment_id"] == payment_id]

    # What learners and their banks do

    def pay(self, order_id: str, outcome: str = "success", *, webhooks: str = "normal") -> Entity:
        """What the checkout hands to the page: ids and a signature, or `{"error": …}`.

        The messages about this payment follow `webhooks` from now on. A late one is authorised by `authorize_late`.
        """
        if outcome not in OUTCOMES or webhooks not in MODES:
            raise BankError(f"The outcome is one of {', '.join(OUTCOMES)}, webhooks one of {', '.join(MODES)}.")
        with self._lock:
            payment = self.attempt(order_id, webhooks=webhooks)
            if outcome == "success":
                self.authorize(payment["id"])
                return self.receipt(payment["id"])
            failed = self.fail(payment["id"])
            if outcome == "late":
                self.books.late[payment["id"]] = self.clock() + LATE_AUTHORIZATION
            told = {name.removeprefix("error_"): failed[name] for name in DECLINED}
            return {"error": {**told, "metadata": {"payment_id": payment["id"], "order_id": order_id}}}

    def receipt(self, payment_id: str) -> Entity:
        """What the checkout hands over for a payment that went through: the signature proves who says so, not how much it was."""
        payment = self.payment(payment_id)
        order_id = payment["order_id"]
        signature = signed(f"{order_id}|{payment_id}".encode(), KEY_SECRET)
        return {"razorpay_order_id": order_id, "razorpay_payment_id": payment_id, "razorpay_signature": signature}

    def attempt(
        self, order_id: str, *, method: str = "upi", webhooks: str = "normal", amount: int | None = None, currency: str | None = None
    ) -> Entity:
        """A learner begins to pay. Another amount or currency than the order's can't happen: for those who don't rely on it."""
        with self._lock:
            order = self._order(order_id)
            identity = self._id("pay")
            payment = new_payment(
                identity,
                order=order,
                amount=order["amount"] if amount is None else amount,
                currency=currency or order["currency"],
                method=method,
                webhooks=webhooks,
                now=self._now(),
            )
            self.books.payments[identity] = payment
            order["attempts"] += 1
            if order["status"] == "created":
                order["status"] = "attempted"
            return shown(payment)

    def authorize(self, payment_id: str) -> Entity:
        """The learner's bank has agreed, perhaps after it had refused. Captured at once where the order says so, even if the order
        was paid already: the vendor promises otherwise, and learners were charged twice."""
        with self._lock:
            payment = self._payment(payment_id)
            if payment["status"] not in ("created", "failed"):
                raise BankError("The payment is authorized already", field="status")
            self.books.late.pop(payment_id, None)
            payment.update(NO_ERROR, status="authorized", acquirer_data={"rrn": str(self.books.numbers).zfill(12)})
            self._tell("payment.authorized", payment=payment)
            if self._order(payment["order_id"])["_automatic"]:
                return self._captured(payment)
            return shown(payment)

    def fail(self, payment_id: str) -> Entity:
        with self._lock:
            payment = self._payment(payment_id)
            if payment["status"] != "created":
                raise BankError("The payment was decided already", field="status")
            payment.update(DECLINED, status="failed")
            self._tell("payment.failed", payment=payment)
            return shown(payment)

    def authorize_late(self, *, due: float | None = None) -> list[Entity]:
        """The late ones whose time has come by `due`; all of them without."""
        with self._lock:
            ready = [payment_id for payment_id, at in self.books.late.items() if due is None or at <= due]
            return [self.authorize(payment_id) for payment_id in ready]

    def let_time_pass(self) -> bool:
        """What happens by itself by now: late authorisations, refunds on their way. Whether anything did."""
        with self._lock:
            now = self.clock()
            arrived = [
                refund["id"]
                for refund in self.books.refunds.values()
                if refund["status"] == "pending" and refund["created_at"] + self.refund_seconds <= now
            ]
            for refund_id in arrived:
                self.process_refund(refund_id)
            return bool(self.authorize_late(due=now)) or bool(arrived)

    def process_refund(self, refund_id: str) -> Entity:
        """The learner's bank has the money."""
        with self._lock:
            refund = self._pending(refund_id)
            refund["status"] = "processed"
            refund["acquirer_data"] = {"arn": str(self.books.numbers).zfill(14)}
            self._tell("refund.processed", refund=refund, payment=self._payment(refund["payment_id"]))
            return shown(refund)

    def fail_refund(self, refund_id: str) -> Entity:
        """The learner's account is closed, say: the money stays with the academy."""
        with self._lock:
            refund = self._pending(refund_id)
            refund["status"] = "failed"
            payment = self._payment(refund["payment_id"])
            self._given_back(payment, -refund["amount"])
            self._tell("refund.failed", refund=refund, payment=payment)
            return shown(refund)

    # What happens at the vendor

    def open_dispute(
        self, payment_id: str, amount: int | None = None, *, reason: str = "goods_or_services_not_received", phase: str = "chargeback"
    ) -> Entity:
        with self._lock:
            payment = self._payment(payment_id)
            if not payment["captured"]:
                raise BankError("Only a captured payment can be disputed", field="payment_id")
            amount = payment["amount"] if amount is None else amount
            if not 0 < amount <= payment["amount"]:
                raise BankError("The disputed amount has to be a part of the payment", field="amount")
            now, identity = self._now(), self._id("disp")
            dispute = new_dispute(
                identity, payment=payment, amount=amount, reason=reason, phase=phase, respond_by=now + RESPOND_SECONDS, now=now
            )
            self.books.disputes[identity] = dispute
            self._tell("payment.dispute.created", dispute=dispute, payment=payment)
            return shown(dispute)

    def move_dispute(self, dispute_id: str, status: Any) -> Entity:
        """under_review, won, lost (the money is taken from the academy) or closed."""
        with self._lock:
            dispute = _known(self.books.disputes, dispute_id)
            if dispute["status"] not in ("open", "under_review"):
                raise BankError("The dispute is closed already", field="status")
            if status not in ("under_review", "won", "lost", "closed"):
                raise BankError("A dispute goes to under_review, won, lost or closed", field="status")
            dispute["status"] = status
            if status == "lost":
                dispute["amount_deducted"] = dispute["amount"]
            self._tell(f"payment.dispute.{status}", dispute=dispute, payment=self._payment(dispute["payment_id"]))
            return shown(dispute)

    def settle(self) -> Entity | None:
        """Pays out what has not been paid out yet; None where there is nothing."""
        with self._lock:
            settlement = settling.settle(self.books, self._id("setl"), self._now())
            if settlement is not None:
                self.messages.tell(self._event_id(), "settlement.processed", "normal", self.clock(), settlement=settlement)
            return None if settlement is None else shown(settlement)

    def reconciled(self, year: int, month: int, day: int | None = None, *, skip: int = 0, count: int = 10) -> list[Entity]:
        """The lines of what was paid out in that month, or on that day, of India."""
        with self._lock:
            return settling.lines(self.books, year, month, day)[skip : skip + count]

    def take_messages(self, wanted: Callable[[Message], bool] = lambda _: True) -> list[Message]:
        """Those to be sent, the earliest first: they are the taker's now."""
        with self._lock:
            return self.messages.take(wanted)

    # Storing

    def dump(self) -> dict[str, Any]:
        with self._lock:
            stored: dict[str, Any] = json.loads(
                json.dumps({"books": vars(self.books), "messages": self.messages.dump(), "salt": self.salt})
            )
            return stored

    @classmethod
    def load(cls, clock: Clock, stored: dict[str, Any]) -> Self:
        bank = cls(clock, salt=stored["salt"])
        bank.books = Books(**stored["books"])
        bank.messages = Messages.load(stored["messages"])
        return bank

    # Within

    def _captured(self, payment: Entity) -> Entity:
        fee, tax = fee_of(payment["amount"])
        payment.update(status="captured", captured=True, fee=fee, tax=tax)
        order = self._order(payment["order_id"])
        order.update(status="paid", amount_paid=order["amount"], amount_due=0)
        self._tell("payment.captured", payment=payment)
        self._tell("order.paid", payment=payment, order=order)
        return shown(payment)

    def _refunded(self, payment: Entity, amount: int | None, receipt: str | None, notes: Any) -> Entity:
        if not payment["captured"]:
            raise BankError("The payment status should be captured for action to be taken", field="status")
        left = payment["amount"] - payment["amount_refunded"]
        amount = left if amount is None else amount
        if not left:
            raise BankError("The payment has been fully refunded already", field="amount")
        if amount > left:
            raise BankError("The total refund amount is greater than the refund payment amount", field="amount")
        if amount < LEAST and amount != left:
            raise BankError("The amount must be atleast INR 1.00", field="amount")
        if amount <= 0:
            raise BankError("The amount must be positive.", field="amount")
        refund = new_refund(self._id("rfnd"), payment=payment, amount=amount, receipt=receipt, notes=notes, now=self._now())
        self.books.refunds[refund["id"]] = refund
        self._given_back(payment, amount)
        self._tell("refund.created", refund=refund, payment=payment)
        return refund

    def _given_back(self, payment: Entity, amount: int) -> None:
        back = payment["amount_refunded"] + amount
        whole = back == payment["amount"]
        payment.update(
            amount_refunded=back,
            refund_status=("full" if whole else "partial") if back else None,
            status="refunded" if whole else "captured",
        )

    def _pending(self, refund_id: str) -> Entity:
        refund = _known(self.books.refunds, refund_id)
        if refund["status"] != "pending":
            raise BankError("The refund was decided already", field="status")
        return refund

    def _order(self, order_id: str) -> Entity:
        return _known(self.books.orders, order_id)

    def _payment(self, payment_id: str) -> Entity:
        return _known(self.books.payments, payment_id)

    def _tell(self, kind: str, **entities: Entity) -> None:
        self.messages.tell(self._event_id(), kind, entities["payment"]["_webhooks"], self.clock(), **entities)

    def _now(self) -> int:
        return int(self.clock())

    def _event_id(self) -> str:
        return self._id("evt").removeprefix("evt_")

    def _id(self, kind: str) -> str:
        """As the vendor's: fourteen letters and digits."""
        self.books.numbers += 1
        digest = int.from_bytes(hashlib.sha256(f"{self.salt}:{self.books.numbers}".encode()).digest())
        letters = ""
        for _ in range(14):
            digest, place = divmod(digest, len(ALPHABET))
            letters += ALPHABET[place]
        return f"{kind}_{letters}"


ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _known(things: dict[str, Entity], identity: str) -> Entity:
    thing = things.get(identity)
    if thing is None:
        raise unknown()
    return thing
