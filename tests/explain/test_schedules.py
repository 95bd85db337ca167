"""What runs at night reads an academy piece by piece: no piece reads a large table from end to end."""

import time
from collections import Counter

import pytest

from academy.admin import auditor
from academy.payments import reconciliation
from academy.platform.db import work as unit_of_work
from infra.local.razorpay.bank import Bank
from tests.explain.conftest import Filled
from tests.explain.plans import Mode
from tests.payments import FakeGateway

PIECES = 3
"""Of each statement; the others are like them."""
ROWS = 300
"""At once: of a filled academy that is as small a part as the real size is of a large one."""


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
def test_no_piece_of_the_audit_reads_a_large_table_from_end_to_end(mode: Mode, filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (auditor.badges, auditor.books, auditor.certificates, auditor.deliveries, auditor.journal):
        monkeypatch.setattr(module, "ROWS_AT_ONCE", ROWS)
    filled.connection.asked.clear()

    auditor.audit(unit_of_work.database())

    seen: Counter[str] = Counter()
    problems: set[str] = set()
    for text, values in filled.connection.asked:
        seen[text] += 1
        if seen[text] <= PIECES:
            problems.update({f"{table}: {text}" for table in filled.explainer.cost([(text, values)], mode).end_to_end})
    assert not problems, "\n".join(sorted(problems))
    assert len(seen) >= 8
    assert max(seen.values()) > PIECES


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
def test_comparing_with_the_payment_vendor_reads_no_large_table_from_end_to_end(mode: Mode, filled: Filled) -> None:
    bank = Bank(time.time)
    for _ in range(3):
        bank.pay(bank.create_order(amount=500)["id"], "failure")
    filled.connection.asked.clear()

    reconciliation.scheduled(unit_of_work.database(), FakeGateway(bank))

    asked = list(filled.connection.asked)
    problems = {f"{table}: {text}" for text, values in asked for table in filled.explainer.cost([(text, values)], mode).end_to_end}
    assert not problems, "\n".join(sorted(problems))
    assert len({text for text, _ in asked}) >= 10
