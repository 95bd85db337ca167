"""What differs between the vendor's word about a payment and our books, in a sentence."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from academy.payments.gateway import VendorPayment
from academy.payments.reconciliation.comparing import Known, difference

OURS = Known(id="pay_1", status="captured", amount_captured=900, fee=20, back=0, charged_back=0)
THEIRS = VendorPayment(
    id="pay_1", order_id="order_1", status="captured", captured=True, amount=900, currency="INR", fee=20, created_at=datetime(2026, 11, 21, tzinfo=UTC)
)  # fmt: skip


def ours(status: str = "captured", **values: Any) -> Known:
    return replace(OURS, status=status, **values)


def theirs(status: str = "captured", **values: Any) -> VendorPayment:
    return replace(THEIRS, status=status, captured=status == "captured", **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "facts", "said"),
    [
        (ours(), theirs(), None),
        (ours(), theirs(fee=0), None),  # not told yet
        (ours(charged_back=900), theirs(), None),
        (ours(back=300), theirs(amount_refunded=300), None),
        (None, theirs(), "Payment pay_1: the vendor took 900 INR, our books have 0."),
        (None, theirs(amount=0), "Payment pay_1: the vendor took 0 INR, our books have 0."),
        (ours(amount_captured=899), theirs(), "Payment pay_1: the vendor took 900 INR, our books have 899."),
        (ours(fee=19), theirs(), "Payment pay_1: the vendor's fee is 20, our books have 19."),
        (ours(back=1), theirs(), "Payment pay_1: the vendor gave 0 back, our books have 1."),
        (ours(), theirs(amount_refunded=1), "Payment pay_1: the vendor gave 1 back, our books have 0."),
        (ours("created", amount_captured=0), theirs("authorized"), "Payment pay_1 is authorised and not captured."),
        (ours(), theirs("authorized"), None),  # by its next word it is captured
        (None, theirs("authorized"), "Payment pay_1 is authorised and not captured."),
        (None, theirs("authorized", order_id=None), None),  # not by an order of ours, nor by anybody's
        (ours("created"), theirs("failed"), "Payment pay_1 has failed."),
        (ours("authorized"), theirs("failed"), None),
        (None, theirs("failed"), None),
        (ours("authorized"), theirs("refunded"), "Payment pay_1 was authorised, and let go by the vendor."),
        (ours("refunded"), theirs("refunded"), None),
        (None, theirs("refunded"), None),
        (ours("created"), theirs("created"), None),
        (None, theirs("created"), None),
    ],
)
def test_a_difference_is_told_and_agreement_is_not(known: Known | None, facts: VendorPayment, said: str | None) -> None:
    assert difference(known, facts) == said
