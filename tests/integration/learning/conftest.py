"""A learner in a course, ready to learn."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.api import Client, Reply
from tests.factories import Factory

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class Learner:
    """A student in a course of 2 modules, each of 2 lessons, each of 2 sections."""

    def __init__(self, make: Factory, client: Client, **enrollment: Any) -> None:
        self.make, self.client = make, client
        self.teacher = make.user("instructor")
        self.student = make.user()
        self.course = make.course(self.teacher, title="Variables and loops")
        self.sections = make.outline(self.course)
        self.enrollment = make.enrollment(self.student, self.course, **{"enrolled_at": LONG_AGO, **enrollment})

    def report(self, section: dict[str, Any], **values: Any) -> Reply:
        body = {"courseId": str(self.course["id"]), "lessonId": str(section["lesson_id"]), "sectionId": str(section["id"])}
        return self.client.post("/progress/section", {**body, "completed": True, "timeSpent": 60, **values}, user=self.student)

    def row(self) -> dict[str, Any]:
        return self.make.rows("select * from enrollments where id = :id", id=self.enrollment["id"])[0]

    def get(self, path: str, **options: Any) -> Reply:
        return self.client.get(path.format(course=self.course["id"], student=self.student["id"]), **{"user": self.student, **options})


@pytest.fixture
def learner(make: Factory, client: Client) -> Learner:
    return Learner(make, client)
