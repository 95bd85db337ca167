"""What the text model has to answer: the outline of a course, and one lesson of it.

Every field is required and there are no unions, as the vendor's grammar wants it; bounds are checked here. What
depends on the brief or the source (how many lessons, which passages exist) is in `checks.py`.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from academy.catalog.values import Category
from academy.generation.briefs import FEWEST_LESSONS, MOST_LESSONS

FEWEST_SECTIONS, MOST_SECTIONS = 2, 4
FEWEST_CHARACTERS = 100
FEWEST_WORDS = 150
LONGEST_QUOTE = 400


def _storable(text: str) -> str:
    """PostgreSQL has no place for NUL, and no reader a use for other control characters."""
    if any(character < " " and character not in "\n\t" for character in text):
        raise ValueError("contains control characters")
    return text


Line = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\r\n]+$"), AfterValidator(_storable)]
Prose = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_storable)]


class Bloom(StrEnum):
    """The levels of Bloom's taxonomy, as revised by Anderson and Krathwohl (2001), lowest first."""

    REMEMBER = "remember"
    UNDERSTAND = "understand"
    APPLY = "apply"
    ANALYZE = "analyze"
    EVALUATE = "evaluate"
    CREATE = "create"


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Objective(Answer):
    text: Annotated[Line, Field(min_length=10, max_length=200)]
    level: Bloom


class PlannedSection(Answer):
    title: Annotated[Line, Field(min_length=3, max_length=200)]
    kind: Literal["text", "exercise", "code"]


class PlannedLesson(Answer):
    title: Annotated[Line, Field(min_length=3, max_length=200)]
    summary: Annotated[Prose, Field(min_length=20, max_length=1000)]
    objectives: Annotated[tuple[Objective, ...], Field(min_length=1, max_length=4)]
    sections: Annotated[tuple[PlannedSection, ...], Field(min_length=FEWEST_SECTIONS, max_length=MOST_SECTIONS)]
    passages: Annotated[tuple[int, ...], Field(max_length=40, description="numbers of the source passages this lesson rests on")]


class PlannedModule(Answer):
    title: Annotated[Line, Field(min_length=3, max_length=200)]
    description: Annotated[Prose, Field(min_length=10, max_length=2000)]
    lessons: Annotated[tuple[PlannedLesson, ...], Field(min_length=1, max_length=MOST_LESSONS)]


class Thumbnail(Answer):
    subject: Annotated[Line, Field(min_length=10, max_length=400, description="one scene or object, no lettering")]
    alt_text: Annotated[Line, Field(min_length=10, max_length=250)]


class Outline(Answer):
    title: Annotated[Line, Field(min_length=3, max_length=200)]
    description: Annotated[Prose, Field(min_length=50, max_length=5000)]
    category: Category
    tags: Annotated[tuple[Annotated[Line, Field(min_length=2, max_length=50)], ...], Field(min_length=1, max_length=10)]
    objectives: Annotated[tuple[Objective, ...], Field(min_length=3, max_length=8)]
    modules: Annotated[tuple[PlannedModule, ...], Field(min_length=1, max_length=6)]
    thumbnail: Thumbnail

    @property
    def lessons(self) -> tuple[PlannedLesson, ...]:
        return tuple(lesson for module in self.modules for lesson in module.lessons)

    @model_validator(mode="after")
    def _lessons_are_within_bounds_and_distinct(self) -> Self:
        titles = [lesson.title.casefold() for lesson in self.lessons]
        if not FEWEST_LESSONS <= len(titles) <= MOST_LESSONS:
            raise ValueError(f"a course has {FEWEST_LESSONS} to {MOST_LESSONS} lessons, not {len(titles)}")
        if len(set(titles)) < len(titles):
            raise ValueError("two lessons have the same title")
        return self


class Citation(Answer):
    """`quote` stands word for word in the source passage of that number."""

    passage: int
    quote: Annotated[Prose, Field(min_length=10, max_length=LONGEST_QUOTE)]


class WrittenSection(Answer):
    title: Annotated[Line, Field(min_length=3, max_length=200)]
    kind: Literal["text", "exercise", "code"]
    content: Annotated[Prose, Field(min_length=FEWEST_CHARACTERS, max_length=20_000, description="markdown")]
    citations: Annotated[tuple[Citation, ...], Field(max_length=20)]


class Question(Answer):
    question: Annotated[Prose, Field(min_length=10, max_length=1000)]
    options: Annotated[tuple[Annotated[Line, Field(min_length=1, max_length=500)], ...], Field(min_length=3, max_length=5)]
    correct_option: Annotated[int, Field(ge=0, description="index into options, from 0")]
    explanation: Annotated[Prose, Field(min_length=20, max_length=2000)]
    level: Bloom

    @model_validator(mode="after")
    def _one_option_is_right(self) -> Self:
        if self.correct_option >= len(self.options):
            raise ValueError("correct_option points past the options")
        if len({option.casefold() for option in self.options}) < len(self.options):
            raise ValueError("two options are the same")
        return self


class Lesson(Answer):
    """One lesson as written. Its questions become part of its module's quiz."""

    summary: Annotated[Prose, Field(min_length=20, max_length=1000)]
    sections: Annotated[tuple[WrittenSection, ...], Field(min_length=FEWEST_SECTIONS, max_length=MOST_SECTIONS)]
    questions: Annotated[tuple[Question, ...], Field(min_length=2, max_length=5)]
