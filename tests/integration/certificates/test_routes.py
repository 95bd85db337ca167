"""Certificates over HTTP: mine, anybody's to verify, nobody else's to see."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest

from academy.certificates.schemas import CertificateView, IssuanceView, VerificationView
from academy.certificates.serials import new_serial
from academy.certificates.verify_page import POLICY
from academy.platform.db import Database, UnitOfWork
from academy.platform.events import Envelope
from tests.api import Client
from tests.factories import Factory
from tests.integration.certificates.conftest import Cloud, Learning, deliver, issue, run

PERSONAL_ROUTES = [
    ("GET", "/certificates"),
    ("GET", "/certificates/{id}"),
    ("GET", "/certificates/{id}/download"),
    ("POST", "/courses/{id}/certificate"),
]


def completion(learning: Learning, identifier: UUID | None = None) -> Envelope:
    payload = {**learning.order, "enrollmentId": str(learning.enrollment["id"])}
    return Envelope(id=str(identifier or uuid4()), kind="course.completed", version=1, occurred_at=datetime.now(UTC), payload=payload)


# ---- Asking for it ----


def test_completion_starts_the_state_machine_once_for_an_event(completed: Learning, cloud: Cloud, db: Database) -> None:
    event = completion(completed)

    assert [deliver(db, event) for _ in range(3)] == [True, False, False]

    (execution,) = cloud.executions()
    assert execution["name"] == f"{completed.learner['id']}-{completed.course['id']}"
    assert f'"userId": "{completed.learner["id"]}"' in execution["input"]


def test_ten_events_and_requests_make_one_execution(completed: Learning, cloud: Cloud, client: Client, db: Database) -> None:
    for _ in range(5):
        deliver(db, completion(completed))
        reply = client.post(f"/courses/{completed.course['id']}/certificate", user=completed.learner)
        assert reply.status == 202
        assert IssuanceView.model_validate(reply.data).status == "pending"

    assert len(cloud.executions()) == 1


def test_asking_again_after_a_failure_starts_it_again(completed: Learning, cloud: Cloud, client: Client, make: Factory) -> None:
    client.post(f"/courses/{completed.course['id']}/certificate", user=completed.learner)
    run("reserve_certificate", **completed.order)
    cloud.end(cloud.executions()[0])

    reply = client.post(f"/courses/{completed.course['id']}/certificate", user=completed.learner)

    assert reply.status == 202
    assert reply.data["certificate"]["status"] == "pending"
    assert len(cloud.executions()) == 2
    asked = [(row["actor_id"], row["action"], row["target_type"], row["target_id"]) for row in make.rows("select * from audit_log")]
    assert asked == [(completed.learner["id"], "certificate.request", "course", str(completed.course["id"]))] * 2
    assert all(len(execution["name"]) <= 80 for execution in cloud.executions())


def test_asking_for_one_that_is_issued_shows_it(completed: Learning, issued: UUID, cloud: Cloud, client: Client) -> None:
    reply = client.post(f"/courses/{completed.course['id']}/certificate", user=completed.learner)

    assert reply.status == 202
    assert reply.data["status"] == "issued"
    assert reply.data["certificate"] == client.get(f"/certificates/{issued}", user=completed.learner).data
    assert cloud.executions() == []


def test_the_same_idempotency_key_gives_the_same_answer(completed: Learning, cloud: Cloud, client: Client) -> None:
    key = {"Idempotency-Key": "certificate-1"}
    first, second = (client.post(f"/courses/{completed.course['id']}/certificate", user=completed.learner, headers=key) for _ in range(2))
    assert (first.status, first.text) == (second.status, second.text)


def test_a_course_that_is_not_completed_has_none(make: Factory, cloud: Cloud, client: Client) -> None:
    learner, stranger, teacher = make.user(), make.user(), make.user("instructor")
    course, draft = make.course(teacher), make.course(teacher, status="draft")
    make.enrollment(learner, course)

    for user in (learner, stranger):
        reply = client.post(f"/courses/{course['id']}/certificate", user=user)
        assert (reply.status, reply.code) == (422, "COURSE_NOT_COMPLETED")
    for unknown in (draft["id"], uuid4()):
        reply = client.post(f"/courses/{unknown}/certificate", user=stranger)
        assert (reply.status, reply.code) == (404, "COURSE_NOT_FOUND")
    assert cloud.executions() == []


def test_a_cloud_that_is_down_is_told_as_such(completed: Learning, cloud: Cloud, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from academy.platform import config as configuration

    monkeypatch.setenv("CERTIFICATE_ISSUANCE_ARN", "arn:aws:states:ap-south-1:123456789012:stateMachine:gone")
    configuration.config.cache_clear()
    reply = client.post(f"/courses/{completed.course['id']}/certificate", user=completed.learner)
    assert (reply.status, reply.code) == (503, "TEMPORARILY_UNAVAILABLE")


# ---- Mine ----


def test_my_certificates_are_listed_and_shown(completed: Learning, issued: UUID, client: Client, make: Factory) -> None:
    listed = client.get("/certificates", user=completed.learner)
    shown = client.get(f"/certificates/{issued}", user=completed.learner)

    assert listed.status == shown.status == 200
    assert listed.data == [shown.data]
    assert listed.json["pagination"]["totalCount"] == 1
    serial = make.value("select serial from certificates")
    view = CertificateView.model_validate(shown.data)
    assert (view.id, view.serial, view.course_id) == (issued, serial, completed.course["id"])
    assert view.course_title == "Introduction to Machine Learning"
    assert view.cert_url == f"http://127.0.0.1:3000/api/v1/certificates/{issued}/download"
    assert view.verify_url == f"http://127.0.0.1:3000/verify/{serial}"
    assert set(shown.data) == {info.alias for info in CertificateView.model_fields.values()}


def test_the_list_is_latest_first_and_pages(make: Factory, db: Database, cloud: Cloud, published: list[Any], client: Client) -> None:
    learner, teacher = make.user(), make.user("instructor")
    made = []
    for _ in range(5):
        course = make.course(teacher)
        enrollment = make.enrollment(learner, course, status="completed", completed_at=datetime.now(UTC))
        made.append(str(run("reserve_certificate", **Learning(learner, course, teacher, enrollment).order)["certificateId"]))

    first = client.get("/certificates", user=learner, query={"limit": 2})
    second = client.get("/certificates", user=learner, query={"limit": 2, "cursor": first.json["pagination"]["nextCursor"]})
    third = client.get("/certificates", user=learner, query={"limit": 2, "page": 3})
    assert [item["id"] for reply in (first, second, third) for item in reply.data] == made[::-1]
    assert second.json["pagination"]["totalCount"] is None
    of_one_course = client.get("/certificates", user=learner, query={"courseId": first.data[1]["courseId"]})
    assert [item["id"] for item in of_one_course.data] == [made[3]]
    assert first.data[0]["certUrl"] is first.data[0]["verifyUrl"] is None, "a pending one leads nowhere yet"


def test_the_download_leads_to_the_very_pdf(completed: Learning, issued: UUID, client: Client, make: Factory) -> None:
    reply = client.get(f"/certificates/{issued}/download", user=completed.learner)

    assert reply.status == 302
    link = urlsplit(reply.headers["Location"])
    query = parse_qs(link.query)
    assert link.path.endswith(f"/certificates/{issued}.pdf")
    assert any(name in query for name in ("X-Amz-Signature", "Signature"))
    assert make.value("select serial from certificates") in query["response-content-disposition"][0]
    assert query["response-content-type"] == ["application/pdf"]
    assert reply.headers["Cache-Control"] == "private, no-store"


def test_a_pending_one_can_not_be_downloaded(completed: Learning, cloud: Cloud, client: Client) -> None:
    certificate = run("reserve_certificate", **completed.order)["certificateId"]
    reply = client.get(f"/certificates/{certificate}/download", user=completed.learner)
    assert (reply.status, reply.code) == (409, "CERTIFICATE_PENDING")


def test_anothers_certificate_is_as_if_absent(completed: Learning, issued: UUID, client: Client, make: Factory) -> None:
    for stranger in (make.user(), completed.teacher):
        for path in (f"/certificates/{issued}", f"/certificates/{issued}/download"):
            foreign = client.get(path, user=stranger)
            absent = client.get(path.replace(str(issued), str(uuid4())), user=stranger)
            assert (foreign.status, foreign.code, foreign.json["error"]) == (absent.status, absent.code, absent.json["error"])
            assert (foreign.status, foreign.code) == (404, "CERTIFICATE_NOT_FOUND")
        query = {"userId": str(completed.learner["id"]), "serial": make.value("select serial from certificates")}
        assert client.get("/certificates", user=stranger, query=query).data == []


@pytest.mark.parametrize(("method", "path"), PERSONAL_ROUTES)
def test_nobody_sees_any_without_signing_in(method: str, path: str, client: Client) -> None:
    reply = client.call(method, path.replace("{id}", str(uuid4())))
    assert reply.status == 401


# ---- Anybody ----


def test_anybody_may_verify_as_json_and_as_a_page(completed: Learning, issued: UUID, client: Client, make: Factory) -> None:
    serial = make.value("select serial from certificates")

    for typed in (serial, serial.lower(), serial.replace("-", "")):
        reply = client.get(f"/certificates/verify/{typed}")
        assert reply.status == 200
        view = VerificationView.model_validate(reply.data)
        assert (view.valid, view.status, view.serial) == (True, "issued", serial)
        assert (view.learner, view.course, view.instructor) == ("அருண் குமார்", "Introduction to Machine Learning", "Dr. Vidya Sharma")
        assert view.verify_url == f"http://127.0.0.1:3000/verify/{serial}"
        assert "userId" not in reply.text
        assert "@" not in reply.text

    page = client.get(f"/verify/{serial}")
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Content-Security-Policy"] == POLICY
    assert page.headers["Cache-Control"] == "private, no-store", "a revocation must be seen at once"
    assert "This certificate is valid" in page.text
    assert "அருண் குமார்" in page.text


def test_an_unknown_serial_is_404_in_both_forms(client: Client) -> None:
    for text in (str(new_serial()), "0000", "%3Cscript%3E", "x" * 5_000, "../../etc", "7Q2K"):
        reply = client.get(f"/certificates/verify/{text.replace('/', '%2F')}")
        assert (reply.status, reply.code) == (404, "CERTIFICATE_NOT_FOUND")
    page = client.get(f"/verify/{new_serial()}")
    assert page.status == 404
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Certificate not found" in page.text


def test_a_pending_one_can_not_be_verified(completed: Learning, cloud: Cloud, client: Client, make: Factory) -> None:
    run("reserve_certificate", **completed.order)
    assert client.get(f"/certificates/verify/{make.value('select serial from certificates')}").status == 404


def test_a_mistyped_serial_costs_no_look_up(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from academy.certificates import repository

    asked: list[Any] = []
    first = UnitOfWork.first
    monkeypatch.setattr(UnitOfWork, "first", lambda self, statement, **p: asked.append(statement) or first(self, statement, **p))  # type: ignore[func-returns-value]

    serial = new_serial()
    wrong = serial[:-1] + ("0" if serial[-1] != "0" else "1")
    client.get(f"/verify/{wrong}")
    assert repository.VERIFY not in asked
    client.get(f"/verify/{serial}")
    assert repository.VERIFY in asked


# ---- Revoking ----


def test_a_revoked_certificate_stays_verifiable(
    completed: Learning, issued: UUID, client: Client, make: Factory, published: list[Envelope]
) -> None:
    admin = make.user("admin")

    reply = client.post(f"/certificates/{issued}/revoke", {"reason": "Issued to the wrong <person>"}, user=admin)

    assert reply.status == 200
    assert (reply.data["status"], reply.data["revokedReason"]) == ("revoked", "Issued to the wrong <person>")
    assert reply.data == client.get(f"/certificates/{issued}", user=completed.learner).data
    serial = make.value("select serial from certificates")
    verified = client.get(f"/certificates/verify/{serial}").data
    assert (verified["valid"], verified["status"], verified["revokedReason"]) == (False, "revoked", "Issued to the wrong <person>")
    assert verified["learner"] == "அருண் குமார்"
    (row,) = make.rows("select revoked_by, revoked_at from certificates")
    assert row["revoked_by"] == admin["id"]
    assert datetime.fromisoformat(verified["revokedAt"]) == row["revoked_at"]
    page = client.get(f"/verify/{serial}")
    assert page.status == 200
    assert "This certificate was revoked" in page.text
    assert "Issued to the wrong &lt;person&gt;" in page.text

    download = client.get(f"/certificates/{issued}/download", user=completed.learner)
    assert (download.status, download.code) == (410, "CERTIFICATE_REVOKED")
    again = client.post(f"/courses/{completed.course['id']}/certificate", user=completed.learner)
    assert (again.status, again.code) == (409, "CERTIFICATE_REVOKED")
    assert issue(completed) == issued, "the state machine leaves it as it is"
    assert make.value("select status from certificates") == "revoked"

    (entry,) = make.rows("select * from audit_log where action = 'certificate.revoke'")
    assert (entry["actor_id"], entry["target_type"], entry["target_id"]) == (admin["id"], "certificate", str(issued))
    assert (entry["before"], entry["after"]) == ({"status": "issued"}, {"status": "revoked", "reason": "Issued to the wrong <person>"})
    assert [event.kind for event in published] == ["certificate.issued", "certificate.revoked"]
    assert published[-1].payload == {**completed.order, "certificateId": str(issued), "serial": serial}


def test_revoking_twice_keeps_the_first_reason(issued: UUID, client: Client, make: Factory) -> None:
    admin = make.user("admin")
    client.post(f"/certificates/{issued}/revoke", {"reason": "First"}, user=admin)
    reply = client.post(f"/certificates/{issued}/revoke", {"reason": "Second"}, user=admin)
    assert (reply.status, reply.code) == (409, "CERTIFICATE_REVOKED")
    assert make.value("select revoked_reason from certificates") == "First"


def test_only_an_admin_revokes_and_only_with_a_reason(completed: Learning, issued: UUID, client: Client, make: Factory) -> None:
    admin = make.user("admin")
    for user in (completed.learner, completed.teacher):
        assert client.post(f"/certificates/{issued}/revoke", {"reason": "Because"}, user=user).status == 403
    for body in ({}, {"reason": ""}, {"reason": "  x  "}, {"reason": "x" * 501}, {"reason": 5}, {"reason": "Good", "status": "issued"}):
        reply = client.post(f"/certificates/{issued}/revoke", body, user=admin)
        assert (reply.status, reply.code) == (400, "VALIDATION_FAILED")
    assert client.post(f"/certificates/{uuid4()}/revoke", {"reason": "Because"}, user=admin).code == "CERTIFICATE_NOT_FOUND"
    assert make.value("select status from certificates") == "issued"


def test_a_pending_one_can_not_be_revoked(completed: Learning, cloud: Cloud, client: Client, make: Factory) -> None:
    certificate = run("reserve_certificate", **completed.order)["certificateId"]
    reply = client.post(f"/certificates/{certificate}/revoke", {"reason": "Because"}, user=make.user("admin"))
    assert (reply.status, reply.code) == (409, "CERTIFICATE_PENDING")


def test_an_admin_finds_a_certificate_by_its_serial_or_its_learner(
    completed: Learning, issued: UUID, client: Client, make: Factory
) -> None:
    admin, serial = make.user("admin"), make.value("select serial from certificates")
    for query in ({"serial": serial.lower()}, {"userId": str(completed.learner["id"])}):
        assert [item["id"] for item in client.get("/certificates", user=admin, query=query).data] == [str(issued)]
    assert client.get("/certificates", user=admin).data == [], "without a filter it is one's own list"
    assert client.get("/certificates", user=admin, query={"serial": "nonsense"}).data == []
    assert client.get(f"/certificates/{issued}", user=admin).status == 200
