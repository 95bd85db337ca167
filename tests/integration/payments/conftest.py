"""A shop whose vendor is the stand-in's bank."""

import pytest

from academy.platform.db import Database
from academy.platform.events import Envelope
from infra.local.razorpay.bank import Bank
from tests.api import Client
from tests.factories import Factory
from tests.integration.payments.shop import Shop
from tests.payments import FakeGateway


@pytest.fixture
def shop(db: Database, make: Factory, bank: Bank, gateway: FakeGateway, client: Client, published: list[Envelope]) -> Shop:
    return Shop(db, make, bank, gateway, client, published)
