"""A certificate is issued once, only for a completed course, however often and however badly its steps run."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from academy.certificates import service, tasks
from academy.certificates.serials import parse_serial
from academy.platform.db import Database, DatabaseFailure, Row, UnitOfWork, sql
from academy.platform.events import Envelope
from functions.document_tasks.app import FONTS
from tests.factories import Factory
from tests.integration.certificates.conftest import Cloud, Learning, issue, run

ROW = "select * from certificates"


@pytest.mark.usefixtures("db")
def test_the_steps_one_after_the_other_issue_it(completed: Learning, cloud: Cloud, make: Factory, published: list[Envelope]) -> None:
    certificate = issue(completed)

    (row,) = make.rows(ROW)
    assert row["id"] == certificate
    assert (row["status"], row["user_id"], row["course_id"]) == ("issued", completed.learner["id"], completed.course["id"])
    assert (row["learner_name"], row["course_title"], row["instructor_name"]) == (
        "அருண் குமார்",
        "Introduction to Machine Learning",
        "Dr. Vidya Sharma",
    )
    assert parse_serial(row["serial"]) == row["serial"]
    assert hashlib.sha256(cloud.file(row["pdf_key"])).hexdigest() == row["pdf_sha256"]
    assert "அருண்" not in row["pdf_key"]
    (event,) = published
    assert event.kind == "certificate.issued"
    assert event.payload == {
        "certificateId": str(certificate),
        "userId": str(completed.learner["id"]),
        "courseId": str(completed.course["id"]),
        "courseTitle": "Introduction to Machine Learning",
        "serial": row["serial"],
    }


@pytest.mark.usefixtures("db")
def test_every_step_twice_leaves_what_once_leaves(completed: Learning, cloud: Cloud, make: Factory, published: list[Envelope]) -> None:
    def twice(task: str, **order: Any) -> dict[str, Any]:
        first, rows = run(task, **order), make.rows(ROW)
        assert {**run(task, **order), "issuedNow": None} == {**first, "issuedNow": None}
        assert make.rows(ROW) == rows
        return first

    certificate = twice("reserve_certificate", **completed.order)["certificateId"]
    drawn = twice("draw_certificate", certificateId=certificate)
    pdf = cloud.file(drawn["key"])
    twice("issue_certificate", certificateId=certificate, **drawn)

    # And all of it again, long after.
    rows = make.rows(ROW)
    assert run("reserve_certificate", **completed.order) == {"certificateId": certificate, "status": "issued"}
    assert run("draw_certificate", certificateId=certificate) == drawn
    run("issue_certificate", certificateId=certificate, **drawn)
    assert make.rows(ROW) == rows
    assert cloud.file(drawn["key"]) == pdf
    assert cloud.keys() == [drawn["key"]]
    assert [event.kind for event in published] == ["certificate.issued"]
    assert make.value("select count(*) from outbox") == 1


def test_ten_at_once_issue_once(completed: Learning, cloud: Cloud, make: Factory, database_url: str, published: list[Envelope]) -> None:
    together = threading.Barrier(10, timeout=30)
    moto = threading.Lock()  # it answers one call at a time

    def trigger(_: int) -> tuple[str, bool]:
        mine = Database(database_url)
        try:
            together.wait()
            certificate = tasks.reserve(mine, user_id=completed.learner["id"], course_id=completed.course["id"])["certificateId"]
            with moto:
                drawn = tasks.draw(mine, FONTS, certificate_id=certificate)
            together.wait()
            return certificate, tasks.issue(mine, certificate_id=certificate, **drawn)["issuedNow"]
        finally:
            mine.discard()

    with ThreadPoolExecutor(10) as pool:
        results = list(pool.map(trigger, range(10)))

    assert len({certificate for certificate, _ in results}) == 1
    assert sorted(now for _, now in results) == [False] * 9 + [True]
    assert make.value("select count(*) from certificates") == 1
    assert make.value("select count(*) from outbox") == 1
    assert len(published) == 1


@pytest.mark.parametrize("status", ["active", "ended"])
@pytest.mark.usefixtures("db", "cloud")
def test_nothing_is_certified_that_was_not_completed(status: str, make: Factory) -> None:
    learner, course = make.user(), make.course(make.user("instructor"))
    ended = {"ended_at": datetime.now(UTC), "completed_at": datetime.now(UTC)} if status == "ended" else {}
    make.enrollment(learner, course, status=status, **ended)

    with pytest.raises(tasks.CourseNotCompleted):
        run("reserve_certificate", userId=str(learner["id"]), courseId=str(course["id"]))
    with pytest.raises(tasks.CourseNotCompleted):
        run("reserve_certificate", userId=str(uuid4()), courseId=str(course["id"]))
    assert make.rows(ROW) == []


@pytest.mark.usefixtures("db")
def test_names_are_those_of_the_day_it_was_reserved(completed: Learning, cloud: Cloud, make: Factory) -> None:
    certificate = run("reserve_certificate", **completed.order)["certificateId"]
    first = cloud.file(run("draw_certificate", certificateId=certificate)["key"])

    make.execute("update users set full_name = 'Somebody Else'")
    make.execute("update courses set title = 'Another Course'")

    assert cloud.file(run("draw_certificate", certificateId=certificate)["key"]) == first


@pytest.mark.usefixtures("db", "cloud")
def test_the_date_is_the_learners_own(completed: Learning, make: Factory) -> None:
    make.execute("update users set time_zone = 'Pacific/Kiritimati'")
    run("reserve_certificate", **completed.order)
    assert make.value("select issue_date = (now() at time zone 'Pacific/Kiritimati')::date from certificates")


@pytest.mark.usefixtures("db")
def test_a_failure_is_noted_and_the_next_attempt_goes_on(completed: Learning, cloud: Cloud, make: Factory) -> None:
    certificate = run("reserve_certificate", **completed.order)["certificateId"]

    run("record_certificate_failure", **completed.order, error="StorageUnavailable: out of reach " + "x" * 1000)
    (row,) = make.rows(ROW)
    assert row["status"] == "pending"
    assert row["last_error"].startswith("StorageUnavailable")
    assert len(row["last_error"]) == 500

    assert issue(completed) == row["id"]
    (row,) = make.rows(ROW)
    assert (str(row["id"]), row["status"], row["last_error"]) == (certificate, "issued", None)


@pytest.mark.usefixtures("db")
def test_a_late_failure_does_not_touch_what_is_issued(completed: Learning, cloud: Cloud, make: Factory) -> None:
    issue(completed)
    assert run("record_certificate_failure", **completed.order, error="States.Timeout") == {"noted": False}
    assert make.value("select last_error from certificates") is None


@pytest.mark.usefixtures("cloud")
def test_errors_carry_the_names_that_the_state_machine_knows(completed: Learning, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = run("reserve_certificate", **completed.order)["certificateId"]

    monkeypatch.setenv("BUCKET", "no-such-bucket")
    from academy.platform import config as configuration

    configuration.config.cache_clear()
    with pytest.raises(tasks.StorageUnavailable):
        run("draw_certificate", certificateId=certificate)

    unreachable = Database("postgresql://academy_app@127.0.0.1:1/academy?sslmode=disable")
    with pytest.raises(tasks.DatabaseUnavailable):
        tasks.reserve(unreachable, user_id=completed.learner["id"], course_id=completed.course["id"])


@pytest.mark.usefixtures("completed", "cloud")
def test_the_application_can_not_delete_one(issued: Any, db: Database) -> None:
    for statement in (sql("delete from certificates"), sql("truncate certificates")):
        with pytest.raises(DatabaseFailure, match="permission denied"):
            db.transact(partial(UnitOfWork.execute, statement=statement))


def test_a_drawn_certificate_says_where_it_is_verified() -> None:
    columns = {
        "serial": "0000-0000-0000-0000",
        "learner_name": "Asha",
        "course_title": "Tides",
        "instructor_name": "Ravi",
        "issue_date": "2026-11-21",
    }
    row = Row({name: number for number, name in enumerate(columns)}, list(columns.values()))

    assert service.facts_of(row).verify_url == "http://127.0.0.1:3000/verify/0000-0000-0000-0000"
