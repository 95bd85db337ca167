"""The platform's chores, its configuration, its health, and callers behind a CDN."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from botocore.stub import Stubber
from pydantic import TypeAdapter, ValidationError

from academy.platform import aws, health, housekeeping
from academy.platform import config as configuration
from academy.platform.config import config
from academy.platform.errors import Forbidden, Unavailable
from academy.platform.http.origin import caller_address
from academy.platform.http.schema import Moment, example
from tests.unit.platform.scripted import database

FIRST = "018f0000-0000-7000-8000-00000000000{}"


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    configuration.config.cache_clear()
    yield
    configuration.config.cache_clear()
    aws.client.cache_clear()


def chain(previous: str, *entries: str) -> list[str]:
    """SHA-256 over the previous hash, a line's end, and the entry."""
    hashes = []
    for entry in entries:
        previous = hashlib.sha256(f"{previous}\n{entry}".encode()).hexdigest()
        hashes.append(previous)
    return hashes


# ---- the audit log's seals ----


class Log:
    """`sealed` and `open` entries; what is asked for and what is sealed."""

    def __init__(self, *open_entries: str, tail: dict[str, Any] | None = None, mine: bool = True) -> None:
        self.open, self.tail, self.mine = open_entries, tail, mine
        self.sealed: list[tuple[Any, ...]] = []
        self.since: UUID | str | None = None

    def say(self, text: str, values: tuple[Any, ...]) -> Any:
        if "pg_try_advisory" in text:
            return [{"mine": self.mine}]
        if text.startswith("select seq"):
            return [self.tail] if self.tail else []
        if text.startswith("select a.id"):
            self.since, limit = values
            assert limit == housekeeping.SEAL_BATCH
            return [{"id": FIRST.format(number), "entry": entry} for number, entry in enumerate(self.open)]
        self.sealed.append(values)
        return len(values[0])


def test_the_first_entries_are_chained_from_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log("ä", "b")
    db, script = database(monkeypatch, log.say)

    assert housekeeping.seal_audit_log(db) == 2

    assert log.sealed == [([1, 2], [FIRST.format(0), FIRST.format(1)], chain("0" * 64, "ä", "b"))]
    assert log.since == UUID(int=0)
    assert script.log[-1] == "commit"


def test_later_ones_from_the_last_seal_and_an_hour_back_for_clocks_that_are_late(monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log("c", tail={"seq": 7, "hash": "f" * 64, "entry_id": FIRST.format(9)})

    assert housekeeping.seal_audit_log(database(monkeypatch, log.say)[0]) == 1

    assert log.sealed == [([8], [FIRST.format(0)], chain("f" * 64, "c"))]
    assert isinstance(log.since, UUID)
    assert (UUID(FIRST.format(9)).int >> 80) - (log.since.int >> 80) == 3_600_000


def test_one_seals_at_a_time_and_nothing_where_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    busy, empty = Log("a", mine=False), Log()

    assert housekeeping.seal_audit_log(database(monkeypatch, busy.say)[0]) == 0
    assert housekeeping.seal_audit_log(database(monkeypatch, empty.say)[0]) == 0
    assert busy.sealed == empty.sealed == []


def broken(patch: pytest.MonkeyPatch, entries: list[str | None], hashes: list[str], numbers: list[int] | None = None) -> int | None:
    numbers = numbers or list(range(1, len(hashes) + 1))
    rows = [{"seq": seq, "hash": hash_, "entry": entry} for seq, hash_, entry in zip(numbers, hashes, entries, strict=True)]

    def say(_text: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
        after, limit = values
        assert limit == housekeeping.SEAL_BATCH
        return [row for row in rows if row["seq"] > after][:limit]

    patch.setattr(housekeeping, "SEAL_BATCH", 2)
    return housekeeping.first_broken_seal(database(patch, say)[0])


@pytest.mark.parametrize("size", range(6))
def test_a_chain_that_holds(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    entries = [str(number) for number in range(size)]

    assert broken(monkeypatch, [*entries], chain("0" * 64, *entries)) is None


@pytest.mark.parametrize("at", range(5))
def test_a_chain_that_was_touched(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    entries: list[str | None] = ["a", "b", "c", "d", "e"]
    hashes = chain("0" * 64, "a", "b", "c", "d", "e")

    changed, gone = [*entries], [*entries]
    changed[at], gone[at] = "x", None
    assert broken(monkeypatch, changed, hashes) == at + 1
    assert broken(monkeypatch, gone, hashes) == at + 1
    numbers = [number + (number > at) for number in range(1, 6)]
    assert broken(monkeypatch, entries, hashes, numbers) == numbers[at]


def test_what_is_old_is_forgotten_in_batches_each_in_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    old = {"idempotency_keys": 25_000, "rate_counters": 10_000, "consumed_events": 3, "deliveries": 9_999}
    left = dict(old)

    def say(text: str, values: tuple[Any, ...]) -> int:
        table = text.split()[2]
        taken: int = min(left[table], values[0])
        left[table] -= taken
        return taken

    db, script = database(monkeypatch, say)

    assert housekeeping.clean_up(db) == old
    assert script.log.count("commit") == 3 + 2 + 1 + 1


# ---- health ----


def test_all_that_is_needed_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    db, script = database(monkeypatch, lambda *_: [{"one": 1}])
    with Stubber(aws.client("s3")) as s3, Stubber(aws.client("events")) as bus:
        s3.add_response("head_bucket", {}, {"Bucket": "academy-test"})
        bus.add_response("describe_event_bus", {}, {"Name": "academy-test"})

        assert db.read(health.check) == {"database": "ok", "bucket": "ok", "events": "ok"}

    assert len(script.log) == 1
    assert health.stage() == "test"


@pytest.mark.parametrize("down", ["bucket", "events"])
def test_the_first_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch, down: str) -> None:
    db, _ = database(monkeypatch, lambda *_: [{"one": 1}])
    with Stubber(aws.client("s3")) as s3, Stubber(aws.client("events")) as bus:
        if down == "bucket":
            s3.add_client_error("head_bucket", "404")
        else:
            s3.add_response("head_bucket", {})
            bus.add_client_error("describe_event_bus", "ResourceNotFoundException")

        with pytest.raises(Unavailable, match=down):
            db.read(health.check)


# ---- configuration ----


def test_addresses_have_no_slash_at_their_end_and_lists_no_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://a.test//")
    monkeypatch.setenv("USER_POOL_DOMAIN_URL", "https://b.test/")
    monkeypatch.setenv("ALLOWED_ORIGINS", " https://a.test , ,https://b.test,")
    monkeypatch.delenv("REDIRECT_URIS")

    assert (config().public_url, config().media_url, config().user_pool_domain_url) == (
        "https://a.test",
        "https://a.test/media",
        "https://b.test",
    )
    assert (config().allowed_origins, config().redirect_uris) == (("https://a.test", "https://b.test"), ())
    assert config() is config()


# ---- who calls ----


def address(headers: dict[str, str]) -> str:
    return caller_address({"requestContext": {"http": {"sourceIp": "130.176.0.9"}}}, headers)


def test_through_the_cdn_it_is_the_one_before_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORIGIN_SECRET", "sécret")
    proof = {"x-academy-origin": "sécret"}

    assert address({**proof, "x-forwarded-for": "10.0.0.1,198.51.100.1 , 130.176.0.9"}) == "198.51.100.1"
    assert address({**proof, "x-forwarded-for": "198.51.100.1, 130.176.0.9"}) == "198.51.100.1"
    assert address({**proof, "x-forwarded-for": "130.176.0.9"}) == address(proof) == "130.176.0.9"
    for headers in ({}, {"x-academy-origin": "secret"}, {"X-Academy-Origin": "sécret"}):
        with pytest.raises(Forbidden):
            address(headers)


def test_without_a_cdn_nobody_is_believed_but_the_gateway() -> None:
    assert address({"x-forwarded-for": "10.0.0.1, 10.0.0.2"}) == "130.176.0.9"


# ---- what schemas share ----


def test_a_moment_has_a_zone() -> None:
    moment: TypeAdapter[Any] = TypeAdapter(Moment)

    assert moment.validate_json('"2026-01-31t09:00:00Z"') == moment.validate_python("2026-01-31 10:00:00+01:00")
    assert moment.validate_python(moment.validate_json('"2026-01-31T09:00:00Z"')).utcoffset().total_seconds() == 0
    for bad, why in (("0.5", "date and time"), (5, "date and time"), ("2026-01-31", "date and time"), ("2026-01-31T09:00:00", "zone")):
        with pytest.raises(ValidationError, match=why):
            moment.validate_json(json.dumps(bad))


def test_an_example_is_shown_as_it_is() -> None:
    assert example(title="Arches", lessonCount=3) == {"json_schema_extra": {"examples": [{"title": "Arches", "lessonCount": 3}]}}
