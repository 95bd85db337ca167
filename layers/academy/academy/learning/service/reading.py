"""What learners see of themselves, and instructors of their learners. Somebody else's is not there unless it may be seen."""

from uuid import UUID

from academy.learning.repository import analytics, time, trees
from academy.platform.errors import NotFound
from academy.platform.http import Json, Request


def course_progress(request: Request, course_id: UUID, user_id: UUID | None) -> Json:
    return _found(request.work.value(trees.GET_COURSE, course_id=course_id, **_who(request, user_id)), "enrollment")


def lesson_progress(request: Request, lesson_id: UUID, user_id: UUID | None) -> Json:
    return _found(request.work.value(trees.GET_LESSON, lesson_id=lesson_id, **_who(request, user_id)), "lesson")


def all_progress(request: Request, user_id: UUID | None = None) -> Json:
    return _found(request.work.value(trees.GET_ALL, **_who(request, user_id)), "user")


def streak(request: Request) -> Json:
    return _found(request.work.value(time.STREAK_OF, caller=request.caller.id), "user")


def dashboard(request: Request) -> Json:
    return _found(request.work.value(analytics.DASHBOARD, caller=request.caller.id), "user")


def learning_path(request: Request) -> Json:
    return _found(request.work.value(analytics.LEARNING_PATH, caller=request.caller.id), "user")


def _who(request: Request, user_id: UUID | None) -> dict[str, object]:
    caller = request.caller
    return {"caller": caller.id, "user_id": user_id or caller.id, "any": caller.can("progress:read_any")}


def _found(json: str | None, thing: str) -> Json:
    if json is None:
        raise NotFound(thing)
    return Json(json)
