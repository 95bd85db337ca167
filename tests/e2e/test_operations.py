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

EARN = sql("""
    with learner as (
        select id from users where email = 'student1@academy.test'
    ), earned as (
        insert into xp (id, user_id, kind, source, points, rule_version, day, earned_at)
        select gen_random_uuid(), id, 'quiz_pass', :source, 1, 1, (now() at time zone 'Asia/Kolkata')::date - :days::int, now() from learner returning *
    ), summed as (
        insert into xp_daily as d (user_id, day, points, awards) select user_id, day, points, 1 from earned
        on conflict (user_id, day) do update set points = d.points + 1, awards = d.awards + 1
    ), total as (
        update users u set xp_total = xp_total + 1 from earned e where u.id = e.user_id
    )
    insert into xp_pending (xp_id, user_id, day, points, booked_at) select id, user_id, day, points, booked_at from earned
""")
"""Booked, and no event tells of it."""
PENDING = sql("select count(*) from xp_pending")
OPEN_WEEKS = sql("select count(*) from leaderboards where span = 'weekly' and closed_at is null and last_day < now() - interval '7 days'")
CLOSED_WEEKS = sql("select count(*) from leaderboards where span = 'weekly' and closed_at is not null")

SEEDED = {"certificates_missing", "completions_untold", "badges_untold"}
"""The seed's people completed courses and earned badges before there were events, and only some of them have certificates."""


@pytest.fixture(scope="module", autouse=True)
def earned(academy: LiveAcademy) -> None:
    """Points of today and of a fortnight ago, early: the schedule that brings them onto the boards has its minute while other tests run."""
    db = Database(academy.variables["DATABASE_URL"])
    for days in (0, 14):
        db.transact(lambda work, days=days: work.execute(EARN, source=str(uuid7()), days=days))  # type: ignore[misc]
    db.discard()


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


def test_each_minute_a_schedule_brings_onto_the_boards_what_no_event_did_and_a_week_is_closed_by_hand(academy: LiveAcademy) -> None:
    db = Database(academy.variables["DATABASE_URL"])
    eventually(lambda: db.read(lambda work: work.value(PENDING)) == 0, "the schedule of each minute", seconds=150)

    command = [sys.executable, "-m", "infra.local", "invoke", "schedules", "events/schedules/close_week.json"]
    home = {"ACADEMY_HOME": str(academy.settings.home), "PORT": str(academy.settings.port)}
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "DATABASE_URL"))}
    done = subprocess.run(command, cwd=ROOT, env={**clean, **home}, capture_output=True, text=True, check=False)

    assert '"awaited"' in done.stdout, done.stderr
    assert db.read(lambda work: work.value(OPEN_WEEKS)) == 0
    assert db.read(lambda work: work.value(CLOSED_WEEKS)) > 0
    db.discard()
