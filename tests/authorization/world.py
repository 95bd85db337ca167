"""An academy with one of everything and the callers that the matrix walks."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from academy.certificates.models import Certificate
from academy.generation.models import GenerationJob
from academy.platform.ids import uuid7
from tests.factories import Factory

CALLERS = ("anonymous", "suspended", "not_onboarded", "student", "enrolled", "other_instructor", "owner", "admin")


@dataclass(frozen=True)
class World:
    """Rows by name. `course` is the owner's, published, with the enrolled learner in it; `draft` is the owner's; `job` too."""

    users: dict[str, dict[str, Any]]
    rows: dict[str, dict[str, Any]]

    def id(self, name: str) -> str:
        return str((self.rows.get(name) or self.users[name])["id"])


def build(make: Factory) -> World:
    owner = make.user("instructor")
    users = {
        "owner": owner,
        "other_instructor": make.user("instructor"),
        "admin": make.user("admin"),
        "second_admin": make.user("admin"),
        "enrolled": make.user(),
        "student": make.user(),
        "bystander": make.user(),
        "suspended": make.user(status="suspended"),
        "not_onboarded": make.user(onboarded_at=None),
    }
    course = make.course(owner)
    sections = make.outline(course)
    other = make.course(owner)
    draft = make.course(owner, status="draft")
    review = make.course(owner, status="in_review")
    make.outline(draft)
    make.outline(review)
    module_id = make.value("select module_id from lessons where id = :id", id=sections[0]["lesson_id"])
    quiz = make.quiz({"id": module_id, "course_id": course["id"]})
    enrollment = make.enrollment(users["enrolled"], course)
    make.execute("update courses set total_enrollments = 1 where id = :id", id=course["id"])
    now = datetime.now(UTC)
    certificate = make.row(
        Certificate,
        id=uuid7(),
        user_id=users["enrolled"]["id"],
        course_id=other["id"],
        serial="0000-0000-0000-0000",
        status="issued",
        learner_name="Asha Rao",
        course_title="Course",
        instructor_name="A Teacher",
        issue_date=now.date(),
        pdf_key="certificates/x.pdf",
        issued_at=now,
    )
    job = make.row(
        GenerationJob,
        id=uuid7(),
        user_id=owner["id"],
        status="failed",
        topic="Loops",
        visibility="public",
        domain="engineering",
        brief={},
        lesson_count=3,
        error={"code": "X", "message": "It stopped."},
    )
    rows = {
        "certificate": certificate,
        "job": job,
        "course": course,
        "other_course": other,
        "draft": draft,
        "review": review,
        "module": {"id": module_id},
        "lesson": {"id": sections[0]["lesson_id"]},
        "section": sections[0],
        "quiz": quiz,
        "enrollment": enrollment,
    }
    return World(users, rows)
