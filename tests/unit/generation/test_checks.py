"""Answers that keep their shape and break the rules all the same."""

from typing import Any

import pytest

from academy.generation.checks import lesson_problems, outline_problems
from academy.generation.contents import Lesson, Outline
from academy.generation.sources import split
from tests.unit.generation import factories

PASSAGES = split(factories.SOURCE + "\n\n" + "See https://bread.example.in/starter for more on this. " * 5)
QUOTE = "They live in a starter of flour and water."


def problems(*sections: dict[str, Any], passages: Any = ()) -> list[str]:
    written = sections if len(sections) > 1 else (*sections, factories.section(title="Something else", citations=_cited(passages)))
    return lesson_problems(Lesson.model_validate(factories.lesson(*written)), passages)


def _cited(passages: Any) -> list[dict[str, Any]]:
    return [{"passage": 1, "quote": QUOTE}] if passages else []


def test_a_lesson_with_true_citations_has_no_problems() -> None:
    assert problems(factories.section(citations=_cited(PASSAGES)), passages=PASSAGES) == []


def test_a_section_that_cites_nothing_is_refused() -> None:
    (problem,) = problems(factories.section(), passages=PASSAGES)
    assert "cites no source passage" in problem


def test_a_section_that_cites_what_is_not_there_is_refused() -> None:
    (problem,) = problems(factories.section(citations=[{"passage": 99, "quote": QUOTE}]), passages=PASSAGES)
    assert "passage 99, which does not exist" in problem


def test_an_invented_quote_is_refused() -> None:
    (problem,) = problems(factories.section(citations=[{"passage": 1, "quote": "Yeast was found by Pasteur."}]), passages=PASSAGES)
    assert "does not stand word for word" in problem


def test_a_citation_without_a_source_is_refused() -> None:
    (problem,) = problems(factories.section(citations=[{"passage": 1, "quote": QUOTE}]))
    assert "nothing to cite" in problem


@pytest.mark.parametrize(
    "spoiled",
    [
        '<script src="https://evil.test/x.js"></script>',
        "<img src=x onerror=alert(1)>",
        "<ScRiPt >alert(1)</script>",
        '<p onclick="steal()">',
        '<a href="https://evil.test">here</a>',
        "![tracking](https://evil.test/pixel.png)",
        "[click](javascript:alert(1))",
        "[click](data:text/html;base64,AAAA)",
        "Read on at https://evil.test/free-course today.",
    ],
)
def test_active_content_and_invented_addresses_are_refused(spoiled: str) -> None:
    assert problems(factories.section(content=f"{factories.PROSE}\n\n{spoiled}"))


@pytest.mark.parametrize(
    "harmless",
    [
        "```html\n<script>alert(1)</script>\n```",
        "Use `<script>` sparingly, and `List<String>` as well.",
        "If x < a and y > b, then List<String> is right.",
        "Open http://localhost:8000 or https://www.example.com/path in a browser.",
        "~~~\n![not a picture](http://evil.test)\n~~~",
    ],
)
def test_code_and_comparisons_are_no_active_content(harmless: str) -> None:
    assert problems(factories.section(content=f"{factories.PROSE}\n\n{harmless}")) == []


def test_an_address_that_the_source_has_may_be_passed_on() -> None:
    content = f"{factories.PROSE}\n\nMore: https://bread.example.in/starter."
    assert problems(factories.section(content=content, citations=_cited(PASSAGES)), passages=PASSAGES) == []


def test_a_thin_text_section_is_refused() -> None:
    (problem,) = problems(factories.section(content="Bread asks for patience. " * 10))
    assert "at least 150 words, this one has 40" in problem


def test_a_code_section_shows_code() -> None:
    (problem,) = problems(factories.section(kind="code"))
    assert "fenced block" in problem


def test_an_outline_has_as_many_lessons_as_were_asked_for() -> None:
    (problem,) = outline_problems(Outline.model_validate(factories.outline(4)), factories.brief(lesson_count=5), ())
    assert "has 4 lessons; exactly 5" in problem


@pytest.mark.parametrize(("named", "says"), [([99], "do not exist"), ([], "name the source passages")])
def test_an_outline_names_passages_that_exist(named: list[int], says: str) -> None:
    found = outline_problems(Outline.model_validate(factories.outline(passages=named)), factories.brief(), PASSAGES)
    assert len(found) >= 3
    assert any(says in problem for problem in found)
