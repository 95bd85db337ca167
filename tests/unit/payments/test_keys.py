"""The vendor's keys: read from Secrets Manager, seen anew after a rotation, and kept through its trouble."""

import importlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from academy.payments import keys, razorpay_gateway
from academy.payments.gateway import GatewayUnavailable

FIRST = {"keyId": "rzp_test_1", "keySecret": "one", "webhookSecrets": ["a"]}
ROTATED = {"keyId": "rzp_test_2", "keySecret": "two", "webhookSecrets": ["a", "b"]}


class Secrets:
    """Stands in for the client of Secrets Manager. `secret` may be an error."""

    def __init__(self) -> None:
        self.secret: Any = FIRST
        self.asked: list[str] = []

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803
        self.asked.append(SecretId)
        if isinstance(self.secret, Exception):
            raise self.secret
        return {"SecretString": json.dumps(self.secret)}


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(keys, "time", clock)
    return clock


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Secrets]:
    secrets = Secrets()
    monkeypatch.setattr(keys, "client", lambda _service: secrets)
    importlib.import_module("botocore.parsers")  # as with the real client
    keys.forget()
    yield secrets
    keys.forget()


def test_they_are_read_once_and_a_rotation_is_seen_within_five_minutes(secrets: Secrets, clock: Clock) -> None:
    assert keys.keys().webhook_secrets == ("a",)
    secrets.secret = ROTATED
    clock.now += 299
    assert keys.keys().key_id == "rzp_test_1"
    assert len(secrets.asked) == 1

    clock.now += 1

    assert keys.keys() == keys.Keys("rzp_test_2", "two", ("a", "b"))


def test_the_gateway_is_kept_until_the_keys_change(secrets: Secrets, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def make(known: keys.Keys, _base_url: str) -> object:
        made.append(known.key_id)
        return object()

    monkeypatch.setattr(razorpay_gateway, "RazorpayGateway", make)

    assert keys.gateway() is keys.gateway()
    secrets.secret = ROTATED
    clock.now += 300
    keys.gateway()

    assert made == ["rzp_test_1", "rzp_test_2"]


def test_known_ones_outlive_a_secrets_manager_in_trouble(secrets: Secrets, clock: Clock) -> None:
    keys.keys()
    secrets.secret = ConnectTimeoutError(endpoint_url="https://secretsmanager")
    clock.now += 300

    assert keys.keys().key_id == "rzp_test_1"


def test_without_any_payments_are_not_available(secrets: Secrets, clock: Clock) -> None:
    secrets.secret = ConnectTimeoutError(endpoint_url="https://secretsmanager")

    with pytest.raises(GatewayUnavailable):
        keys.keys()


def test_a_secret_that_nobody_has_filled_is_looked_at_again(secrets: Secrets, clock: Clock) -> None:
    secrets.secret = {"keyId": "", "keySecret": "", "webhookSecrets": [], "unused": "generated"}
    with pytest.raises(GatewayUnavailable):
        keys.keys()
    secrets.secret = FIRST

    assert keys.keys().key_id == "rzp_test_1"


def test_what_is_refused_is_a_mistake_of_ours(secrets: Secrets, clock: Clock) -> None:
    secrets.secret = ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetSecretValue")

    with pytest.raises(ClientError):
        keys.keys()


def test_they_are_not_shown_by_accident(secrets: Secrets, clock: Clock) -> None:
    assert "one" not in repr(keys.keys())
    assert "'a'" not in str(keys.keys())
