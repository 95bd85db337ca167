"""What every test may use: a real PostgreSQL with the real migrations, and the product's configuration."""

import os
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from academy.community import secret as notification_secret
from academy.identity import accounts as vendor
from academy.identity import cognito
from academy.migrations import runner
from academy.payments import keys as payment_keys
from academy.payments import razorpay_gateway
from academy.platform import config as configuration
from academy.platform import events
from academy.platform.auth import tokens
from academy.platform.db import Database, connect
from academy.platform.db import work as unit_of_work
from academy.platform.events import Envelope
from infra.local.postgres import Server, temporary_server
from infra.local.razorpay.bank import Bank
from tests.accounts import FakeAccounts
from tests.api import Client
from tests.factories import Factory
from tests.issuer import Issuer, running_issuer
from tests.payments import KEYS, FakeGateway

ROOT = Path(__file__).parent.parent
CACHE = Path(os.environ.get("ACADEMY_CACHE") or ROOT / ".local" / "cache")
TEMPLATE = "academy_template"
SERVER_PORT = "TEST_POSTGRES_PORT"
"""The environment's name for the port of a server that is up and migrated: for many short runs after one another."""

TEST_ENVIRONMENT = {
    "STAGE": "test",
    "USER_POOL_ID": "ap-south-1_test",
    "USER_POOL_CLIENT_ID": "testclient",
    "USER_POOL_ISSUER": "https://issuer.test/pool",
    "USER_POOL_DOMAIN_URL": "https://signin.test",
    "BUCKET": "academy-test",
    "EVENT_BUS": "academy-test",
    "PUBLIC_URL": "http://127.0.0.1:3000",
    "ALLOWED_ORIGINS": "http://localhost:5173",
    "REDIRECT_URIS": "http://localhost:5173/auth/callback,http://localhost:3000/auth/callback",
    "RATE_LIMITS": "generous",
    "COURSE_GENERATION_ARN": "arn:aws:states:ap-south-1:000000000000:stateMachine:course-generation",
    "CERTIFICATE_ISSUANCE_ARN": "arn:aws:states:ap-south-1:000000000000:stateMachine:certificate-issuance",
    "MAIL_FROM": "academy@academy.test",
    "NOTIFICATION_SECRET_ARN": "arn:aws:secretsmanager:ap-south-1:000000000000:secret:notifications",
    "PUSH_SERVICES": "fcm.googleapis.com,*.push.services.mozilla.com,*.notify.windows.com,*.push.apple.com",
    "VENDOR_SECRETS_ARN": "arn:aws:secretsmanager:ap-south-1:000000000000:secret:vendors",
    "RAZORPAY_SECRET_ARN": "arn:aws:secretsmanager:ap-south-1:000000000000:secret:razorpay",
    "DOCUMENT_TASKS_FUNCTION": "academy-test-document-tasks",
    "AWS_REGION": "ap-south-1",
    "AWS_DEFAULT_REGION": "ap-south-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "POWERTOOLS_LOG_LEVEL": "WARNING",
    "POWERTOOLS_METRICS_NAMESPACE": "Academy",
}


@pytest.fixture(scope="session", autouse=True)
def environment() -> Iterator[None]:
    """The environment of a deployment, as the product reads it."""
    before = dict(os.environ)
    os.environ.update(TEST_ENVIRONMENT)
    os.environ.pop("AWS_ENDPOINT_URL", None)
    configuration.config.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(notification_secret, "read", lambda: "a secret of the tests' own")
        yield
    os.environ.clear()
    os.environ.update(before)


@dataclass(frozen=True)
class Databases:
    """A server with a migrated template database; each test that commits gets a copy of it (40 ms)."""

    server: Server
    template: str

    def owner_url(self, name: str) -> str:
        return self.server.url(name, user=runner.OWNER)

    def app_url(self, name: str) -> str:
        return self.server.url(name, user=runner.APP)

    def copy(self) -> str:
        name = f"t_{uuid.uuid4().hex}"
        admin = connect(self.server.url("postgres"))
        admin.command(f"create database {name} template {self.template} strategy file_copy")
        admin.close()
        return name

    def drop(self, name: str) -> None:
        admin = connect(self.server.url("postgres"))
        admin.command(f"drop database if exists {name} with (force)")
        admin.close()


def migrated(server: Server) -> Databases:
    server.ensure_database(TEMPLATE)
    runner.prepare(server.url(TEMPLATE))
    runner.upgrade(server.url(TEMPLATE, user=runner.OWNER))
    return Databases(server, TEMPLATE)


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    port = os.environ.get(SERVER_PORT)
    if port:
        yield Databases(Server(CACHE, CACHE, int(port)), TEMPLATE)
        return
    with temporary_server(CACHE) as server:
        yield migrated(server)


@pytest.fixture
def database_name(databases: Databases) -> Iterator[str]:
    name = databases.copy()
    yield name
    databases.drop(name)


@pytest.fixture
def database_url(databases: Databases, database_name: str) -> str:
    """A migrated, empty database of this test's own, as the application's role."""
    return databases.app_url(database_name)


@pytest.fixture
def db(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The product's database for this test: what `database()` gives the handlers too."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    configuration.config.cache_clear()
    unit_of_work.database.cache_clear()
    yield unit_of_work.database()
    unit_of_work.database().discard()
    unit_of_work.database.cache_clear()
    configuration.config.cache_clear()


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    with running_issuer() as running:
        yield running


@pytest.fixture
def make(databases: Databases, database_name: str) -> Iterator[Factory]:
    factory = Factory(databases.owner_url(database_name))
    yield factory
    factory.close()


@pytest.fixture
def accounts(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAccounts]:
    """The user pool of the test, empty; stands in for Cognito."""
    pool = FakeAccounts(issuer)
    monkeypatch.setattr(cognito, "CognitoAccounts", lambda: pool)
    vendor.accounts.cache_clear()
    yield pool
    vendor.accounts.cache_clear()


@pytest.fixture
def bank() -> Bank:
    """Where learners of this test pay, with nothing in it."""
    return Bank(time.time, salt=uuid.uuid4().hex)


@pytest.fixture
def gateway(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGateway]:
    """The product's way to that bank; stands in for Razorpay, and its keys for Secrets Manager's."""
    fake = FakeGateway(bank)
    monkeypatch.setattr(razorpay_gateway, "RazorpayGateway", lambda _keys, _base_url: fake)
    monkeypatch.setattr(payment_keys, "read", lambda: KEYS)
    payment_keys.forget()
    yield fake
    payment_keys.forget()


@pytest.fixture
def client(
    db: Database, issuer: Issuer, published: list[Envelope], accounts: FakeAccounts, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Client]:
    """The whole HTTP API in this process on this test's database; events end in `published`."""
    monkeypatch.setenv("USER_POOL_ISSUER", issuer.url)
    configuration.config.cache_clear()
    tokens.verifier.cache_clear()
    yield Client(issuer)
    tokens.verifier.cache_clear()


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[Envelope]:
    """The events published during the test, in order; stands in for EventBridge."""
    seen: list[Envelope] = []

    def put(envelopes: list[Envelope]) -> list[str]:
        seen.extend(envelopes)
        return [envelope.id for envelope in envelopes]

    monkeypatch.setattr(events, "put", put)
    return seen
