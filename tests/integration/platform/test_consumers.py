"""The queues' consumers: delivered twice, out of order, at once, broken - one effect each, and a failure holds up nobody else."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from academy.platform import mail
from academy.platform.db import Database, UnitOfWork
from academy.platform.events import Envelope
from academy.platform.ids import uuid7
from functions.events import app as consumers
from functions.payment_tasks import app as payment_tasks
from functions.schedules import app as schedules
from tests.factories import Factory

CONTEXT = SimpleNamespace(
    function_name="events",
    memory_limit_in_mb=256,
    invoked_function_arn="arn",
    aws_request_id="r",
    get_remaining_time_in_millis=lambda: 9000,
)


def approved(make: Factory, title: str = "Bridges") -> tuple[Envelope, dict[str, Any]]:
    teacher = make.user("instructor")
    payload = {"courseId": str(uuid7()), "instructorId": str(teacher["id"]), "title": title}
    return Envelope(id=str(uuid7()), kind="course.published", version=1, occurred_at=datetime.now(UTC), payload=payload), teacher


def message(envelope: Envelope, number: int, *, queue: str = "notifications", body: str | None = None) -> dict[str, Any]:
    return {
        "messageId": str(number),
        "receiptHandle": "h",
        "body": body if body is not None else json.dumps({"detail": envelope.model_dump(mode="json", by_alias=True)}),
        "attributes": {},
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:ap-south-1:000000000000:academy-test-{queue}",
        "awsRegion": "ap-south-1",
    }


def test_an_event_delivered_three_times_has_one_effect(db: Database, make: Factory) -> None:
    envelope, teacher = approved(make)

    for _ in range(3):
        assert consumers.handler({"Records": [message(envelope, 1)]}, CONTEXT) == {"batchItemFailures": []}

    rows = make.rows("select user_id, kind, data ->> 'title' as title from notifications")
    assert rows == [{"user_id": teacher["id"], "kind": "course.published", "title": "Bridges"}]
    assert make.value("select count(*) from consumed_events") == 1


def certificate_issued(student: dict[str, Any]) -> Envelope:
    payload = {
        "userId": str(student["id"]),
        "certificateId": str(uuid7()),
        "courseId": str(uuid7()),
        "courseTitle": "Bridges",
        "serial": "ABCD",
    }
    return Envelope(id=str(uuid7()), kind="certificate.issued", version=1, occurred_at=datetime.now(UTC), payload=payload)


def test_each_consumer_acts_for_itself(db: Database, make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    student = make.user(full_name="Uma Devi", email="uma@academy.test")
    sent: list[mail.Mail] = []
    monkeypatch.setattr(mail, "send", sent.append)
    envelope = certificate_issued(student)

    for queue in ("notifications", "email", "email"):
        consumers.handler({"Records": [message(envelope, 1, queue=queue)]}, CONTEXT)

    assert [(letter.to, letter.subject) for letter in sent] == [("uma@academy.test", "Your certificate is ready")]
    assert "ABCD" in sent[0].text
    assert make.value("select count(*) from notifications") == 1


def test_a_mail_that_fails_is_tried_again_and_not_noted_as_done(db: Database, make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    student = make.user()
    envelope = certificate_issued(student)
    sent: list[mail.Mail] = []

    def broken(letter: mail.Mail) -> None:
        raise OSError("SES is away")

    monkeypatch.setattr(mail, "send", broken)
    good, _ = approved(make)
    first = consumers.handler({"Records": [message(envelope, 1, queue="email"), message(good, 2, queue="email")]}, CONTEXT)
    monkeypatch.setattr(mail, "send", sent.append)
    second = consumers.handler({"Records": [message(envelope, 1, queue="email")]}, CONTEXT)

    assert first == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert second == {"batchItemFailures": []}
    assert len(sent) == 1


def test_a_poisonous_message_holds_up_nobody(db: Database, make: Factory) -> None:
    before, _ = approved(make, "First")
    after, _ = approved(make, "Last")
    bad = message(before, 2, body="not an event")

    answer = consumers.handler({"Records": [message(before, 1), bad, message(after, 3)]}, CONTEXT)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    assert make.value("select count(*) from notifications") == 2


def test_an_unknown_kind_and_somebody_unknown_pass_by(db: Database, make: Factory) -> None:
    stranger = Envelope(id=str(uuid7()), kind="weather.changed", version=1, occurred_at=datetime.now(UTC), payload={})
    nobody = Envelope(
        id=str(uuid7()),
        kind="course.published",
        version=1,
        occurred_at=datetime.now(UTC),
        payload={"courseId": str(uuid7()), "instructorId": str(uuid7()), "title": "x"},
    )

    answer = consumers.handler({"Records": [message(stranger, 1), message(nobody, 2)]}, CONTEXT)

    assert answer == {"batchItemFailures": []}
    assert make.value("select count(*) from notifications") == 0


def at_once(jobs: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_ten_deliveries_at_once_have_one_effect(database_url: str, make: Factory) -> None:
    from academy.community import consumers as community
    from academy.platform import outbox

    envelope, _ = approved(make)
    acted: list[bool] = []

    def deliver() -> None:
        db = Database(database_url)

        def act(work: UnitOfWork) -> bool:
            if not outbox.first_time(work, consumer="notifications", event_id=envelope.id):
                return False
            community.notify(work, envelope)
            return True

        acted.append(db.transact(act)[0])
        db.discard()

    at_once([deliver] * 10)

    assert sorted(acted) == [False] * 9 + [True]
    assert make.value("select count(*) from notifications") == 1


def test_a_schedule_says_what_it_did_as_a_metric(db: Database, published: list[Envelope], capsys: pytest.CaptureFixture[str]) -> None:
    result = schedules.handler({"task": "publish_outbox"}, CONTEXT)

    assert result == {"published": 0, "waiting": 0, "sealed": 0}
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert [(line["task"], line["published"]) for line in lines] == [("publish_outbox", [0.0])]


def test_every_schedule_in_the_template_is_a_task(db: Database) -> None:
    import re
    from pathlib import Path

    template = (Path(__file__).parents[3] / "template.yaml").read_text()
    named = set(re.findall(r"\"task\": \"(\w+)\"", template))

    assert named == set(schedules.TASKS) | set(payment_tasks.TASKS)
    with pytest.raises(KeyError):
        schedules.handler({"task": "nothing"}, CONTEXT)


def told(kind: str, **payload: Any) -> Envelope:
    return Envelope(id=str(uuid7()), kind=kind, version=1, occurred_at=datetime.now(UTC), payload=payload)


def test_what_only_admins_can_put_right_is_told_to_each_of_them(db: Database, make: Factory) -> None:
    admins = [make.user("admin"), make.user("admin")]
    make.user("admin", status="suspended")
    make.user()
    reason = "49900 INR came for an order that is not known here."

    envelope = told("payment.needs_review", paymentId=str(uuid7()), orderId=None, reason=reason)
    consumers.handler({"Records": [message(envelope, 1), message(envelope, 2)]}, CONTEXT)

    rows = make.rows("select user_id, data ->> 'reason' as reason from notifications")
    assert {row["user_id"] for row in rows} == {admin["id"] for admin in admins}
    assert len(rows) == 2
    assert rows[0]["reason"] == reason


def test_a_refund_of_money_from_nobody_we_know_is_told_to_nobody(db: Database, make: Factory) -> None:
    make.user("admin")
    refund = {
        "refundId": str(uuid7()),
        "paymentId": str(uuid7()),
        "courseId": None,
        "courseTitle": None,
        "amount": 49900,
        "currency": "INR",
    }

    for queue in ("notifications", "email"):
        envelope = told("refund.processed", userId=None, origin="admin", whole=True, **refund)
        assert consumers.handler({"Records": [message(envelope, 1, queue=queue)]}, CONTEXT) == {"batchItemFailures": []}

    assert make.value("select count(*) from notifications") == 0


def test_who_paid_is_told_in_the_app_and_by_mail(db: Database, make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    student, sent = make.user(), list[mail.Mail]()
    monkeypatch.setattr(mail, "send", sent.append)
    ids = {"paymentId": str(uuid7()), "orderId": str(uuid7()), "courseId": str(uuid7()), "userId": str(student["id"])}
    envelope = told("payment.captured", courseTitle="Bridges", amount=49905, currency="INR", **ids)

    for queue in ("notifications", "email"):
        consumers.handler({"Records": [message(envelope, 1, queue=queue)]}, CONTEXT)

    assert make.value("select data ->> 'amount' from notifications") == "49905"
    assert [letter.subject for letter in sent] == ["You are in"]
    assert "₹499.05" in sent[0].text
