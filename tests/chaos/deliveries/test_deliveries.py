"""Nothing lost, nothing doubled; and a harness that would see it."""

import logging
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from academy.platform import aws
from academy.platform import config as configuration
from academy.platform.auth import tokens
from academy.platform.db import Database
from tests.api import Client
from tests.chaos.deliveries.broker import Broker
from tests.chaos.deliveries.faults import POINTS, WAYS
from tests.chaos.deliveries.harness import Harness, Outcome
from tests.factories import Factory
from tests.issuer import Issuer

BOUNDED = 1200
"""Deliveries in `make test`; `make chaos DELIVERIES=100000` for the long run, CHAOS_SEED= to see one again."""

DELIVERIES = int(os.environ.get("DELIVERIES") or BOUNDED)
SEED = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(1_000_000))

Run = Callable[[int, str], Outcome]


@pytest.fixture
def run(db: Database, make: Factory, issuer: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """As the fixture `client`, but that what is published goes to AWS's edge."""
    monkeypatch.setenv("USER_POOL_ISSUER", issuer.url)
    caches = (configuration.config, tokens.verifier, aws.client)
    for cache in caches:
        cache.cache_clear()
    client = Client(issuer)
    client.checked = DELIVERIES <= BOUNDED
    logging.disable(logging.ERROR)  # a refused call to AWS is logged with its trace: thousands of them
    yield lambda deliveries, sabotage: Harness(client, make, tmp_path, monkeypatch, SEED).run(deliveries, sabotage=sabotage)
    logging.disable(logging.NOTSET)
    for cache in caches:
        cache.cache_clear()


@pytest.mark.slow
@pytest.mark.timeout(300 + DELIVERIES // 10)
def test_nothing_is_lost_and_nothing_doubled(run: Run) -> None:
    outcome = run(DELIVERIES, "none")

    print(f"\n{outcome}")
    assert outcome.lost.total() == 0, outcome
    assert outcome.doubled.total() == 0, outcome
    assert outcome.audit["drift"] == 0, outcome
    # And it was no calm day.
    assert {f"{point} {way}" for point in POINTS for way in WAYS} <= set(outcome.faults), outcome
    assert {"PutEvents partial", "PutEvents refused", "PutEvents answer_lost"} <= set(outcome.faults), outcome
    assert outcome.figures["repeated"] > outcome.deliveries / 5, outcome
    assert outcome.figures["poison in dead letters"] > 0, outcome


@pytest.mark.slow
def test_an_inbox_that_forgets_is_seen(run: Run) -> None:
    """The harness sees what it is for."""
    outcome = run(200, "forgetful_inbox")

    assert outcome.doubled["mails"] > 0, outcome
    assert outcome.doubled["starts"] > 0, outcome


@pytest.mark.slow
def test_an_inbox_that_notes_before_it_acts_is_seen(run: Run) -> None:
    outcome = run(500, "hasty_inbox")

    assert outcome.lost["notices"] > 0, outcome
    assert outcome.lost["mails_unplanned"] > 0, outcome


def test_a_message_is_tried_as_often_as_the_template_says_and_comes_back_by_redrive() -> None:
    broker = Broker(random.Random(1), wild=False)
    broker.poison()
    (queue,) = [name for name, messages in broker.queues.items() if messages]

    tried = 0
    while broker.waiting:
        broker.now += 1
        batch = broker.receive(queue)
        tried += len(batch)
        broker.settle(batch, {message.id for message in batch})

    assert tried == broker.tries == 5
    assert len(broker.dead[queue]) == 1

    broker.redrive()
    assert len(broker.queues[queue]) == 1
