"""The auditor: silent about an academy in order, and each kind of damage has its figure."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from academy.admin import auditor
from academy.admin.auditor import deliveries, walk
from academy.community.models import Delivery, Notification
from academy.engagement.xp.models import Xp, XpDaily, XpPending
from academy.generation.models import GenerationJob, JobEvent
from academy.platform import housekeeping
from academy.platform.db import Database
from academy.platform.events import Envelope
from academy.platform.ids import uuid7
from academy.platform.tables import ConsumedEvent, OutboxEvent
from functions.schedules import app as schedules
from infra.openapi import events as catalogue
from tests.factories import Factory

EARLIER = datetime.now(UTC) - timedelta(hours=5)


class Academy:
    """A learner who has completed a course a few hours ago, with all that follows from it."""

    def __init__(self, make: Factory) -> None:
        self.make = make
        self.teacher, self.learner = make.user("instructor"), make.user()
        self.course = make.course(self.teacher, provenance={"costMicros": 70})
        self.outlined = make.course(self.teacher, total_enrollments=1)
        make.outline(self.outlined)
        self.enrollment = make.enrollment(self.learner, self.outlined, status="completed", completed_at=EARLIER)
        self.certificate = make.certificate(self.learner, self.outlined, issued_at=EARLIER)
        self.event("course.completed", self.completion(), "certificates", "engagement")
        told = self.event("certificate.issued", {"userId": str(self.learner["id"])}, "notifications", "email", "push", "engagement")
        make.row(Notification, id=uuid7(), user_id=self.learner["id"], event_id=told, kind="certificate.issued")
        make.row(
            Delivery,
            id=uuid7(),
            user_id=self.learner["id"],
            event_id=told,
            channel="in_app",
            kind="certificate.issued",
            weight=1,
            status="sent",
            settled_at=EARLIER,
        )
        points = make.row(
            Xp,
            id=uuid7(),
            user_id=self.learner["id"],
            kind="course_complete",
            source=str(self.outlined["id"]),
            points=500,
            rule_version=1,
            day=EARLIER.date(),
            earned_at=EARLIER,
        )
        make.row(XpPending, xp_id=points["id"], user_id=self.learner["id"], day=EARLIER.date(), points=500, booked_at=EARLIER)
        make.row(XpDaily, user_id=self.learner["id"], day=EARLIER.date(), points=500, awards=1)
        make.execute("update users set xp_total = 500 where id = :id", id=self.learner["id"])
        job = make.row(
            GenerationJob,
            id=uuid7(),
            user_id=self.teacher["id"],
            status="completed",
            topic="Loops",
            visibility="public",
            domain="engineering",
            brief={},
            lesson_count=3,
            course_id=self.course["id"],
            last_seq=1,
        )
        make.row(JobEvent, job_id=job["id"], seq=1, kind="complete", data={})
        for micros in (30, 40):
            make.execute(
                "insert into generation_charges (id, job_id, user_id, step, model, cost_micros, settled) "
                "values (gen_random_uuid(), :job, :user, 'outline', 'm', :micros, true)",
                job=job["id"],
                user=self.teacher["id"],
                micros=micros,
            )

    def completion(self) -> dict[str, str]:
        return {"enrollmentId": str(self.enrollment["id"]), "userId": str(self.learner["id"]), "courseId": str(self.outlined["id"])}

    def event(self, kind: str, payload: dict[str, Any], *consumers: str) -> Any:
        values = {"kind": kind, "version": 1, "payload": payload, "occurred_at": EARLIER, "published_at": EARLIER}
        event = self.make.row(OutboxEvent, id=uuid7(), **values)
        for consumer in consumers:
            self.make.row(ConsumedEvent, consumer=consumer, event_id=event["id"])
        return event["id"]


@pytest.fixture
def academy(make: Factory) -> Academy:
    return Academy(make)


def findings(db: Database) -> dict[str, int]:
    figures = auditor.audit(db)
    found = {name: n for name, n in figures.items() if n and name not in ("checked", "drift")}
    assert figures["drift"] == sum(found.values())
    return found


def test_an_academy_in_order_has_no_drift(academy: Academy, db: Database) -> None:
    figures = auditor.audit(db)

    assert figures.pop("checked") == 20
    assert set(figures.values()) == {0}


DAMAGE = {
    "progress_enrollments": "update enrollments set completed_sections = 7",
    "progress_learners": "update courses set total_enrollments = 5 where total_enrollments = 1",
    "progress_ratings": "update courses set rating_count = 1, rating_sum = 5 where total_enrollments = 1",
    "outlines": "update courses set section_count = 9 where total_enrollments = 1",
    "enrollments_status": "update enrollments set status = 'active'",
    "certificates_unearned": "update certificates set user_id = (select id from users where role = 'instructor')",
    "certificates_stuck": "update certificates set status = 'pending', issued_at = null, pdf_key = null, created_at = now() - interval '2 hours'",
    "events_unpublished": "update outbox set published_at = null where kind = 'certificate.issued'",
    "events_undelivered": "delete from consumed_events where consumer = 'certificates'",
    "notices_missing": "delete from notifications",
    "deliveries_overdue": "update deliveries set status = 'waiting', settled_at = null, due_at = now() - interval '2 hours'",
    "notices_unaccounted": "update notifications set event_id = gen_random_uuid()",
    "completions_untold": "delete from outbox where kind = 'course.completed'",
    "jobs_cost": "update generation_charges set cost_micros = cost_micros + 1",
    "jobs_events": "update generation_jobs set last_seq = 4",
    "jobs_stuck": "update generation_jobs set status = 'processing', course_id = null, updated_at = now() - interval '3 hours'",
    "acts_unsealed": "insert into audit_log (id, action, target_type, target_id, occurred_at) "
    "select overlay(gen_random_uuid()::text placing (select left(id::text, 13) from outbox limit 1) from 1 for 13)::uuid, "
    "'a', 't', 'i', now() - interval '1 hour'",
}
"""What breaks, by the figure that shows it first; some break more than one thing."""

ALSO = {
    "certificates_unearned": {"certificates_missing": 1},
    "notices_unaccounted": {"notices_missing": 1},
}


@pytest.mark.parametrize("figure", DAMAGE)
def test_damage_has_its_figure(figure: str, academy: Academy, db: Database) -> None:
    academy.make.execute(DAMAGE[figure])

    assert findings(db) == {figure: 1, **ALSO.get(figure, {})}


def test_what_constraints_forbid_is_looked_for_all_the_same(academy: Academy, db: Database) -> None:
    make = academy.make
    make.execute("drop index uq_enrollments_current")
    make.execute("drop index uq_certificates_cycle")
    make.execute(
        "insert into enrollments (id, user_id, course_id, status, source, completed_at) "
        "select gen_random_uuid(), user_id, course_id, status, source, completed_at from enrollments"
    )
    make.execute(
        "insert into certificates (id, user_id, course_id, serial, status, learner_name, course_title, instructor_name, issue_date, "
        "pdf_key, issued_at) select gen_random_uuid(), user_id, course_id, 'another', status, learner_name, course_title, "
        "instructor_name, issue_date, pdf_key, issued_at from certificates"
    )

    found = findings(db)

    assert found["enrollments_doubled"] == 1
    assert found["certificates_doubled"] == 2


def test_a_completion_told_twice_and_one_without_a_certificate(academy: Academy, db: Database) -> None:
    academy.event("course.completed", {"enrollmentId": str(academy.enrollment["id"])}, "certificates", "engagement")
    academy.make.execute("delete from certificates")

    assert findings(db) == {"completions_retold": 1, "certificates_missing": 1}


def test_a_forged_act_breaks_the_chain(academy: Academy, db: Database) -> None:
    make = academy.make
    make.execute(DAMAGE["acts_unsealed"])
    housekeeping.seal_audit_log(db)
    assert findings(db) == {}

    make.execute("alter table audit_log disable trigger all")
    make.execute("update audit_log set action = 'b'")

    assert findings(db) == {"seals_broken": 1}


def test_what_is_under_way_is_no_drift(academy: Academy, db: Database) -> None:
    """An event of a moment ago, a job at work, a certificate being drawn."""
    make = academy.make
    make.execute("delete from consumed_events")
    make.execute("update outbox set published_at = now() - interval '5 minutes'")
    make.execute("update outbox set published_at = null, occurred_at = now() where kind = 'certificate.issued'")
    make.execute("update generation_jobs set status = 'processing', course_id = null")
    make.execute("update certificates set status = 'pending', issued_at = null, pdf_key = null")
    make.execute("delete from notifications")

    assert findings(db) == {}


def test_every_piece_of_a_table_is_looked_at(academy: Academy, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of one row find as much as one piece."""
    academy.make.execute(DAMAGE["events_undelivered"])
    academy.event("certificate.issued", {"userId": str(academy.learner["id"])})
    for module in (auditor.books, auditor.courses, auditor.certificates, auditor.deliveries, auditor.generation, auditor.journal):
        for name in ("ROWS_AT_ONCE", "COURSES_AT_ONCE", "JOBS_AT_ONCE"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, 1)

    assert findings(db) == {"events_undelivered": 5}


def test_the_auditor_writes_nothing(academy: Academy, db: Database) -> None:
    db.connection().command("set default_transaction_read_only = on")

    assert auditor.audit(db)["drift"] == 0


def test_it_knows_what_each_consumer_acts_on() -> None:
    # What SES tells is no event of ours.
    ours = {consumer: kinds for consumer, kinds in catalogue.handled().items() if kinds}
    assert {consumer: set(kinds) for consumer, kinds in deliveries.HANDLED.items()} == ours


def test_ids_begin_with_their_time() -> None:
    assert walk.since(1) < uuid7()
    assert walk.since(-1) > uuid7()


def test_the_nights_audit_is_the_metric_that_the_alarm_watches(
    academy: Academy, db: Database, published: list[Envelope], capsys: pytest.CaptureFixture[str]
) -> None:
    academy.make.execute(DAMAGE["notices_missing"])

    schedules.handler({"task": "audit"}, None)

    line = next(json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line)
    assert line["drift"] == [1.0]
    assert line["notices_missing"] == [1.0]
    written = line["_aws"]["CloudWatchMetrics"][0]
    dimensions = {name: line[name] for name in written["Dimensions"][0]}
    template = (Path(__file__).parents[3] / "infra" / "observability.yaml").read_text()
    alarm = template[template.index("  AuditAlarm:") :].split("\n\n")[0]
    assert dict(re.findall(r"- Name: (\w+)\n\s+Value: (\w+)", alarm)) == dimensions == {"service": "academy", "task": "audit"}
    assert re.findall(r"(?:Namespace|MetricName): (\w+)", alarm) == [written["Namespace"], "drift"]
