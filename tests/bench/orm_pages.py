"""The baseline of the pages: the same answers by SQLAlchemy's ORM, eagerly loaded (selectinload), on its stock pg8000 dialect.

Written as well as an ORM allows: a to-one relation is joined, sections come without their content, a session keeps its connection,
the answer is validated once and printed once.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer, joinedload, load_only, selectinload

from academy.catalog.views import CourseCardView
from academy.learning.course_views import CoursePageView
from tests.bench import orm_models as orm

LATEST_RATINGS = 5
PAGE = 20
_LISTED = (orm.Course.status == "published", orm.Course.visibility == "public", orm.Course.deleted_at.is_(None))


def course_page(session: Session, course_id: UUID, caller: UUID, media: str) -> str:
    """What GET /courses/{id} answers an enrolled learner, in its envelope."""
    course = session.scalars(
        select(orm.Course)
        .where(orm.Course.id == course_id, *_LISTED)
        .options(
            joinedload(orm.Course.instructor),
            selectinload(orm.Course.modules)
            .selectinload(orm.Module.lessons)
            .selectinload(orm.Lesson.sections)
            .options(defer(orm.Section.content), defer(orm.Section.data), defer(orm.Section.citations), defer(orm.Section.accessibility)),
            selectinload(orm.Course.quizzes).selectinload(orm.Quiz.questions).options(load_only(orm.Question.id, orm.Question.quiz_id)),
        )
    ).one()
    ratings = session.scalars(
        select(orm.Rating)
        .where(orm.Rating.course_id == course_id)
        .options(joinedload(orm.Rating.user))
        .order_by(orm.Rating.updated_at.desc(), orm.Rating.user_id.desc())
        .limit(LATEST_RATINGS)
    ).all()
    enrollment = session.scalars(
        select(orm.Enrollment).where(
            orm.Enrollment.user_id == caller, orm.Enrollment.course_id == course_id, orm.Enrollment.status != "ended"
        )
    ).one_or_none()
    required = _related(session, orm.Prerequisite.required_id, orm.Prerequisite.course_id == course_id)
    required_by = _related(session, orm.Prerequisite.course_id, orm.Prerequisite.required_id == course_id)
    modules = [_module(module) for module in course.modules]
    positions = {module.id: module.position for module in course.modules}
    lessons = [lesson for module in modules for lesson in module["lessons"]]
    page = CoursePageView.model_validate(
        {
            **_card(course, media),
            **_columns(course, "visibility objectives content_version version created_at updated_at"),
            "rejection_reason": None,
            "modules": modules,
            "quizzes": [_quiz(quiz) for quiz in sorted(course.quizzes, key=lambda quiz: (positions[quiz.module_id], quiz.id))],
            "assignments": [],
            "prerequisites": required,
            "required_by": required_by,
            "statistics": {
                **_columns(course, "estimated_minutes total_enrollments"),
                "module_count": len(modules),
                "lesson_count": len(lessons),
                "section_count": sum(len(lesson["sections"]) for lesson in lessons),
                "quiz_count": len(course.quizzes),
                "assignment_count": 0,
                "average_rating": round(course.rating_average, 2),
                "total_ratings": course.rating_count,
            },
            "ratings": [
                {**_columns(each, "rating review created_at updated_at"), "user": _columns(each.user, "id full_name")} for each in ratings
            ],
            "enrollment": enrollment and _columns(enrollment, "id user_id course_id status source enrolled_at completed_at ended_at"),
        }
    )
    return f'{{"data":{page.model_dump_json(by_alias=True, exclude={"progress"})}}}'


def catalog_page(session: Session, media: str, *, total: bool) -> list[str]:
    """A page of the newest courses as JSON texts; with `total` the rest of them is counted, as for a page that is asked for by number."""
    courses = session.scalars(
        select(orm.Course)
        .where(*_LISTED)
        .options(selectinload(orm.Course.instructor).options(load_only(orm.User.full_name)))
        .order_by(orm.Course.published_at.desc(), orm.Course.id.desc())
        .limit(PAGE + 1)
    ).all()
    if total:
        session.scalar(select(func.count()).select_from(orm.Course).where(*_LISTED))
    return [CourseCardView.model_validate(_card(course, media)).model_dump_json(by_alias=True) for course in courses[:PAGE]]


def _related(session: Session, other: Any, condition: Any) -> list[dict[str, Any]]:
    courses = session.scalars(
        select(orm.Course)
        .join(orm.Prerequisite, other == orm.Course.id)
        .where(condition, *_LISTED)
        .order_by(orm.Course.title, orm.Course.id)
    )
    return [_columns(course, "id title difficulty") for course in courses]


def _columns(row: Any, names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names.split()}


def _card(course: Any, media: str) -> dict[str, Any]:
    names = (
        "id title description domain category difficulty language price currency total_enrollments module_count lesson_count section_count"
        " estimated_minutes tags published_at status"
    )
    return {
        **_columns(course, names),
        "thumbnail_url": course.thumbnail_key and media + course.thumbnail_key.removeprefix("media"),
        "instructor": _columns(course.instructor, "id full_name"),
        "average_rating": round(course.rating_average, 2),
        "total_ratings": course.rating_count,
    }


def _module(module: Any) -> dict[str, Any]:
    return {
        **_columns(module, "id title description position"),
        "order": module.position,
        "lessons": [
            {
                **_columns(lesson, "id title description objectives is_preview"),
                "order": lesson.position,
                "estimated_time": lesson.estimated_minutes,
                "sections": [
                    {**_columns(section, "id title type estimated_minutes"), "order": section.position} for section in lesson.sections
                ],
            }
            for lesson in module.lessons
        ],
    }


def _quiz(quiz: Any) -> dict[str, Any]:
    names = "id module_id lesson_id title description time_limit pass_percent max_attempts"
    return {**_columns(quiz, names), "question_count": quiz.draw_count or len(quiz.questions)}
