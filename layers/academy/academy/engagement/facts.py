"""What engagement is told: which events give points, which take them back.

Quizzes and the forum will tell of theirs once they are there; what they will say is written down here, where it is read.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from academy.engagement.xp.values import XpKind
from academy.learning.events import CourseCompleted, LessonCompleted


class _Told(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")


class QuizPassed(_Told):
    """A graded attempt reached the quiz's pass mark. Where the attempt that counted is voided and another one passes too, that one is told of again."""

    kind: ClassVar[str] = "quiz.passed"

    user_id: UUID
    course_id: UUID
    quiz_id: UUID
    attempt_id: UUID
    percent: float


class AttemptVoided(_Told):
    """An attempt does not count any more."""

    kind: ClassVar[str] = "attempt.voided"

    user_id: UUID
    attempt_id: UUID


class PostCreated(_Told):
    """A learner wrote in a course's forum."""

    kind: ClassVar[str] = "post.created"

    user_id: UUID
    course_id: UUID
    post_id: UUID


class PostDeleted(_Told):
    """A post is gone, by whomever. `user_id` is its author."""

    kind: ClassVar[str] = "post.deleted"

    user_id: UUID
    post_id: UUID


class Award(NamedTuple):
    """Points may be due: once for `source`, and once for `subject` where several sources come to the same (a quiz that is passed twice)."""

    user_id: UUID
    kind: XpKind
    source: UUID
    earned_at: datetime
    course_id: UUID
    subject: UUID | None = None
    enrollment_id: UUID | None = None


class Taking(NamedTuple):
    """What this gave, or will give, is taken back."""

    user_id: UUID
    kind: XpKind
    source: UUID


def _lesson(payload: dict[str, Any], _: datetime) -> Award:
    told = LessonCompleted.model_validate(payload)
    return Award(told.user_id, XpKind.LESSON_COMPLETE, told.lesson_id, told.completed_at, told.course_id, None, told.enrollment_id)


def _course(payload: dict[str, Any], _: datetime) -> Award:
    told = CourseCompleted.model_validate(payload)
    return Award(told.user_id, XpKind.COURSE_COMPLETE, told.course_id, told.completed_at, told.course_id, None, told.enrollment_id)


def _quiz(payload: dict[str, Any], at: datetime) -> Award:
    told = QuizPassed.model_validate(payload)
    return Award(told.user_id, XpKind.QUIZ_PASS, told.attempt_id, at, told.course_id, told.quiz_id)


def _post(payload: dict[str, Any], at: datetime) -> Award:
    told = PostCreated.model_validate(payload)
    return Award(told.user_id, XpKind.FORUM_POST, told.post_id, at, told.course_id)


def _voided(payload: dict[str, Any]) -> Taking:
    told = AttemptVoided.model_validate(payload)
    return Taking(told.user_id, XpKind.QUIZ_PASS, told.attempt_id)


def _deleted(payload: dict[str, Any]) -> Taking:
    told = PostDeleted.model_validate(payload)
    return Taking(told.user_id, XpKind.FORUM_POST, told.post_id)


GIVES: dict[str, Callable[[dict[str, Any], datetime], Award]] = {
    LessonCompleted.kind: _lesson,
    CourseCompleted.kind: _course,
    QuizPassed.kind: _quiz,
    PostCreated.kind: _post,
}
"""Which events give points: of the payload, and of when it happened."""
TAKES: dict[str, Callable[[dict[str, Any]], Taking]] = {AttemptVoided.kind: _voided, PostDeleted.kind: _deleted}
"""Which take them back."""
