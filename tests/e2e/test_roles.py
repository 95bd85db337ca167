"""What roles may do and no other end-to-end test makes them do; then, what all of them did against what the tests of the template know."""

import time
import uuid
from typing import Any

import httpx
import pytest

from infra.local.settings import PASSWORD
from tests.e2e.conftest import LiveAcademy
from tests.e2e.test_main_job import SOURCE, Headers, eventually, sign_in
from tests.e2e.test_user_pool import code_from_google, sign_up
from tests.infra import record

pytestmark = pytest.mark.e2e

ON_PURPOSE = {"learning: s3:PutObject", "learning: secretsmanager:GetSecretValue"}
"""Refused to what test_iam.py runs in the role of the function learning."""


def test_the_academy_says_that_it_is_ready(web: httpx.Client) -> None:
    reply = web.get("/api/v1/health/ready")

    assert (reply.status_code, reply.json()["data"]["checks"]) == (200, {"database": "ok", "bucket": "ok", "events": "ok"})


def test_a_course_is_written_from_an_uploaded_source(web: httpx.Client) -> None:
    """Given a form that the function signed, when a text is sent with it, then the function reads it back."""
    teacher = sign_in(web, "instructor3@academy.test")
    text = SOURCE.encode()
    form = web.post("/api/v1/courses/generate/sources", headers=teacher, json={"size": len(text)}).json()["data"]
    sent = httpx.post(form["url"], data=form["fields"], files={"file": ("source.txt", text, "text/plain")})
    assert sent.status_code == 204, sent.text

    order = {"topic": f"Leaves {time.time_ns()}", "difficulty": "beginner", "lessonCount": 3, "sourceKey": form["sourceKey"]}
    job = web.post("/api/v1/courses/generate", headers=teacher, json=order)
    assert job.status_code == 202, job.text
    assert web.delete(f"/api/v1/courses/generate/{job.json()['data']['jobId']}", headers=teacher).status_code == 200


def test_somebody_signs_up_and_changes_the_password(web: httpx.Client) -> None:
    name = f"r{uuid.uuid4().hex[:10]}"
    person = {"firstName": "Role", "lastName": "Player", "username": name, "email": f"{name}@academy.test", "password": PASSWORD}
    made = web.post("/api/v1/auth/signup", json={**person, "role": "student", "preferredStudyTime": "morning"})
    assert made.status_code == 201, made.text

    themselves = sign_in(web, person["email"])
    answers = {"fullName": "Role Player", "role": "student", "domain": "engineering", "branch": "Civil", "year": 2}
    assert web.post("/api/v1/auth/onboarding", headers=themselves, json=answers).status_code == 200
    changed = web.put(
        "/api/v1/profile/update",
        headers=themselves,
        json={"currentPassword": PASSWORD, "newPassword": f"{PASSWORD}-2"},
    )
    assert changed.status_code == 200, changed.text


def test_a_guest_from_google_is_who_they_are_already(academy: LiveAcademy) -> None:
    """Given an account whose address is proved, when the same address comes from Google, then it stays one account."""
    pool, pool_id = academy.aws("cognito-idp"), academy.variables["USER_POOL_ID"]
    email = sign_up(academy, pool)
    pool.admin_update_user_attributes(UserPoolId=pool_id, Username=email, UserAttributes=[{"Name": "email_verified", "Value": "true"}])

    code_from_google(academy, email, "a-verifier-of-at-least-forty-three-characters-1")

    users = pool.list_users(UserPoolId=pool_id, Filter=f'email = "{email}"')["Users"]
    assert len([user for user in users if not user["Username"].startswith("Google_")]) == 1


def test_a_certificate_is_asked_for_and_taken_back(web: httpx.Client) -> None:
    """Given a changed course and a learner at its end, when they ask for the certificate at once, then there is one, which an admin revokes."""
    admin, student = sign_in(web, "admin@academy.test"), sign_in(web, "student7@academy.test")
    course = _finish_some_course(web, admin, student)
    assert web.post(f"/api/v1/courses/{course}/certificate", headers=student).status_code == 202

    def issued() -> Any:
        rows = web.get("/api/v1/certificates", params={"limit": 100}, headers=student).json()["data"]
        return next((row for row in rows if row["courseId"] == course and row["status"] == "issued"), None)

    certificate = eventually(issued, "the certificate")
    revoked = web.post(f"/api/v1/certificates/{certificate['id']}/revoke", headers=admin, json={"reason": "A test took it back."})
    assert revoked.status_code == 200, revoked.text


def test_nobody_was_refused_and_all_that_was_asked_for_is_known(academy: LiveAcademy) -> None:
    """Given what all roles asked for until now, then each call is in asked.json, from which the template's policies are judged."""
    asked, refused = record.recorded(academy.settings, academy.stack)
    known = record.load()
    unknown = {function: record.lines(calls - known.get(function, set())) for function, calls in asked.items()}

    assert [line for line in refused if line.partition(" on ")[0] not in ON_PURPOSE] == []
    assert {function: calls for function, calls in unknown.items() if calls} == {}, "make roles notes them, then look at the policies"


def _finish_some_course(web: httpx.Client, admin: Headers, student: Headers) -> str:
    """A free course that this learner is not in yet, changed by an admin, then studied to its end."""
    mine = {row["courseId"] for row in web.get("/api/v1/enrollments", params={"limit": 100}, headers=student).json()["data"]}
    found = web.get("/api/v1/courses", params={"limit": 100}).json()["data"]
    course: str = next(row["id"] for row in found if row["id"] not in mine and not row["price"])
    page = web.get(f"/api/v1/courses/{course}", headers=admin).json()["data"]
    assert web.put(f"/api/v1/courses/{course}", headers=admin, json={"description": page["description"]}).status_code == 200
    assert web.post(f"/api/v1/courses/{course}/enroll", headers=student).status_code == 201
    for module in page["modules"]:
        for lesson in module["lessons"]:
            done = web.post(f"/api/v1/progress/lessons/{lesson['id']}/complete", headers=student, json={"timeSpent": 60})
            assert done.status_code == 200, done.text
    return course
