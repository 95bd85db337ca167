"""Outline and lessons put together: the draft as it will be stored, with everything that is computed from its text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from academy.generation import accessibility, prompts
from academy.generation.accessibility import Accessibility
from academy.generation.briefs import CourseBrief
from academy.generation.contents import Citation, Lesson, Outline, PlannedLesson, Question, WrittenSection
from academy.generation.costs import total_micros, total_usage
from academy.generation.sources import Passage
from academy.generation.vendors import Charge, Usage

EXERCISE_MINUTES = 10
CODE_MINUTES = 5
PASS_PERCENT = 70


@dataclass(frozen=True, kw_only=True)
class CitedPassage:
    """A citation with the place in the source text, as offsets, so that a reader can be led there."""

    passage: int
    quote: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class DraftSection:
    title: str
    kind: str
    content: str
    minutes: int
    citations: tuple[CitedPassage, ...]
    accessibility: Accessibility


@dataclass(frozen=True, kw_only=True)
class DraftLesson:
    title: str
    summary: str
    objectives: tuple[tuple[str, str], ...]
    minutes: int
    sections: tuple[DraftSection, ...]
    accessibility: Accessibility


@dataclass(frozen=True, kw_only=True)
class DraftQuiz:
    title: str
    pass_percent: int
    questions: tuple[Question, ...]


@dataclass(frozen=True, kw_only=True)
class DraftModule:
    title: str
    description: str
    lessons: tuple[DraftLesson, ...]
    quiz: DraftQuiz


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Who wrote this, from what, and for how much."""

    models: tuple[str, ...]
    prompt_version: str
    usage: Usage
    cost_micros: int
    passages_cited: tuple[int, ...]
    passages_given: int


@dataclass(frozen=True, kw_only=True)
class CourseDraft:
    """Objectives are (text, Bloom's level)."""

    title: str
    description: str
    category: str
    difficulty: str
    language: str
    tags: tuple[str, ...]
    objectives: tuple[tuple[str, str], ...]
    minutes: int
    modules: tuple[DraftModule, ...]
    provenance: Provenance


class LessonsMissingError(ValueError):
    """A course is put together only from all of its lessons: half a course is none."""


def assemble(
    brief: CourseBrief,
    passages: Sequence[Passage],
    outline: Outline,
    lessons: Mapping[int, Lesson],
    charges: Sequence[Charge],
) -> CourseDraft:
    """`lessons` by position, from 0 over all lessons of the outline. `charges` are all of the job's, failures too."""
    missing = [position + 1 for position in range(len(outline.lessons)) if position not in lessons]
    if missing:
        raise LessonsMissingError(f"lessons {missing} are not written")
    by_number = {passage.number: passage for passage in passages}
    modules: list[DraftModule] = []
    position = 0
    for module in outline.modules:
        written = [lessons[position + offset] for offset in range(len(module.lessons))]
        position += len(module.lessons)
        modules.append(
            DraftModule(
                title=module.title,
                description=module.description,
                lessons=tuple(
                    _lesson(planned, lesson, by_number, brief.language) for planned, lesson in zip(module.lessons, written, strict=True)
                ),
                quiz=DraftQuiz(
                    title=module.title,
                    pass_percent=PASS_PERCENT,
                    questions=tuple(question for lesson in written for question in lesson.questions),
                ),
            )
        )
    cited = {c.passage for module in modules for lesson in module.lessons for s in lesson.sections for c in s.citations}
    return CourseDraft(
        title=outline.title,
        description=outline.description,
        category=outline.category.value,
        difficulty=brief.difficulty.value,
        language=brief.language,
        tags=tuple(dict.fromkeys((*brief.tags, *outline.tags)))[:10],
        objectives=tuple((objective.text, objective.level.value) for objective in outline.objectives),
        minutes=sum(lesson.minutes for module in modules for lesson in module.lessons),
        modules=tuple(modules),
        provenance=Provenance(
            models=tuple(dict.fromkeys(charge.model for charge in charges)),
            prompt_version=prompts.VERSION,
            usage=total_usage(charges),
            cost_micros=total_micros(charges),
            passages_cited=tuple(sorted(cited)),
            passages_given=len(passages),
        ),
    )


def _lesson(planned: PlannedLesson, lesson: Lesson, passages: Mapping[int, Passage], language: str) -> DraftLesson:
    sections = tuple(_section(section, passages, language) for section in lesson.sections)
    return DraftLesson(
        title=planned.title,
        summary=lesson.summary,
        objectives=tuple((objective.text, objective.level.value) for objective in planned.objectives),
        minutes=sum(section.minutes for section in sections),
        sections=sections,
        accessibility=accessibility.of_texts([section.content for section in sections], language=language),
    )


def _section(section: WrittenSection, passages: Mapping[int, Passage], language: str) -> DraftSection:
    facts = accessibility.of_texts([section.content], language=language)
    extra = {"exercise": EXERCISE_MINUTES, "code": CODE_MINUTES}.get(section.kind, 0)
    return DraftSection(
        title=section.title,
        kind=section.kind,
        content=section.content,
        minutes=facts.reading_minutes + extra,
        citations=tuple(_cited(citation, passages[citation.passage]) for citation in section.citations),
        accessibility=facts,
    )


def _cited(citation: Citation, passage: Passage) -> CitedPassage:
    return CitedPassage(passage=passage.number, quote=citation.quote, start=passage.start, end=passage.end)
