"""The product's tables as an ORM's user maps them: with relationships. The product's own models have none, for nothing there loads by them."""

from typing import Any

from sqlalchemy import and_
from sqlalchemy.orm import foreign, registry, relationship

from academy.catalog import models as catalog
from academy.identity import models as identity
from academy.learning import models as learning

_registry = registry(metadata=catalog.Course.metadata)


def _map(model: Any, **relations: Any) -> Any:
    """A class of its own for the model's table."""
    mapped = type(f"Orm{model.__name__}", (), {})
    _registry.map_imperatively(mapped, model.__table__, properties=relations)
    return mapped


def _living(parent: Any, child: Any, key: str) -> Any:
    """The parent's rows that are not deleted, in order, loaded only when asked for."""
    column = child.__table__.c[key]
    return and_(parent.__table__.c.id == foreign(column), child.__table__.c.deleted_at.is_(None))


User = _map(identity.User)
Section = _map(catalog.Section)
Lesson = _map(
    catalog.Lesson,
    sections=relationship(
        Section,
        primaryjoin=_living(catalog.Lesson, catalog.Section, "lesson_id"),
        order_by=[catalog.Section.__table__.c.position, catalog.Section.__table__.c.id],
        viewonly=True,
        lazy="raise",
    ),
)
Module = _map(
    catalog.Module,
    lessons=relationship(
        Lesson,
        primaryjoin=_living(catalog.Module, catalog.Lesson, "module_id"),
        order_by=[catalog.Lesson.__table__.c.position, catalog.Lesson.__table__.c.id],
        viewonly=True,
        lazy="raise",
    ),
)
Question = _map(catalog.Question)
Quiz = _map(
    catalog.Quiz,
    questions=relationship(Question, primaryjoin=_living(catalog.Quiz, catalog.Question, "quiz_id"), viewonly=True, lazy="raise"),
)
Course = _map(
    catalog.Course,
    instructor=relationship(
        User, primaryjoin=foreign(catalog.Course.__table__.c.instructor_id) == identity.User.__table__.c.id, viewonly=True, lazy="raise"
    ),
    modules=relationship(
        Module,
        primaryjoin=_living(catalog.Course, catalog.Module, "course_id"),
        order_by=[catalog.Module.__table__.c.position, catalog.Module.__table__.c.id],
        viewonly=True,
        lazy="raise",
    ),
    quizzes=relationship(Quiz, primaryjoin=_living(catalog.Course, catalog.Quiz, "course_id"), viewonly=True, lazy="raise"),
)
Rating = _map(
    catalog.CourseRating,
    user=relationship(
        User, primaryjoin=foreign(catalog.CourseRating.__table__.c.user_id) == identity.User.__table__.c.id, viewonly=True, lazy="raise"
    ),
)
Prerequisite = _map(catalog.CoursePrerequisite)
Enrollment = _map(
    learning.Enrollment,
    user=relationship(
        User, primaryjoin=foreign(learning.Enrollment.__table__.c.user_id) == identity.User.__table__.c.id, viewonly=True, lazy="raise"
    ),
)
