"""What an answer must satisfy beyond its shape. Each check lists its problems in words that a model can act on.

They are also the fence around prompt injection: whatever a source text talks the model into, the answer still has
the lessons that were asked for, cites what is there, and carries no active content.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from academy.generation import markdown
from academy.generation.accessibility import count_words
from academy.generation.briefs import CourseBrief
from academy.generation.contents import FEWEST_WORDS, Lesson, Outline, WrittenSection
from academy.generation.sources import Passage, is_quoted_from

# Of mark-up only this is refused: prose may well say "List<String>" or "a < b".
_ACTIVE_HTML = re.compile(
    r"</?(?:script|iframe|object|embed|form|input|button|link|meta|base|style|svg|math|img|video|audio|a)(?=[\s/>])"
    r"|<[a-z][^>]*\son\w+\s*=",
    re.IGNORECASE,
)
_SAFE_LINK = re.compile(r"^(?:https?://|mailto:|#)", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s)>\]\"']+", re.IGNORECASE)
_NOBODYS_URL = re.compile(r"^https?://(?:localhost|127\.0\.0\.1|(?:[\w-]+\.)*example\.(?:com|org|net))(?=[:/?#]|$)", re.I)


def outline_problems(outline: Outline, brief: CourseBrief, passages: Sequence[Passage]) -> list[str]:
    problems = []
    if len(outline.lessons) != brief.lessons:
        problems.append(f"the outline has {len(outline.lessons)} lessons; exactly {brief.lessons} were asked for")
    numbers = {passage.number for passage in passages}
    for lesson in outline.lessons:
        unknown = sorted(set(lesson.passages) - numbers)
        if unknown:
            problems.append(f"lesson {lesson.title!r}: passages {unknown} do not exist")
        if passages and not set(lesson.passages) & numbers:
            problems.append(f"lesson {lesson.title!r}: name the source passages that it rests on")
    problems += _markup_problems("description", outline.description, passages)
    return problems


def lesson_problems(lesson: Lesson, passages: Sequence[Passage]) -> list[str]:
    by_number = {passage.number: passage for passage in passages}
    problems: list[str] = []
    for position, section in enumerate(lesson.sections, start=1):
        where = f"section {position} ({section.title!r})"
        problems += [f"{where}: {problem}" for problem in _citation_problems(section, by_number)]
        problems += _markup_problems(where, section.content, passages)
        words = count_words(markdown.plain(section.content))
        if section.kind == "text" and words < FEWEST_WORDS:
            problems.append(f"{where}: a text section has at least {FEWEST_WORDS} words, this one has {words}")
        if section.kind == "code" and not re.search(r"^ {0,3}(```|~~~)", section.content, re.MULTILINE):
            problems.append(f"{where}: a code section shows its code in a fenced block")
    titles = [section.title.casefold() for section in lesson.sections]
    if len(set(titles)) < len(titles):
        problems.append("two sections have the same title")
    for position, question in enumerate(lesson.questions, start=1):
        for text in (question.question, question.explanation, *question.options):
            problems += _markup_problems(f"question {position}", text, passages)
    return problems


def _citation_problems(section: WrittenSection, passages: dict[int, Passage]) -> Iterator[str]:
    if not passages:
        if section.citations:
            yield "there is no source text, so there is nothing to cite; leave citations empty"
        return
    if not section.citations:
        yield "cites no source passage; every section must cite the passages it rests on"
    for citation in section.citations:
        passage = passages.get(citation.passage)
        if passage is None:
            yield f"cites passage {citation.passage}, which does not exist (there are 1 to {len(passages)})"
        elif not is_quoted_from(citation.quote, passage):
            yield f"the quote {citation.quote[:60]!r} does not stand word for word in passage {citation.passage}"


def _markup_problems(where: str, text: str, passages: Iterable[Passage]) -> list[str]:
    """No raw HTML, no picture from elsewhere, and no address that the source did not have: the three ways in which
    a text can make a reader's browser do something."""
    problems = []
    prose = markdown.without_code(text)
    if _ACTIVE_HTML.search(prose):
        problems.append(f"{where}: raw HTML is not allowed outside of code")
    if any(image.target for image in markdown.images(text)):
        problems.append(f"{where}: pictures are not allowed")
    targets = markdown.link_targets(text)
    if any(not _SAFE_LINK.match(target) for target in targets):
        problems.append(f"{where}: links begin with https://, mailto: or #")
    urls = {url.rstrip(".,;") for url in _URL.findall(prose) if not _NOBODYS_URL.match(url)}
    if urls:
        known = " ".join(passage.text for passage in passages)
        invented = sorted(url for url in urls if url not in known)
        if invented:
            problems.append(f"{where}: leave out web addresses that the source does not have: {invented[:3]}")
    return problems
