"""How a database's address is read, and which of its errors mean that the session is over."""

import socket
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from academy.platform import config as configuration
from academy.platform.db import ConnectionLost, DatabaseFailure, connect
from academy.platform.db.connection import _is_over, _lost, arguments


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    configuration.config.cache_clear()
    yield
    configuration.config.cache_clear()


def test_an_address_with_everything_in_it() -> None:
    told = arguments("postgresql://a%40b:p%3Aw@db.test:6000/academy?sslmode=disable", timeout=2.5)

    assert told == {
        "user": "a@b",
        "host": "db.test",
        "port": 6000,
        "database": "academy",
        "password": "p:w",
        "ssl_context": False,
        "timeout": 2.5,
        "application_name": "academy",
    }


def test_an_address_with_as_good_as_nothing_in_it() -> None:
    told = arguments("postgresql:///academy?sslmode=disable", timeout=None)

    assert (told["user"], told["host"], told["port"], told["password"], told["timeout"]) == ("", "localhost", 5432, None, None)


@pytest.mark.parametrize("options", ["", "?sslmode=verify-full", "?sslmode=require"])
def test_over_a_network_the_server_is_always_verified(options: str) -> None:
    told = arguments(f"postgresql://app:secret@db.test/academy{options}", timeout=1)

    context: Any = told["ssl_context"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert told["password"] == "secret"


def test_without_a_password_a_token_of_ours_is_one() -> None:
    """RDS: a signed link, its scheme left out, for this host, port and user."""
    token = arguments("postgresql://academy_app@db.test:6000/academy", timeout=1)["password"]

    parts = urlsplit(f"https://{token}")
    query = parse_qs(parts.query)
    assert (parts.netloc, query["Action"], query["DBUser"]) == ("db.test:6000", ["connect"], ["academy_app"])
    assert "/eu-north-1/rds-db/" in query["X-Amz-Credential"][0]


@pytest.mark.parametrize("code", ["08006", "08P01", "57P01", "57P02", "57P03", "25P03", "25006", "53300"])
def test_a_session_that_has_ended(code: str) -> None:
    assert _is_over({"C": code})


@pytest.mark.parametrize("code", ["", "57014", "25P02", "53200", "40001", "0A000", "10800"])
def test_a_session_that_goes_on(code: str) -> None:
    assert not _is_over({"C": code})
    assert not _is_over({})


def test_a_reader_after_a_fail_over_is_the_wrong_server() -> None:
    assert _is_over({"C": "0A000", "R": "get_relation_info"})
    assert not _is_over({"C": "23505", "R": "get_relation_info"})
    assert not _is_over({"C": "0A000", "R": "RevalidateCachedQuery"})


def test_what_broke_may_be_tried_again_and_what_kept_silent_not() -> None:
    silent = OSError("the driver's own")
    silent.__cause__ = TimeoutError()

    assert (str(_lost(BrokenPipeError("gone"))), _lost(BrokenPipeError("gone")).again) == ("gone", True)
    assert not _lost(TimeoutError()).again
    assert not _lost(silent).again


def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(ConnectionLost) as lost:
        connect(f"postgresql://app@127.0.0.1:{silent.getsockname()[1]}/academy?sslmode=disable", timeout=0.2)

    assert lost.value.again is False


def test_what_can_not_be_reached_is_not_tried_at_once_again() -> None:
    with pytest.raises(ConnectionLost, match="port 1 ") as lost:
        connect("postgresql://app@127.0.0.1:1/academy?sslmode=disable")

    assert not lost.value.again
    assert ConnectionLost().again
    assert str(ConnectionLost()) == ""


def test_a_failure_of_which_nothing_was_said_is_one_all_the_same() -> None:
    nothing = DatabaseFailure({})

    assert (str(nothing), nothing.sqlstate, nothing.constraint) == ("database error", "", "")
