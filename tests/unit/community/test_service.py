"""A push over real sockets: what the browser reads, and what the product makes of the push service's answers."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from academy.community.push import service, vapid
from academy.community.push.encryption import MOST_BYTES
from academy.community.push.service import Answer, Outcome, Push, Subscription, judged
from academy.platform import config as configuration
from infra.local.postgres import free_port
from infra.local.push.app import create_app
from tests.push import Browsers
from tests.serving import serving

PUSH = Push(text="नमस्ते".encode(), topic="a-topic", seconds=3600)
LATER = Answer(Outcome.LATER, 7)


def subscription(browsers: Browsers, server_key: str | None = None) -> Subscription:
    made = browsers.subscribe(server_key)
    return Subscription(made["endpoint"], made["keys"]["p256dh"], made["keys"]["auth"])


def test_the_browser_reads_what_was_said_and_nobody_on_the_way_does(browsers: Browsers) -> None:
    whole = Push(text=b"x" * MOST_BYTES, topic="another", seconds=60, urgency="high")

    answers = [service.send(subscription(browsers, vapid.public_key()), push) for push in (PUSH, whole)]

    assert [answer.outcome for answer in answers] == [Outcome.TAKEN, Outcome.TAKEN]
    first, second = browsers.messages()
    assert (first["text"], first["ttl"], first["topic"], first["urgency"]) == ("नमस्ते", 3600, "a-topic", "normal")
    assert (len(second["text"]), second["urgency"]) == (MOST_BYTES, "high")


def test_of_two_with_one_topic_the_later_takes_the_others_place(browsers: Browsers) -> None:
    one, other = subscription(browsers), subscription(browsers)

    for receiver in (one, one, other):
        service.send(receiver, PUSH)

    assert len(browsers.messages()) == 2


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ("not_found", Answer(Outcome.GONE)),
        ("gone", Answer(Outcome.GONE)),
        ("too_large", Answer(Outcome.REFUSED)),
        ("rate_limit", LATER),
        ("unavailable", LATER),
        ("server_error", Answer(Outcome.LATER, service.LATER_SECONDS)),
        ("redirect", Answer(Outcome.REFUSED)),
        ("disconnect", Answer(Outcome.LATER, service.LATER_SECONDS)),
        ("lost_answer", Answer(Outcome.LATER, service.LATER_SECONDS)),
    ],
)
def test_what_an_answer_means(browsers: Browsers, fault: str, answer: Answer) -> None:
    receiver = subscription(browsers)
    browsers.fault(fault)

    assert service.send(receiver, PUSH) == answer

    assert service.send(receiver, PUSH) == Answer(Outcome.TAKEN)
    assert len(browsers.messages()) == 1


def test_a_browser_that_unsubscribed_and_a_service_that_is_away(browsers: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    made = browsers.subscribe()
    receiver = Subscription(made["endpoint"], made["keys"]["p256dh"], made["keys"]["auth"])
    browsers.unsubscribe(made)
    assert service.send(receiver, PUSH) == Answer(Outcome.GONE)

    away = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("PUSH_SERVICES", away)
    configuration.config.cache_clear()
    assert service.send(Subscription(f"{away}/push/x", receiver.p256dh, receiver.auth), PUSH).outcome is Outcome.LATER


def test_an_address_that_may_not_be_called_any_more_is_not(browsers: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = subscription(browsers)
    monkeypatch.setenv("PUSH_SERVICES", "fcm.googleapis.com")
    configuration.config.cache_clear()

    assert service.send(receiver, PUSH) == Answer(Outcome.GONE)
    assert browsers.calls() == []


def test_a_service_that_says_when_to_come_back_is_believed_within_reason() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    past = format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True)
    waits = {given: judged(503, given, "here").after for given in (None, "", "soon", "0", "120", "9" * 12, "-5", "²", past)}

    assert waits == {
        None: 60, "": 60, "soon": 60, "0": 1, "120": 120, "9" * 12: service.LATEST_SECONDS, "-5": 60, "²": 60, past: 1,
    }  # fmt: skip
    assert 60 < judged(429, soon, "here").after <= 91
    assert [judged(status, None, "here").outcome for status in (200, 201, 202, 400, 401, 403, 415)] == [Outcome.TAKEN] * 3 + [
        Outcome.REFUSED
    ] * 4


def test_the_stand_in_takes_no_message_that_a_push_service_would_refuse(browsers: Browsers, tmp_path: Path) -> None:
    endpoint = browsers.subscribe(server_key="B" * 87)["endpoint"]
    ours = {"Authorization": vapid.authorization(browsers.url), "TTL": "60", "Content-Encoding": "aes128gcm"}

    def status(**changes: str | None) -> int:
        headers = {name: value for name, value in {**ours, **changes}.items() if value is not None}
        return httpx.post(endpoint, content=b"x" * 100, headers=headers).status_code

    assert status() == 403, "the browser subscribed with another key"
    assert status(Authorization=vapid.authorization("https://fcm.googleapis.com")) == 401, "a token for another service"
    assert status(Authorization=None) == 401
    free = browsers.subscribe()
    with serving(lambda: create_app(file=tmp_path / "push.json")) as url:
        kept = Browsers(url).subscribe()["endpoint"].rpartition("/")[2]
    with serving(lambda: create_app(file=tmp_path / "push.json")) as url:
        assert httpx.post(f"{url}/push/{kept}").status_code == 401, "it outlives a restart"
        assert httpx.post(f"{url}/push/other").status_code == 404
    assert httpx.post(free["endpoint"], headers=ours, content=b"nonsense").status_code == 400
    assert httpx.post(free["endpoint"], headers={**ours, "TTL": "x"}, content=b"nonsense").status_code == 400
