"""What an operator does and a schedule watches, on the running academy."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from academy.platform.db import Database, sql
from academy.platform.ids import uuid7
from infra.local import functions
from tests.e2e.conftest import LiveAcademy
from tests.e2e.test_main_job import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
TEACHER = sql("select id::text from users where email = 'instructor1@academy.test'")
NOTICES = sql("select count(*) from notifications where event_id = :event::uuid")

SEEDED = {"certificates_missing", "completions_untold"}
"""The seed's people completed courses before there were events, and only some of them have certificates."""


def test_a_dead_letter_that_is_brought_back_is_handled(academy: LiveAcademy) -> None:
    # Given an event that ended among the dead letters
    db = Database(academy.variables["DATABASE_URL"])
    payload = {"courseId": str(uuid7()), "instructorId": db.read(lambda work: work.value(TEACHER)), "title": "Bridges"}
    event = {"id": str(uuid7()), "kind": "course.published", "version": 1, "occurredAt": datetime.now(UTC).isoformat(), "payload": payload}
    sqs = academy.aws("sqs")
    dead = sqs.get_queue_url(QueueName="academy-local-notifications-dead")["QueueUrl"]
    sqs.send_message(QueueUrl=dead, MessageBody=json.dumps({"detail": event}))

    # When
    command = [sys.executable, "-m", "infra.local", "redrive", "notifications"]
    home = {"ACADEMY_HOME": str(academy.settings.home), "PORT": str(academy.settings.port)}
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "DATABASE_URL"))}
    done = subprocess.run(command, cwd=ROOT, env={**clean, **home}, capture_output=True, text=True, check=False)

    # Then
    assert done.stdout == "1 message went back to the queue of notifications.\n", done.stderr
    eventually(lambda: db.read(lambda work: work.value(NOTICES, event=event["id"])) == 1, "the notification")
    db.discard()


def test_the_nights_audit_finds_the_running_academy_in_order(academy: LiveAcademy) -> None:
    figures = functions.invoke(academy.settings, academy.stack.resources["SchedulesFunction"], {"task": "audit"})

    assert figures["checked"] > 100
    assert {name for name, n in figures.items() if n} <= {"checked", "drift", *SEEDED}, figures
