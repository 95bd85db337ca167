"""A finished draft in the catalog's terms."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from academy.catalog.assembly import AssembledCourse, AssembledLesson, AssembledModule, AssembledQuestion, AssembledQuiz, AssembledSection
from academy.catalog.values import Category, Difficulty, QuestionType, SectionType, Visibility
from academy.generation.accessibility import Accessibility
from academy.generation.assembly import CourseDraft, DraftLesson, DraftModule, DraftSection
from academy.generation.contents import Question
from academy.generation.steps import Job, Step


def as_course(draft: CourseDraft, *, course_id: UUID, job: Job, picture: Step | None) -> AssembledCourse:
    return AssembledCourse(
        id=course_id,
        title=draft.title,
        description=draft.description,
        domain=job.domain,
        category=Category(draft.category),
        difficulty=Difficulty(draft.difficulty),
        language=draft.language,
        tags=list(draft.tags),
        objectives=list(draft.objectives),
        minutes=draft.minutes,
        thumbnail_key=picture.key if picture else None,
        visibility=Visibility(job.visibility),
        modules=[_module(module) for module in draft.modules],
        provenance=_provenance(draft, job, picture),
    )


def _provenance(draft: CourseDraft, job: Job, picture: Step | None) -> dict[str, Any]:
    made = draft.provenance
    return {
        "jobId": str(job.id),
        "models": made.models,
        "promptVersion": made.prompt_version,
        "inputTokens": made.usage.all_input_tokens,
        "outputTokens": made.usage.output_tokens,
        "costMicros": made.cost_micros,
        "passagesCited": made.passages_cited,
        "passagesGiven": made.passages_given,
        "thumbnail": picture.detail if picture else {},
    }


def _module(module: DraftModule) -> AssembledModule:
    quiz = AssembledQuiz(
        title=module.quiz.title,
        pass_percent=module.quiz.pass_percent,
        questions=[_question(question) for question in module.quiz.questions],
    )
    return AssembledModule(title=module.title, description=module.description, lessons=[_lesson(one) for one in module.lessons], quiz=quiz)


def _lesson(lesson: DraftLesson) -> AssembledLesson:
    return AssembledLesson(
        title=lesson.title,
        description=lesson.summary,
        minutes=lesson.minutes,
        objectives=list(lesson.objectives),
        sections=[_section(section) for section in lesson.sections],
        accessibility=_facts(lesson.accessibility),
    )


def _section(section: DraftSection) -> AssembledSection:
    return AssembledSection(
        title=section.title,
        type=SectionType(section.kind),
        content=section.content,
        minutes=section.minutes,
        citations=[asdict(citation) for citation in section.citations],
        accessibility=_facts(section.accessibility),
    )


def _question(question: Question) -> AssembledQuestion:
    return AssembledQuestion(
        type=QuestionType.MULTIPLE_CHOICE,
        question=question.question,
        options=list(question.options),
        correct_answer=question.options[question.correct_option],
        explanation=question.explanation,
    )


def _facts(facts: Accessibility) -> dict[str, Any]:
    return {
        "language": facts.language,
        "languageMatches": facts.language_matches,
        "words": facts.words,
        "readingMinutes": facts.reading_minutes,
        "readingGrade": facts.reading_grade,
        "headings": [asdict(heading) for heading in facts.headings],
        "skippedHeadings": facts.skipped_headings,
        "imagesWithoutAlt": facts.images_without_alt,
    }
