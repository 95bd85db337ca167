"""A whole course stored at once, as the generation of courses makes it: a draft with modules, lessons, sections and quizzes.

Plain values in, so that whoever makes a course needs to know nothing of tables.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from academy.catalog.values import Category, Difficulty, QuestionType, SectionType, Visibility
from academy.platform.db import UnitOfWork, sql
from academy.platform.ids import uuid7


@dataclass(frozen=True, slots=True, kw_only=True)
class AssembledSection:
    """`content` is markdown, `minutes` the time to read or do it; citations and accessibility are kept as given."""

    title: str
    type: SectionType
    content: str
    minutes: int
    data: dict[str, Any] = field(default_factory=dict)
    citations: list[dict[str, Any]] | None = None
    accessibility: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssembledLesson:
    """Objectives are (text, Bloom's level)."""

    title: str
    description: str
    minutes: int
    objectives: list[tuple[str, str]]
    sections: list[AssembledSection]
    accessibility: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssembledQuestion:
    """`options` and `correct_answer` in the form that the type asks for."""

    type: QuestionType
    question: str
    options: Any
    correct_answer: Any
    explanation: str
    points: int = 1
    citations: list[dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssembledQuiz:
    title: str
    pass_percent: int
    questions: list[AssembledQuestion]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssembledModule:
    title: str
    description: str
    lessons: list[AssembledLesson]
    quiz: AssembledQuiz | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssembledCourse:
    """`id` is chosen by the caller: storing the same id again changes nothing. Objectives are (text, Bloom's level)."""

    id: UUID
    title: str
    description: str
    domain: str
    category: Category
    difficulty: Difficulty
    language: str
    tags: list[str]
    objectives: list[tuple[str, str]]
    minutes: int
    thumbnail_key: str | None
    visibility: Visibility
    modules: list[AssembledModule]
    provenance: dict[str, Any]


# A private course is its owner's alone and needs no review: it can be learned at once. All others begin as drafts.
_COURSE = sql("""
    insert into courses (id, instructor_id, title, description, domain, category, difficulty, language, tags, objectives, objective_levels,
        estimated_minutes, thumbnail_key, visibility, status, published_at, module_count, lesson_count, section_count, provenance)
    select r.id, :owner::uuid, r.title, r.description, r.domain, r.category, r.difficulty, r.language, r.tags, r.objectives, r.objective_levels,
        r.estimated_minutes, r.thumbnail_key, r.visibility, case r.visibility when 'private' then 'published' else 'draft' end,
        case r.visibility when 'private' then now() end, r.module_count, r.lesson_count, r.section_count, r.provenance
    from json_populate_record(null::courses, :course::json) r
    on conflict (id) do nothing
""")
_CONTENT = sql("""
    with m as (
        insert into modules (id, course_id, title, description, position)
        select id, :course_id::uuid, title, description, position from json_populate_recordset(null::modules, :modules::json)
    ), l as (
        insert into lessons (id, course_id, module_id, title, description, position, estimated_minutes, objectives, objective_levels, accessibility)
        select id, :course_id::uuid, module_id, title, description, position, estimated_minutes, objectives, objective_levels, accessibility
        from json_populate_recordset(null::lessons, :lessons::json)
    ), s as (
        insert into sections (id, course_id, lesson_id, title, type, content, data, position, estimated_minutes, citations, accessibility)
        select id, :course_id::uuid, lesson_id, title, type, content, data, position, estimated_minutes, citations, accessibility
        from json_populate_recordset(null::sections, :sections::json)
    ), q as (
        insert into quizzes (id, course_id, module_id, title, pass_percent)
        select id, :course_id::uuid, module_id, title, pass_percent from json_populate_recordset(null::quizzes, :quizzes::json)
    )
    insert into questions (id, quiz_id, type, question, options, correct_answer, explanation, points, position, citations)
    select id, quiz_id, type, question, options, correct_answer, explanation, points, position, citations
    from json_populate_recordset(null::questions, :questions::json)
""")


def create_generated_course(work: UnitOfWork, owner_id: UUID, course: AssembledCourse) -> bool:
    """Store the whole course in the open transaction, in two statements. False: a course with this id is there already, nothing was changed."""
    rows = _rows(course)
    head = {
        "id": course.id,
        "title": course.title,
        "description": course.description,
        "domain": course.domain,
        "category": course.category,
        "difficulty": course.difficulty,
        "language": course.language,
        "tags": course.tags,
        **_objectives(course.objectives),
        "estimated_minutes": course.minutes,
        "thumbnail_key": course.thumbnail_key,
        "visibility": course.visibility,
        "module_count": len(rows["modules"]),
        "lesson_count": len(rows["lessons"]),
        "section_count": len(rows["sections"]),
        "provenance": course.provenance,
    }
    if work.execute(_COURSE, owner=owner_id, course=_dump(head)) == 0:
        return False
    work.execute(_CONTENT, course_id=course.id, **{name: _dump(values) for name, values in rows.items()})
    return True


def _rows(course: AssembledCourse) -> dict[str, list[dict[str, Any]]]:
    modules: list[dict[str, Any]] = []
    lessons: list[dict[str, Any]] = []
    sections: list[dict[str, Any]] = []
    quizzes: list[dict[str, Any]] = []
    questions: list[dict[str, Any]] = []
    for m, module in enumerate(course.modules, 1):
        module_id = uuid7()
        modules.append({"id": module_id, "title": module.title, "description": module.description, "position": m})
        for n, lesson in enumerate(module.lessons, 1):
            lesson_id = uuid7()
            lessons.append(
                {
                    "id": lesson_id,
                    "module_id": module_id,
                    "title": lesson.title,
                    "description": lesson.description,
                    "position": n,
                    "estimated_minutes": lesson.minutes,
                    **_objectives(lesson.objectives),
                    "accessibility": lesson.accessibility,
                }
            )
            for s, section in enumerate(lesson.sections, 1):
                values = asdict(section)
                sections.append(
                    {**values, "id": uuid7(), "lesson_id": lesson_id, "position": s, "estimated_minutes": values.pop("minutes")}
                )
        if module.quiz is not None:
            quiz_id = uuid7()
            quizzes.append({"id": quiz_id, "module_id": module_id, "title": module.quiz.title, "pass_percent": module.quiz.pass_percent})
            questions += [
                {**asdict(question), "id": uuid7(), "quiz_id": quiz_id, "position": q}
                for q, question in enumerate(module.quiz.questions, 1)
            ]
    return {"modules": modules, "lessons": lessons, "sections": sections, "quizzes": quizzes, "questions": questions}


def _objectives(objectives: list[tuple[str, str]]) -> dict[str, list[str]]:
    return {"objectives": [text for text, _ in objectives], "objective_levels": [level for _, level in objectives]}


def _dump(value: Any) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)
