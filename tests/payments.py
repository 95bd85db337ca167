"""A vendor for tests, in memory: the stand-in's bank behind `Gateway`, and what a learner and the vendor do with it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from academy.payments.gateway import (
    GatewayRejected,
    GatewayUnavailable,
    VendorOrder,
    VendorPayment,
    VendorRefund,
    VendorSettlementLine,
)
from academy.payments.keys import Keys
from academy.payments.razorpay_entities import order_of, payment_of, refund_of, settlement_line_of
from infra.local.razorpay.bank import Bank
from infra.local.razorpay.entities import KEY_ID, KEY_SECRET, WEBHOOK_SECRET, BankError, Entity

KEYS = Keys(KEY_ID, KEY_SECRET, (WEBHOOK_SECRET,))


@dataclass
class FakeGateway:
    """`calls` are the names of what was asked, in order. `trouble` meets calls by name, once each: with `before` nothing was done,
    with `after` it was done and the answer is lost; `refused` is the vendor's no."""

    bank: Bank
    calls: list[str] = field(default_factory=list)
    trouble: list[tuple[str, str]] = field(default_factory=list)

    def create_order(self, *, amount: int, currency: str, receipt: UUID) -> VendorOrder:
        return order_of(self._ask("create_order", lambda: self.bank.create_order(amount=amount, currency=currency, receipt=str(receipt))))

    def order_payments(self, order_id: str) -> Sequence[VendorPayment]:
        return [payment_of(one) for one in self._ask("order_payments", lambda: self.bank.order_payments(order_id))]

    def payment(self, payment_id: str) -> VendorPayment | None:
        if payment_id not in self.bank.books.payments:
            self._ask("payment", lambda: None)
            return None
        return payment_of(self._ask("payment", lambda: self.bank.payment(payment_id)))

    def capture(self, payment: VendorPayment) -> VendorPayment:
        def capture() -> Entity:
            now = self.bank.payment(payment.id)
            return now if now["captured"] else self.bank.capture(payment.id, payment.amount)

        return payment_of(self._ask("capture", capture))

    def refund(self, payment_id: str, *, amount: int, refund_id: UUID) -> VendorRefund:
        key = str(refund_id)
        return refund_of(self._ask("refund", lambda: self.bank.refund(payment_id, amount, receipt=key, idempotency=key)))

    def refunds_of(self, payment_id: str) -> Sequence[VendorRefund]:
        return [refund_of(one) for one in self._ask("refunds_of", lambda: self.bank.refunds(payment_id))]

    def payments_between(self, start: datetime, end: datetime, *, skip: int, count: int) -> Sequence[VendorPayment]:
        found = self._ask(
            "payments_between", lambda: self.bank.payments(int(start.timestamp()), int(end.timestamp()), skip=skip, count=min(count, 100))
        )
        return [payment_of(one) for one in found]

    def settlement(self, day: date) -> Sequence[VendorSettlementLine]:
        found = self._ask("settlement", lambda: self.bank.reconciled(day.year, day.month, day.day, count=1000))
        return [settlement_line_of(one) for one in found]

    def _ask[T](self, name: str, what: Callable[[], T]) -> T:
        self.calls.append(name)
        way = next((way for call, way in self.trouble if call == name), None)
        if way is not None:
            self.trouble.remove((name, way))
        if way == "before":
            raise GatewayUnavailable
        if way == "refused":
            raise GatewayRejected("BAD_REQUEST_ERROR", "The vendor does not want to.")
        try:
            answer = what()
        except BankError as error:
            raise GatewayRejected(error.code, error.description) from error
        if way == "after":
            raise GatewayUnavailable
        return answer


def pay(bank: Bank, razorpay_order_id: str, outcome: str = "success", *, webhooks: str = "normal") -> dict[str, Any]:
    """What the checkout hands over: `{razorpay_order_id, razorpay_payment_id, razorpay_signature}`, or `{"error": …}`."""
    return bank.pay(razorpay_order_id, outcome, webhooks=webhooks)


def webhooks(bank: Bank, *, secret: str = WEBHOOK_SECRET) -> list[tuple[dict[str, str], bytes]]:
    """All that is waiting to be sent, in the order of sending; it is taken out of the bank, late ones too."""
    return [message.signed(secret) for message in bank.take_messages()]
