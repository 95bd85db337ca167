"""Behind the CDN: limits are the caller's and not everybody's who comes by the same edge, and nobody goes around it."""

from collections.abc import Iterator

import pytest

from academy.platform import config as configuration
from tests.api import Client, Reply
from tests.factories import Factory

SECRET = "known-to-the-cdn"
EDGE = "130.176.0.9"


@pytest.fixture
def behind_cdn(client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv("ORIGIN_SECRET", SECRET)
    monkeypatch.setenv("RATE_LIMITS", "production")
    configuration.config.cache_clear()
    yield client
    configuration.config.cache_clear()


def by_cdn(client: Client, forwarded: str, *, secret: str = SECRET) -> Reply:
    return client.get("/courses", headers={"X-Academy-Origin": secret, "X-Forwarded-For": f"{forwarded}, {EDGE}"}, ip=EDGE)


def counted(make: Factory) -> set[str]:
    return {row["bucket"].rpartition(":")[2] for row in make.rows("select bucket from rate_counters where bucket like 'address:%'")}


def test_callers_by_the_same_edge_are_counted_apart(behind_cdn: Client, make: Factory) -> None:
    assert by_cdn(behind_cdn, "198.51.100.1").status == 200
    assert by_cdn(behind_cdn, "198.51.100.2").status == 200

    assert counted(make) == {"198.51.100.1", "198.51.100.2"}


def test_what_a_caller_wrote_into_the_header_is_not_believed(behind_cdn: Client, make: Factory) -> None:
    assert by_cdn(behind_cdn, "10.0.0.1, 127.0.0.1, 198.51.100.1").status == 200

    assert counted(make) == {"198.51.100.1"}


@pytest.mark.parametrize("secret", ["", "guessed", "known-to-the-cdn ", "schlüssel"])
def test_who_goes_around_the_cdn_is_refused(behind_cdn: Client, make: Factory, secret: str) -> None:
    reply = by_cdn(behind_cdn, "198.51.100.1", secret=secret)

    assert (reply.status, reply.code) == (403, "FORBIDDEN")
    assert counted(make) == set()


def test_without_a_cdn_the_gateway_sees_the_caller(client: Client, make: Factory) -> None:
    client.get("/courses", headers={"X-Forwarded-For": "10.0.0.1, 10.0.0.2"}, ip="198.51.100.1")

    assert counted(make) == {"198.51.100.1"}
