"""Of attempts without an end only so many are asked for, the newest first; the others are found in the vendor's settlements."""

import time

import pytest

from academy.payments.reconciliation import phases
from academy.payments.reconciliation.report import Run
from tests.integration.payments.shop import Shop


def test_the_newest_attempt_is_asked_for_first(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given attempts that failed and were authorised later without a word, when one may be asked for, then it is the last; whatever the vendor's ids."""
    orders, attempts = [], list[str]()
    while len(attempts) < 2 or attempts[-1] == max(attempts):
        orders.append(shop.order())
        attempts.append(shop.pay(orders[-1], "late"))
        shop.deliver()
    shop.work()
    shop.bank.authorize_late()
    monkeypatch.setattr(phases, "MOST_NOT_FINAL", 1)

    phases.not_final(Run(db=shop.db, gateway=shop.gateway, deadline=time.monotonic() + 60))

    assert [shop.payment(order["id"])["status"] for order in orders] == ["failed"] * (len(orders) - 1) + ["captured"]
