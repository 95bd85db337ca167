"""Push messages: from the event to the browser, once, whatever is delivered twice and however the push service answers."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from academy.community.push import sending, service, vapid
from academy.platform.db import Database, database
from academy.platform.events import Envelope
from academy.platform.ids import uuid7
from functions.events.app import consume
from tests.api import Client
from tests.factories import Factory
from tests.push import Browsers

Subscribe = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture
def subscribe(client: Client, browsers: Browsers) -> Subscribe:
    """A browser of somebody's, known to the academy."""

    def subscribe(user: dict[str, Any]) -> dict[str, Any]:
        made = browsers.subscribe(vapid.public_key())
        reply = client.put("/notifications/push-subscriptions", {**made, "expirationTime": None}, user=user)
        assert reply.status == 200, reply.text
        return {**made, "id": reply.data["id"]}

    return subscribe


def certificate(student: dict[str, Any], title: str = "Bridges") -> Envelope:
    payload = {
        "userId": str(student["id"]),
        "certificateId": str(uuid7()),
        "courseId": str(uuid7()),
        "courseTitle": title,
        "serial": "ABCD",
    }
    return told("certificate.issued", payload)


def badge(student: dict[str, Any], name: str) -> Envelope:
    return told("badge.earned", {"userId": str(student["id"]), "badge": name})


def told(kind: str, payload: dict[str, Any]) -> Envelope:
    return Envelope(id=str(uuid7()), kind=kind, version=1, occurred_at=datetime.now(UTC), payload=payload)


def deliveries(make: Factory) -> list[tuple[str, str | None]]:
    rows = make.rows("select status, reason from deliveries where channel = 'push' order by id")
    return [(row["status"], row["reason"]) for row in rows]


def test_each_browser_shows_an_event_once_whatever_comes_twice(
    db: Database, make: Factory, browsers: Browsers, subscribe: Subscribe
) -> None:
    student, other = make.user(), make.user()
    mine = [subscribe(student), subscribe(student)]
    subscribe(other)
    event = certificate(student)

    for _ in range(3):
        consume("push", event)

    assert sorted(message["browser"] for message in browsers.messages()) == sorted(each["endpoint"].rpartition("/")[2] for each in mine)
    assert len(browsers.calls()) == 2
    (shown,) = {str(each["notification"]): each for each in browsers.shown()}.values()
    assert shown["web_push"] == 8030
    notification = shown["notification"]
    assert "Bridges" in notification["body"]
    assert (notification["lang"], notification["navigate"]) == ("en", "http://127.0.0.1:3000/verify/ABCD")
    assert str(student["id"]) not in str(browsers.messages()), "nothing of the person but the words"
    assert deliveries(make) == [("sent", None)]


def test_a_crash_before_the_commit_repeats_it_in_its_place(
    db: Database, make: Factory, browsers: Browsers, subscribe: Subscribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    student = make.user()
    subscribe(student)
    event = certificate(student)

    def killed(*_: Any, **__: Any) -> Any:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(service, "judged", killed)
        with pytest.raises(MemoryError):
            consume("push", event)
    consume("push", event)

    assert len(browsers.calls()) == 2
    assert len(browsers.messages()) == 1, "the second has taken the first's place"


def test_who_has_no_browser_is_not_pushed_to(db: Database, make: Factory, browsers: Browsers) -> None:
    consume("push", certificate(make.user()))

    assert browsers.calls() == []
    assert deliveries(make) == [("skipped", "no_address")]


def test_a_browser_that_has_gone_is_forgotten_and_the_others_are_told(
    db: Database, make: Factory, browsers: Browsers, subscribe: Subscribe
) -> None:
    student = make.user()
    gone, here = subscribe(student), subscribe(student)
    browsers.unsubscribe(gone)

    consume("push", certificate(student))

    assert [message["browser"] for message in browsers.messages()] == [here["endpoint"].rpartition("/")[2]]
    assert make.rows("select id from push_subscriptions") == [{"id": UUID(here["id"])}]
    assert deliveries(make) == [("sent", None)]

    browsers.unsubscribe(here)
    consume("push", certificate(student))
    assert deliveries(make) == [("sent", None), ("skipped", "no_address")]
    assert make.value("select count(*) from push_subscriptions") == 0


def test_a_browser_whose_service_asks_for_a_pause_gets_it_later_and_no_other_twice(
    db: Database, make: Factory, browsers: Browsers, subscribe: Subscribe
) -> None:
    student = make.user()
    slow, _ = subscribe(student), subscribe(student)
    browsers.fault("rate_limit", path=slow["endpoint"].rpartition("/")[2])

    consume("push", certificate(student, "Arches"))
    consume("push", certificate(student, "Bridges"))

    assert len(browsers.calls()) == 3, "during the pause the slow one is not asked"
    pause = make.value("select round(extract(epoch from min(due_at) - now())) from push_retries")
    assert 0 < pause <= 7
    assert sending.send_due(db)["retried"] == 0
    make.execute("update push_retries set due_at = now()")
    assert sending.send_due(db)["retried"] == 2
    assert sending.send_due(db)["retried"] == 0
    assert len(browsers.calls()) == 5
    bodies = [shown["notification"]["body"] for shown in browsers.shown()]
    assert sum("Arches" in body for body in bodies) == sum("Bridges" in body for body in bodies) == 2
    assert make.value("select count(*) from push_retries") == 0
    assert deliveries(make) == [("sent", None), ("sent", None)]


def test_a_service_in_trouble_is_asked_ever_more_rarely_and_not_for_ever(
    db: Database, make: Factory, browsers: Browsers, subscribe: Subscribe
) -> None:
    student = make.user()
    subscribe(student)
    browsers.fault("server_error", times=100)
    consume("push", certificate(student))
    waits = []

    while make.value("select count(*) from push_retries"):
        make.execute("update push_retries set due_at = now()")
        sending.send_due(db)
        waits.append(make.value("select round(extract(epoch from max(due_at) - now()) / 60) from push_retries"))

    assert [int(wait) for wait in waits[:-1]] == [2, 4, 8, 16, 32, 64, 128]
    assert waits[-1] is None
    assert len(browsers.calls()) == 1 + sending.TRIES

    browsers.mend()
    browsers.fault("unavailable")
    consume("push", certificate(student))
    make.execute("update push_retries set due_at = now(), expires_at = now()")
    assert sending.send_due(db)["retried"] == 0
    assert (browsers.messages(), make.value("select count(*) from push_retries")) == ([], 0), "what is of no use any more is not sent"


def test_what_a_service_will_never_take_has_failed(db: Database, make: Factory, browsers: Browsers, subscribe: Subscribe) -> None:
    student = make.user()
    subscribe(student)
    browsers.fault("too_large")

    consume("push", certificate(student))

    assert deliveries(make) == [("failed", "refused")]
    assert make.value("select count(*) from push_subscriptions") == 1


def test_a_service_that_keeps_us_waiting_is_left_alone_for_a_while(
    db: Database, make: Factory, browsers: Browsers, subscribe: Subscribe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "READ_SECONDS", 0.3)
    student = make.user()
    subscribe(student)
    subscribe(student)
    browsers.fault("timeout", times=100)

    consume("push", certificate(student))

    assert len(browsers.calls()) == 1, "the second browser's service is the same"
    browsers.mend()
    service.forget()
    make.execute("update push_retries set due_at = now()")
    assert sending.send_due(db)["retried"] == 2


def test_badges_are_one_message_that_grows(db: Database, make: Factory, browsers: Browsers, subscribe: Subscribe) -> None:
    student = make.user()
    subscribe(student)

    for name in ("first_course", "early_bird", "perfect_score"):
        consume("push", badge(student, name))
    assert browsers.messages() == [], "they wait for each other"
    make.execute("update deliveries set due_at = now()")
    assert sending.send_due(db)["sent"] == 1

    consume("push", badge(student, "social_learner"))
    make.execute("update deliveries set due_at = now() where status = 'waiting'")
    sending.send_due(db)
    assert len(browsers.calls()) == 2
    assert len(browsers.messages()) == 1, "the later takes the place of the one before"


def test_who_switched_it_off_is_not_pushed_to(client: Client, make: Factory, browsers: Browsers, subscribe: Subscribe) -> None:
    student = make.user()
    subscribe(student)
    client.put("/notifications/preferences", {"kinds": {"certificate.issued": {"push": False}}}, user=student)

    consume("push", certificate(student))

    assert browsers.calls() == []
    assert deliveries(make) == [("skipped", "preference")]


def test_a_browser_belongs_to_who_subscribed_with_it_last(client: Client, make: Factory, browsers: Browsers, subscribe: Subscribe) -> None:
    before, after = make.user(), make.user()
    made = subscribe(before)
    browsers.fault("unavailable")
    consume("push", certificate(before))
    wanted = {name: made[name] for name in ("endpoint", "keys")}

    assert client.put("/notifications/push-subscriptions", wanted, user=after).data["id"] == made["id"]
    make.execute("update push_retries set due_at = now()")
    sending.send_due(database())
    consume("push", certificate(before))

    assert browsers.messages() == [], "neither what waited nor what comes shows somebody else's news"
    consume("push", certificate(after))
    assert len(browsers.messages()) == 1
    assert client.get("/notifications/push-subscriptions", user=before).data == []
    (listed,) = client.get("/notifications/push-subscriptions", user=after).data
    assert listed["service"] in browsers.url
    assert wanted["endpoint"] not in str(listed)


def test_one_has_ten_browsers_at_the_most_and_takes_back_ones_own(
    client: Client, make: Factory, browsers: Browsers, subscribe: Subscribe
) -> None:
    student, other = make.user(), make.user()
    made = [subscribe(student) for _ in range(11)]
    theirs = subscribe(other)

    listed = [row["id"] for row in client.get("/notifications/push-subscriptions", user=student).data]
    assert listed == [each["id"] for each in reversed(made[1:])]
    assert client.delete(f"/notifications/push-subscriptions/{theirs['id']}", user=student).status == 404
    assert client.delete(f"/notifications/push-subscriptions/{listed[0]}", user=student).status == 204
    assert client.delete(f"/notifications/push-subscriptions/{listed[0]}", user=student).status == 404
    assert client.delete(f"/notifications/push-subscriptions/{uuid4()}", user=student).status == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"endpoint": "https://evil.test/push"}, "body.endpoint"),
        ({"endpoint": "http://169.254.169.254/latest/meta-data"}, "body.endpoint"),
        ({"endpoint": "x" * 2000}, "body.endpoint"),
        ({"endpoint": 7}, "body.endpoint"),
        ({"keys": None}, "body.keys"),
        ({"keys": {"p256dh": "B" * 87, "auth": "A" * 22}}, "body.keys"),
        ({"keys": {"auth": "A" * 22}}, "body.keys.p256dh"),
        ({"userId": str(uuid4())}, "body.userId"),
    ],
)
def test_what_is_no_subscription_is_refused_by_name(
    client: Client, make: Factory, browsers: Browsers, change: dict[str, Any], field: str
) -> None:
    reply = client.put("/notifications/push-subscriptions", {**browsers.subscribe(), **change}, user=make.user())

    assert (reply.status, reply.code) == (400, "VALIDATION_FAILED")
    assert reply.json["details"][0]["field"] == field


def test_the_key_to_subscribe_with_is_for_everybody(client: Client) -> None:
    assert client.get("/notifications/push-key").data == {"publicKey": vapid.public_key()}
