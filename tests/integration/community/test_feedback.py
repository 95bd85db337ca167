"""Bounces and complaints, as SES tells them: whom they end mails for, and whom not."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError

from academy.platform.db import Database
from academy.platform.mail import Mail
from functions.events import app as events
from tests.api import Client
from tests.factories import Factory
from tests.integration.community.telling import certificate, deliver, payment
from tests.integration.platform.test_consumers import CONTEXT

SAMPLES = Path(__file__).parents[3] / "events" / "ses"
FULL = {"permanent_bounce", "complaint", "transient_bounce"}
Change = Callable[[dict[str, Any]], None]


def told_by_ses(name: str, *, to: str = "student1@academy.test", change: Change | None = None) -> dict[str, Any]:
    """An event of SES as the queue brings it, about another address."""
    batch: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text())
    event = json.loads(batch["Records"][0]["body"])
    detail = event["detail"]
    feedback = detail.get("bounce") or detail["complaint"]
    for recipient in feedback.get("bouncedRecipients") or feedback["complainedRecipients"]:
        recipient["emailAddress"] = to
    if change is not None:
        change(feedback)
    batch["Records"][0]["body"] = json.dumps(event)
    return batch


def take(batch: dict[str, Any]) -> None:
    assert events.handler(batch, CONTEXT) == {"batchItemFailures": []}


@pytest.fixture
def student(make: Factory) -> dict[str, Any]:
    return make.user(email="Uma.Devi@academy.test")


def test_every_sample_is_understood(db: Database) -> None:
    names = {path.stem for path in SAMPLES.glob("*.json")}

    for name in names:
        take(json.loads((SAMPLES / f"{name}.json").read_text()))

    assert names == FULL


@pytest.mark.parametrize("name", ["permanent_bounce", "complaint"])
def test_an_address_that_is_not_there_or_complained_gets_no_more_mail_not_even_receipts(
    db: Database, make: Factory, letters: list[Mail], student: dict[str, Any], name: str
) -> None:
    waiting = certificate(student)
    take(told_by_ses(name, to='"Uma" <UMA.devi@academy.test>'))

    deliver(waiting, payment(student), queues=("email",))

    assert letters == []
    assert {row["reason"] for row in make.rows("select reason from deliveries")} <= {"suppressed", "preference"}
    assert "suppressed" in {row["reason"] for row in make.rows("select reason from deliveries")}
    (kept,) = make.rows("select * from email_suppressions")
    assert bytes(kept["address"]) == hashlib.sha256(b"uma.devi@academy.test").digest()
    assert "uma" not in str(kept).lower(), "the address itself is not kept"

    make.execute("update users set email = 'another@academy.test' where id = :id", id=student["id"])
    deliver(payment(student), queues=("email",))
    assert [letter.to for letter in letters] == ["another@academy.test"]


def test_what_was_waiting_when_the_address_bounced_is_not_sent_either(
    db: Database, make: Factory, letters: list[Mail], student: dict[str, Any]
) -> None:
    from academy.community.email import sending

    make.execute("insert into notification_preferences (user_id, quiet_from, quiet_to) select :id, now()::time, now()::time - interval '1 minute'",
                 id=student["id"])  # fmt: skip
    deliver(certificate(student), queues=("email",))
    make.execute("update notification_preferences set quiet_from = null, quiet_to = null")
    make.execute("update deliveries set due_at = now()")
    take(told_by_ses("permanent_bounce", to=student["email"]))

    assert sending.send_due(db)["sent"] == 0
    assert letters == []
    assert make.rows("select status, reason from deliveries") == [{"status": "skipped", "reason": "suppressed"}]


def test_a_mailbox_that_is_full_is_only_counted_and_each_bounce_once(
    db: Database, make: Factory, letters: list[Mail], student: dict[str, Any]
) -> None:
    def another(feedback: dict[str, Any]) -> None:
        feedback["feedbackId"] = "another"

    for change in (None, None, another):
        take(told_by_ses("transient_bounce", to=student["email"], change=change))
    deliver(certificate(student), queues=("email",))

    assert make.rows("select cause, soft_bounces from email_suppressions") == [{"cause": None, "soft_bounces": 2}]
    assert len(letters) == 1


def test_who_complained_has_everything_switched_off_that_can_be(
    client: Client, make: Factory, letters: list[Mail], student: dict[str, Any]
) -> None:
    other = make.user()
    take(told_by_ses("complaint", to=student["email"]))

    kinds = {each["kind"]: each["channels"]["email"] for each in client.get("/notifications/preferences", user=student).data["kinds"]}
    assert {kind for kind, switch in kinds.items() if switch["on"]} == {kind for kind, switch in kinds.items() if switch["fixed"]}
    take(told_by_ses("permanent_bounce", to=student["email"]))
    assert make.value("select cause from email_suppressions") == "complaint", "a bounce makes nothing better"
    deliver(certificate(other), queues=("email",))
    assert [letter.to for letter in letters] == [other["email"]]


def test_who_says_that_it_is_no_spam_goes_on_being_written_to(
    db: Database, make: Factory, letters: list[Mail], student: dict[str, Any]
) -> None:
    def not_spam(feedback: dict[str, Any]) -> None:
        feedback["complaintFeedbackType"] = "not-spam"

    take(told_by_ses("complaint", to=student["email"], change=not_spam))
    deliver(certificate(student), queues=("email",))

    assert len(letters) == 1


def test_what_is_not_understood_goes_to_the_dead_letters(db: Database) -> None:
    broken = told_by_ses("complaint", change=lambda feedback: feedback.pop("feedbackId"))

    with pytest.raises(BatchProcessingError):
        events.handler(broken, CONTEXT)
