"""Random histories of buying and paying, with a vendor that fails and a database whose line is cut: nothing lost, nothing doubled.

`make chaos HISTORIES=10000` for the long run, `CHAOS_SEED=` and `HISTORY=` (its number) to see one again.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from academy.admin import auditor
from academy.platform import config as configuration
from academy.platform.auth import tokens
from academy.platform.db import work as unit_of_work
from infra.local.razorpay.bank import Bank
from tests.api import Client
from tests.chaos.http import seed
from tests.chaos.http.wire import running_wire
from tests.chaos.payments.books import Verdict, judge
from tests.chaos.payments.reused import reused
from tests.chaos.payments.shop import Shop
from tests.conftest import Databases
from tests.factories import Factory
from tests.issuer import Issuer
from tests.payments import FakeGateway

HISTORIES = int(os.environ.get("HISTORIES") or 12)
SEED = seed.SEED if os.environ.get("HISTORIES") or os.environ.get("CHAOS_SEED") else "1"
"""The long run looks for what nobody has seen; the bounded one that what was seen stays mended, and the moment decides enough in it."""
NUMBERS = range(HISTORIES) if "HISTORY" not in os.environ else range(int(os.environ["HISTORY"]), int(os.environ["HISTORY"]) + 1)
LENGTH = (8, 36)
"""Steps of a history."""


@contextmanager
def _told(which: str, shop: Shop) -> Iterator[None]:
    """Whatever goes wrong says in which history, and after what."""
    try:
        yield
    except Exception as error:
        error.add_note(f"in {which} after {shop.counts}")
        raise


@pytest.mark.slow
@pytest.mark.timeout(300 + 3 * HISTORIES)
def test_whatever_happens_the_books_agree_with_the_vendors(
    databases: Databases, issuer: Issuer, gateway: FakeGateway, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each history has an empty database and a bank of its own; what it did is told by its number, which with the seed repeats it."""
    client.checked = HISTORIES <= 100
    started, done = time.monotonic(), Counter[str]()
    with running_wire(databases.server.port) as wire, reused(databases) as many:
        for number, one in zip(NUMBERS, many, strict=False):
            dice = random.Random(f"{SEED} payments {number}")
            url = wire.through(databases.app_url(one.name))
            if os.environ.get("DATABASE_URL") != url:
                unit_of_work.database().discard()
                monkeypatch.setenv("DATABASE_URL", url)
                for cache in (configuration.config, tokens.verifier, unit_of_work.database):
                    cache.cache_clear()
            gateway.bank = Bank(time.time, salt=f"{SEED}{number}", pending_refunds=dice.random() < 0.5)
            shop = Shop(client, one.make, gateway.bank, gateway, wire, dice, one.at_once)
            with _told(f"history {number} of CHAOS_SEED={SEED}", shop):
                for _ in range(dice.randint(*LENGTH)):
                    shop.step()
                shop.calm()
                verdict = judge(one.make, gateway.bank)
                assert verdict.clean, verdict
                audit = auditor.audit(one.at_once[0])
                money = {figure: n for figure, n in audit.items() if n and figure not in {"checked", "drift"}}
                assert not {figure for figure in money if not figure.startswith("events_")}, money
            done.update(shop.counts)
            done["payments at the vendor"] += len(gateway.bank.books.payments)
        unit_of_work.database().discard()
    seconds = time.monotonic() - started
    print(f"\npayments: CHAOS_SEED={SEED}, {len(NUMBERS)} histories in {seconds:.0f} s: lost=0 doubled=0\n  {dict(sorted(done.items()))}")
    assert done["cuts"] > len(NUMBERS) or "HISTORY" in os.environ


def test_a_verdict_sees_what_is_wrong(make: Factory) -> None:
    """Money that the vendor took and we know nothing of."""
    bank = Bank(time.time)
    order = bank.create_order(amount=49900)
    bank.pay(order["id"])

    assert judge(make, bank) == Verdict(lost=Counter({"payments": 1}))
