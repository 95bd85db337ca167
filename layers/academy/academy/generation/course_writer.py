"""A finished draft becomes a course: one statement, in the transaction that completes the job."""

import json
from dataclasses import asdict
from typing import Any
from uuid import UUID

from academy.generation.assembly import CourseDraft, DraftSection
from academy.generation.vendors import Charge, Usage
from academy.platform.db import UnitOfWork, sql
from academy.platform.ids import uuid7

_CHARGES = sql("""
    select step, model, input_tokens, output_tokens, cache_write_tokens, cache_read_tokens, vendor_request_id
    from generation_charges where job_id = :job_id::uuid and settled order by created_at, id
""")

# A private course is its learner's own and needs no review, so it can be learned at once; others begin as drafts.
_WRITE = sql("""
    with course as (
        insert into courses (id, instructor_id, title, description, domain, category, difficulty, language, tags, objectives, estimated_minutes,
            thumbnail_key, status, visibility, published_at, module_count, lesson_count, section_count, provenance)
        select c.id, c.instructor_id, c.title, c.description, c.domain, c.category, c.difficulty, c.language,
            array(select json_array_elements_text(c.tags)), array(select json_array_elements_text(c.objectives)), c.estimated_minutes, c.thumbnail_key,
            case c.visibility when 'private' then 'published' else 'draft' end, c.visibility, case c.visibility when 'private' then now() end,
            (select count(*) from json_array_elements(:modules::json)), (select count(*) from json_array_elements(:lessons::json)),
            (select count(*) from json_array_elements(:sections::json)), c.provenance
        from json_to_record(:course::json) as c(id uuid, instructor_id uuid, title text, description text, domain text, category text, difficulty text,
            language text, tags json, objectives json, estimated_minutes bigint, thumbnail_key text, visibility text, provenance jsonb)
        returning id
    ), module as (
        insert into modules (id, course_id, title, description, position)
        select m.id, course.id, m.title, m.description, m.position
        from course, json_to_recordset(:modules::json) as m(id uuid, title text, description text, position bigint)
    ), lesson as (
        insert into lessons (id, course_id, module_id, title, description, position, estimated_minutes, objectives)
        select l.id, course.id, l.module_id, l.title, l.description, l.position, l.estimated_minutes, array(select json_array_elements_text(l.objectives))
        from course, json_to_recordset(:lessons::json)
            as l(id uuid, module_id uuid, title text, description text, position bigint, estimated_minutes bigint, objectives json)
    ), section as (
        insert into sections (id, course_id, lesson_id, title, type, content, position, estimated_minutes, citations, accessibility)
        select s.id, course.id, s.lesson_id, s.title, s.type, s.content, s.position, s.estimated_minutes, s.citations, s.accessibility
        from course, json_to_recordset(:sections::json)
            as s(id uuid, lesson_id uuid, title text, type text, content text, position bigint, estimated_minutes bigint, citations jsonb, accessibility jsonb)
    ), quiz as (
        insert into quizzes (id, course_id, module_id, title, pass_percent)
        select q.id, course.id, q.module_id, q.title, q.pass_percent
        from course, json_to_recordset(:quizzes::json) as q(id uuid, module_id uuid, title text, pass_percent bigint)
    )
    insert into questions (id, quiz_id, type, question, options, correct_answer, explanation, position)
    select q.id, q.quiz_id, 'multiple_choice', q.question, q.options, q.correct_answer, q.explanation, q.position
    from json_to_recordset(:questions::json)
        as q(id uuid, quiz_id uuid, question text, options jsonb, correct_answer jsonb, explanation text, position bigint)
""")


def charges_of(work: UnitOfWork, job_id: UUID) -> list[Charge]:
    """Everything that was paid for this job, also for what was thrown away."""
    return [
        Charge(
            purpose=row.step,
            model=row.model,
            usage=Usage(
                input_tokens=row.input_tokens,
                output_tokens=row.output_tokens,
                cache_write_tokens=row.cache_write_tokens,
                cache_read_tokens=row.cache_read_tokens,
            ),
            request_id=row.vendor_request_id,
        )
        for row in work.rows(_CHARGES, job_id=job_id)
    ]


def write(
    work: UnitOfWork,
    draft: CourseDraft,
    *,
    course_id: UUID,
    instructor_id: UUID,
    job_id: UUID,
    domain: str,
    visibility: str,
    thumbnail_key: str | None,
    thumbnail: dict[str, Any],
) -> None:
    rows = _rows(draft)
    provenance = {
        "jobId": str(job_id),
        "models": draft.provenance.models,
        "promptVersion": draft.provenance.prompt_version,
        "inputTokens": draft.provenance.usage.all_input_tokens,
        "outputTokens": draft.provenance.usage.output_tokens,
        "costMicros": draft.provenance.cost_micros,
        "passagesCited": draft.provenance.passages_cited,
        "passagesGiven": draft.provenance.passages_given,
        "objectives": _levels(draft.objectives),
        "lessonObjectives": {row["id"]: row["levels"] for row in rows["lessons"]},
        "thumbnail": thumbnail,
    }
    course = {
        "id": str(course_id),
        "instructor_id": str(instructor_id),
        "title": draft.title,
        "description": draft.description,
        "domain": domain,
        "category": draft.category,
        "difficulty": draft.difficulty,
        "language": draft.language,
        "tags": draft.tags,
        "objectives": [text for text, _ in draft.objectives],
        "estimated_minutes": draft.minutes,
        "thumbnail_key": thumbnail_key,
        "visibility": visibility,
        "provenance": provenance,
    }
    work.execute(_WRITE, course=_dump(course), **{name: _dump(value) for name, value in rows.items()})


def _rows(draft: CourseDraft) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {"modules": [], "lessons": [], "sections": [], "quizzes": [], "questions": []}
    for position, module in enumerate(draft.modules, start=1):
        module_id, quiz_id = str(uuid7()), str(uuid7())
        rows["modules"].append({"id": module_id, "title": module.title, "description": module.description, "position": position})
        for number, lesson in enumerate(module.lessons, start=1):
            lesson_id = str(uuid7())
            rows["lessons"].append(
                {
                    "id": lesson_id,
                    "module_id": module_id,
                    "title": lesson.title,
                    "description": lesson.summary,
                    "position": number,
                    "estimated_minutes": lesson.minutes,
                    "objectives": [text for text, _ in lesson.objectives],
                    "levels": _levels(lesson.objectives),
                }
            )
            rows["sections"] += [_section(section, lesson_id, place) for place, section in enumerate(lesson.sections, start=1)]
        rows["quizzes"].append(
            {"id": quiz_id, "module_id": module_id, "title": module.quiz.title, "pass_percent": module.quiz.pass_percent}
        )
        rows["questions"] += [
            {
                "id": str(uuid7()),
                "quiz_id": quiz_id,
                "question": question.question,
                "options": question.options,
                "correct_answer": question.options[question.correct_option],
                "explanation": question.explanation,
                "position": place,
            }
            for place, question in enumerate(module.quiz.questions, start=1)
        ]
    return rows


def _section(section: DraftSection, lesson_id: str, position: int) -> dict[str, Any]:
    facts = section.accessibility
    return {
        "id": str(uuid7()),
        "lesson_id": lesson_id,
        "title": section.title,
        "type": section.kind,
        "content": section.content,
        "position": position,
        "estimated_minutes": section.minutes,
        "citations": [asdict(citation) for citation in section.citations],
        "accessibility": {
            "language": facts.language,
            "languageMatches": facts.language_matches,
            "words": facts.words,
            "readingMinutes": facts.reading_minutes,
            "readingGrade": facts.reading_grade,
            "headings": [asdict(heading) for heading in facts.headings],
            "skippedHeadings": facts.skipped_headings,
            "imagesWithoutAlt": facts.images_without_alt,
        },
    }


def _levels(objectives: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"text": text, "level": level} for text, level in objectives]


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
