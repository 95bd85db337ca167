"""Courses as files that people can read and edit: `courses/<slug>.md`.

    ---
    title: Python Foundations          one line per value; `tags` by commas, `objective` once for each
    ---
    What the course is about, until the first heading.

    # Module
    ## Lesson
    ### Section
    ### [code] Section of another type
    Markdown; its own headings begin at #### and are stored one level higher.

    ## Quiz: Title
    1. A question?
    - [ ] a wrong option
    - [x] the right one (several: all of them have to be chosen)
    > Why.

    2. A number? = 42 ± 0.5
    3. A statement that holds. = true
    4. A word? = answer

The words right under a module's or lesson's heading are its description. A lesson's heading ends in ` (preview)` if it can be read
before enrolment.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from academy.generation import accessibility, markdown

FOLDER = Path(__file__).parent / "courses"
EXTRA_MINUTES = {"exercise": 10, "code": 5}

_HEADING = re.compile(r"(#{1,6}) +(.+)")
_SECTION_TITLE = re.compile(r"(?:\[(?P<type>[a-z]+)\] )?(?P<title>.+)")
_QUESTION = re.compile(r"\d+\. (?P<question>.+?)(?: = (?P<answer>[^=]+))?")
_OPTION = re.compile(r"- \[(?P<right>[ x])\] (?P<text>.+)")
_NUMBER = re.compile(r"(?P<value>-?\d+(?:\.\d+)?)(?: ± (?P<tolerance>\d+(?:\.\d+)?))?")


class CourseFileError(ValueError):
    """Says the file, and what is wrong in it."""


@dataclass
class Section:
    title: str
    type: str
    content: str = ""

    @property
    def minutes(self) -> int:
        """As an author estimates: what is to be learned is read twice, and then tried."""
        words = accessibility.count_words(markdown.plain(self.content))
        return max(3, 2 * accessibility.reading_minutes(words)) + EXTRA_MINUTES.get(self.type, 0)


@dataclass
class Lesson:
    title: str
    preview: bool
    description: str = ""
    sections: list[Section] = field(default_factory=list)

    @property
    def minutes(self) -> int:
        return sum(section.minutes for section in self.sections)


@dataclass
class Question:
    """`answer` and `options` as questions have them in the database: the right option's text, a list of them, a number, a truth, a word."""

    question: str
    answer: Any = None
    tolerance: float | None = None
    options: list[str] = field(default_factory=list)
    right: list[str] = field(default_factory=list)
    explanation: str = ""

    @property
    def type(self) -> str:
        if self.options:
            return "multiple_choice" if len(self.right) == 1 else "multiple_select"
        if isinstance(self.answer, bool):
            return "true_false"
        return "numeric" if isinstance(self.answer, int | float) else "short_answer"

    @property
    def correct_answer(self) -> Any:
        if not self.options:
            return self.answer
        return self.right[0] if len(self.right) == 1 else self.right


@dataclass
class Quiz:
    title: str
    questions: list[Question] = field(default_factory=list)


@dataclass
class Module:
    title: str
    description: str = ""
    lessons: list[Lesson] = field(default_factory=list)
    quiz: Quiz | None = None


@dataclass
class Course:
    slug: str
    values: dict[str, str]
    tags: list[str]
    objectives: list[str]
    prerequisites: list[str]
    description: str = ""
    modules: list[Module] = field(default_factory=list)

    @property
    def title(self) -> str:
        return self.values["title"]

    @property
    def status(self) -> str:
        return self.values.get("status", "published")

    @property
    def price(self) -> int:
        """In paise."""
        return int(self.values.get("price", "0"))

    @property
    def lessons(self) -> list[Lesson]:
        return [lesson for module in self.modules for lesson in module.lessons]

    @property
    def sections(self) -> list[Section]:
        return [section for lesson in self.lessons for section in lesson.sections]


def read_all(folder: Path = FOLDER) -> list[Course]:
    """Every course, by file name. Raises CourseFileError."""
    return [parse(path.stem, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.md"))]


def parse(slug: str, text: str) -> Course:
    try:
        _, head, body = text.split("---\n", 2)
        course = _head(slug, head)
        _body(course, body)
        _check(course)
    except (KeyError, IndexError, ValueError) as error:
        raise CourseFileError(f"{slug}.md: {error}") from error
    return course


def _head(slug: str, text: str) -> Course:
    values: dict[str, str] = {}
    objectives = []
    for line in text.strip().splitlines():
        name, _, value = line.partition(": ")
        if name == "objective":
            objectives.append(value.strip())
        else:
            values[name] = value.strip()

    def several(name: str) -> list[str]:
        return [part.strip() for part in values.pop(name, "").split(",") if part.strip()]

    return Course(slug, values, tags=several("tags"), objectives=objectives, prerequisites=several("requires"))


def _body(course: Course, text: str) -> None:
    for level, title, block in _blocks(text):
        if level == 0:
            course.description = block
        elif level == 1:
            course.modules.append(Module(title, block))
        elif level == 2 and title.startswith("Quiz: "):
            course.modules[-1].quiz = Quiz(title.removeprefix("Quiz: "), list(_questions(block)))
        elif level == 2:
            course.modules[-1].lessons.append(Lesson(title.removesuffix(" (preview)"), title.endswith(" (preview)"), block))
        else:
            match = _SECTION_TITLE.fullmatch(title)
            if match is None:
                raise ValueError(f"no section title in {title!r}")
            course.modules[-1].lessons[-1].sections.append(Section(match["title"], match["type"] or "text", block))


def _blocks(text: str) -> Iterator[tuple[int, str, str]]:
    """The text cut at headings of levels 1 to 3, as (level, title, what follows); first what is before any heading."""
    level, title, lines = 0, "", list[str]()
    fenced = False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        heading = None if fenced else _HEADING.fullmatch(line)
        if heading is None:
            lines.append(line)
        elif len(heading[1]) > 3:
            lines.append(line.removeprefix("#"))
        else:
            yield level, title, "\n".join(lines).strip()
            level, title, lines = len(heading[1]), heading[2].strip(), []
    yield level, title, "\n".join(lines).strip()


def _questions(text: str) -> Iterator[Question]:
    question: Question | None = None
    for line in text.splitlines():
        if match := _QUESTION.fullmatch(line):
            if question is not None:
                yield question
            question = Question(match["question"])
            if match["answer"] is not None:
                question.answer, question.tolerance = _answer(match["answer"].strip())
        elif question is not None and (option := _OPTION.fullmatch(line)):
            question.options.append(option["text"])
            if option["right"] == "x":
                question.right.append(option["text"])
        elif question is not None and line.startswith("> "):
            question.explanation = f"{question.explanation} {line[2:]}".strip()
        elif line.strip():
            raise ValueError(f"not part of a question: {line!r}")
    if question is not None:
        yield question


def _answer(text: str) -> tuple[Any, float | None]:
    if text in ("true", "false"):
        return text == "true", None
    number = _NUMBER.fullmatch(text)
    if number is None:
        return text, None
    value = float(number["value"])
    return (int(value) if value.is_integer() else value), float(number["tolerance"] or 0)


def _check(course: Course) -> None:
    for name in ("title", "domain", "category", "difficulty", "instructor"):
        if not course.values.get(name):
            raise ValueError(f"{name} is missing")
    if course.status == "draft":
        return  # may be unfinished
    for module in course.modules:
        if not module.lessons or module.quiz is None:
            raise ValueError(f"module {module.title!r} lacks lessons or a quiz")
        for question in module.quiz.questions:
            if not question.explanation or (question.options and not question.right) or (not question.options and question.answer is None):
                raise ValueError(f"question {question.question!r} lacks an answer or an explanation")
    for lesson in course.lessons:
        if not lesson.sections:
            raise ValueError(f"lesson {lesson.title!r} has no sections")
    for section in course.sections:
        if len(section.content) < 100:
            raise ValueError(f"section {section.title!r} is too short")
