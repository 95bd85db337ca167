"""A learner with a course, and events that tell of them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from academy.platform.events import Envelope
from academy.platform.ids import uuid7
from functions.events.app import consume
from tests.api import Client, Reply
from tests.factories import Factory
from tests.integration.learning.conftest import Learner

EARLIER = datetime.now(UTC) - timedelta(hours=5)


class Earner:
    """A student, a course of four lessons, and what happens in it, told to the consumer as its queue does."""

    def __init__(self, make: Factory, client: Client) -> None:
        self.make, self.client = make, client
        self.user = make.user()
        self.course = make.course(make.user("instructor"), title="Arches", estimated_minutes=240)
        modules = [make.module(self.course, n) for n in (1, 2)]
        self.lessons = [make.lesson(module, n, estimated_minutes=60) for module in modules for n in (1, 2)]
        self.enrollment = make.enrollment(self.user, self.course)

    def tell(self, kind: str, *, id: UUID | None = None, at: datetime | None = None, **payload: Any) -> Envelope:
        envelope = Envelope(
            id=str(id or uuid7()),
            kind=kind,
            version=1,
            occurred_at=at or datetime.now(UTC),
            payload={"userId": str(self.user["id"]), **{name: str(value) for name, value in payload.items()}},
        )
        consume("engagement", envelope)
        return envelope

    def lesson(self, n: int = 0, *, at: datetime | None = None, **payload: Any) -> Envelope:
        return self.tell("lesson.completed", **{**self._where(at), "lessonId": self.lessons[n]["id"], **payload})

    def whole_course(self, *, at: datetime | None = None, **payload: Any) -> Envelope:
        return self.tell("course.completed", **{**self._where(at), **payload})

    def post(self, post_id: UUID, **payload: Any) -> Envelope:
        return self.tell("post.created", courseId=self.course["id"], postId=post_id, **payload)

    def _where(self, at: datetime | None) -> dict[str, Any]:
        return {
            "courseId": self.course["id"],
            "enrollmentId": self.enrollment["id"],
            "completedAt": (at or datetime.now(UTC)).isoformat(),
        }

    def xp(self, **query: Any) -> Reply:
        return self.client.get("/xp", user=self.user, query=query)

    def points(self) -> list[int]:
        return [row["points"] for row in self.xp().data]


@pytest.fixture
def earner(make: Factory, client: Client) -> Earner:
    return Earner(make, client)


@pytest.fixture
def learner(make: Factory, client: Client) -> Learner:
    return Learner(make, client)
