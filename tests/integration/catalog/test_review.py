"""draft → in_review → published or rejected."""

from typing import Any

import pytest

from academy.platform.events import Envelope
from tests.api import Client
from tests.factories import Factory
from tests.integration.catalog.writing import publish, ready_course


def test_everything_that_is_missing_is_told_at_once(client: Client, make: Factory) -> None:
    teacher = make.user("instructor")
    course = make.course(teacher, status="draft")
    make.module(course, 1, title="Without lessons")
    full = make.module(course, 2)
    make.lesson(full, 1, title="Without sections")
    make.section(make.lesson(full, 2), title="Without words", content="  ")
    quiz = make.quiz(full)
    make.execute("update questions set deleted_at = now() where quiz_id = :id", id=quiz["id"])

    reply = client.post(f"/courses/{course['id']}/submit", user=teacher)

    assert (reply.status, reply.code) == (422, "COURSE_NOT_PUBLISHABLE")
    assert [problem["type"] for problem in reply.json["details"]] == ["empty_module", "empty_lesson", "empty_section", "empty_quiz"]
    assert reply.json["details"][0]["message"] == 'The module "Without lessons" has no lesson.'
    assert make.value("select status from courses") == "draft"


def test_a_course_without_anything_is_not_ready(client: Client, make: Factory) -> None:
    teacher = make.user("instructor")

    reply = client.post(f"/courses/{make.course(teacher, status='draft')['id']}/submit", user=teacher)

    assert [problem["type"] for problem in reply.json["details"]] == ["no_modules"]


def test_a_complete_draft_waits_for_review(client: Client, make: Factory) -> None:
    teacher = make.user("instructor")
    course = ready_course(make, teacher, thumbnail_key="media/thumbnails/a.png")

    reply = client.post(f"/courses/{course['id']}/submit", user=teacher)

    assert (reply.status, reply.data["status"]) == (200, "in_review")
    assert reply.data["submittedAt"] is not None
    assert reply.data["thumbnailUrl"] == "http://127.0.0.1:3000/media/thumbnails/a.png"


@pytest.mark.parametrize("status", ["in_review", "published", "archived"])
def test_only_a_draft_is_submitted(client: Client, make: Factory, status: str) -> None:
    teacher = make.user("instructor")

    reply = client.post(f"/courses/{ready_course(make, teacher, status=status)['id']}/submit", user=teacher)

    assert (reply.status, reply.code) == (409, "COURSE_NOT_DRAFT")
    assert status.replace("_", " ") in reply.json["error"]


def test_what_is_being_reviewed_does_not_change_unless_it_is_withdrawn(client: Client, make: Factory) -> None:
    teacher = make.user("instructor")
    course = ready_course(make, teacher, status="in_review", thumbnail_key="media/thumbnails/a.png")

    refused = client.put(f"/courses/{course['id']}", {"title": "Other"}, user=teacher)
    refused_too = client.post(f"/courses/{course['id']}/modules", {"title": "Other"}, user=teacher)
    withdrawn = client.post(f"/courses/{course['id']}/withdraw", user=teacher)

    assert (refused.status, refused.code) == (refused_too.status, refused_too.code) == (409, "COURSE_IN_REVIEW")
    assert (withdrawn.status, withdrawn.data["status"]) == (200, "draft")
    assert withdrawn.data["thumbnailUrl"] == "http://127.0.0.1:3000/media/thumbnails/a.png"
    assert client.put(f"/courses/{course['id']}", {"title": "Other"}, user=teacher).status == 200
    again = client.post(f"/courses/{course['id']}/withdraw", user=teacher)
    assert (again.status, again.code) == (409, "COURSE_NOT_IN_REVIEW")


def test_the_queue_shows_the_longest_waiting_first(client: Client, make: Factory) -> None:
    teacher, admin = make.user("instructor"), make.user("admin")
    courses = [ready_course(make, teacher) for _ in range(3)]
    for course in reversed(courses):
        client.post(f"/courses/{course['id']}/submit", user=teacher)
    make.course(teacher, status="draft")
    make.course(teacher, status="in_review", visibility="private")

    first = client.get("/admin/courses?status=in_review&limit=2", user=admin)
    rest = client.get(f"/admin/courses?limit=2&cursor={first.json['pagination']['nextCursor']}", user=admin)

    assert [row["id"] for row in first.data + rest.data] == [str(course["id"]) for course in reversed(courses)]
    assert first.json["pagination"]["totalCount"] == 3
    assert len(client.get("/admin/courses?status=draft", user=admin).data) == 1


def test_approval_publishes_and_trusts_the_instructor(client: Client, make: Factory, published: list[Envelope]) -> None:
    teacher, admin = make.user("instructor", instructor_approved_at=None), make.user("admin")

    course = publish(client, make, teacher, admin)

    row = make.rows("select status, published_at, reviewed_by from courses")[0]
    assert (row["status"], row["reviewed_by"]) == ("published", admin["id"])
    assert row["published_at"] is not None
    assert make.value("select instructor_approved_at is not null from users where id = :id", id=teacher["id"]) is True
    assert [card["id"] for card in client.get("/courses").data] == [str(course["id"])]
    assert [(event.kind, event.payload["instructorId"]) for event in published] == [("course.published", str(teacher["id"]))]
    actions = {row["action"] for row in make.rows("select action from audit_log where actor_id = :id", id=admin["id"])}
    assert actions == {"course.approve", "user.approve_instructor"}


def test_a_rejection_says_why_and_the_author_tries_again(client: Client, make: Factory, published: list[Envelope]) -> None:
    teacher, admin = make.user("instructor"), make.user("admin")
    course = ready_course(make, teacher)
    client.post(f"/courses/{course['id']}/submit", user=teacher)

    rejected = client.post(f"/admin/courses/{course['id']}/reject", {"reason": "The second lesson has no example."}, user=admin)
    again = client.post(f"/courses/{course['id']}/submit", user=teacher)

    assert (rejected.status, rejected.data["status"]) == (200, "rejected")
    assert rejected.data["rejectionReason"] == "The second lesson has no example."
    assert (again.data["status"], again.data["rejectionReason"]) == ("in_review", None)
    assert published[0].kind == "course.rejected"
    assert published[0].payload["reason"] == "The second lesson has no example."


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "   "}, {"reason": 5}])
def test_a_rejection_needs_a_reason(client: Client, make: Factory, body: dict[str, Any]) -> None:
    course = ready_course(make, make.user("instructor"), status="in_review")

    reply = client.post(f"/admin/courses/{course['id']}/reject", body, user=make.user("admin"))

    assert (reply.status, reply.json["details"][0]["field"]) == (400, "body.reason")


@pytest.mark.parametrize("verb", ["approve", "reject"])
@pytest.mark.parametrize("status", ["draft", "published", "rejected", "archived"])
def test_only_what_waits_is_reviewed(client: Client, make: Factory, verb: str, status: str) -> None:
    values = {"rejection_reason": "No."} if status == "rejected" else {}
    course = ready_course(make, make.user("instructor"), status=status, **values)

    reply = client.post(
        f"/admin/courses/{course['id']}/{verb}", {"reason": "Because."} if verb == "reject" else None, user=make.user("admin")
    )

    assert (reply.status, reply.code) == (409, "COURSE_NOT_IN_REVIEW")


@pytest.mark.parametrize("role", ["student", "instructor"])
def test_only_reviewers_review(client: Client, make: Factory, role: str) -> None:
    caller = make.user(role)
    course = ready_course(make, make.user("instructor") if role == "student" else caller, status="in_review")

    assert client.get("/admin/courses", user=caller).status == 403
    assert client.post(f"/admin/courses/{course['id']}/approve", user=caller).status == 403
    assert client.post(f"/admin/courses/{course['id']}/reject", {"reason": "Mine."}, user=caller).status == 403


def test_what_does_not_exist_is_not_reviewed(client: Client, make: Factory) -> None:
    reply = client.post("/admin/courses/01890000-0000-7000-8000-000000000000/approve", user=make.user("admin"))

    assert (reply.status, reply.code) == (404, "COURSE_NOT_FOUND")
