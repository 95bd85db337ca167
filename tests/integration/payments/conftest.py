"""A shop whose vendor is the stand-in's bank."""

from typing import Any

import pytest

from academy.platform.db import Database
from academy.platform.events import Envelope
from infra.local.razorpay.bank import Bank
from tests.api import Client
from tests.factories import Factory
from tests.integration.payments.buying import PRICE
from tests.integration.payments.shop import Shop
from tests.payments import FakeGateway


@pytest.fixture
def shop(db: Database, make: Factory, bank: Bank, gateway: FakeGateway, client: Client, published: list[Envelope]) -> Shop:
    return Shop(db, make, bank, gateway, client, published)


@pytest.fixture
def owner(make: Factory) -> dict[str, Any]:
    return make.user("instructor")


@pytest.fixture
def course(make: Factory, owner: dict[str, Any]) -> dict[str, Any]:
    """The owner's, priced."""
    return make.course(owner, price=PRICE)


@pytest.fixture
def learner(make: Factory) -> dict[str, Any]:
    return make.user()
