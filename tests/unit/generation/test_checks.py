"""Answers that keep their shape and break the rules all the same."""

from typing import Any

import pytest

from academy.generation.checks import lesson_problems, outline_problems
from academy.generation.contents import FEWEST_WORDS, Lesson, Outline
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


def test_just_enough_words_are_enough() -> None:
    assert problems(factories.section(content="dough " * FEWEST_WORDS)) == []
    (problem,) = problems(factories.section(content="dough " * (FEWEST_WORDS - 1)))
    assert problem.endswith(f"this one has {FEWEST_WORDS - 1}")


@pytest.mark.parametrize("block", ["```python\nprint()\n```", "   ```\nprint()\n   ```", "~~~\nprint()\n~~~"])
def test_code_may_stand_anywhere_in_a_code_section(block: str) -> None:
    assert problems(factories.section(kind="code", content=f"{factories.PROSE}\n\n{block}\n\nThat is all.")) == []


def test_code_within_a_line_is_no_block_of_code() -> None:
    assert len(problems(factories.section(kind="code", content=f"{factories.PROSE}\n\nCall ```print()``` twice."))) == 1


def test_every_problem_of_every_section_is_told_with_its_place() -> None:
    spoiled = factories.section(
        title="In the oven", content="Short. " * 10 + "<script src=x></script> [a](javascript:b) ![c](https://d.test/e.png)"
    )
    found = problems(factories.section(), spoiled, passages=PASSAGES)
    assert [problem.partition(": ")[0] for problem in found] == ["section 1 ('In the bowl')"] + ["section 2 ('In the oven')"] * 6
    said = ("cites no source", "cites no source", "raw HTML", "pictures", "links begin with", "web addresses", "at least 150 words")
    assert all(words in problem for words, problem in zip(said, found, strict=True))


def test_a_wrong_citation_does_not_hide_the_next_one() -> None:
    long_quote = "Nobody ever wrote this in any book about bread that was printed before today."
    cited = [{"passage": 99, "quote": QUOTE}, *_cited(PASSAGES), {"passage": 1, "quote": long_quote}]
    absent, invented = problems(factories.section(citations=cited), passages=PASSAGES)
    assert f"there are 1 to {len(PASSAGES)}" in absent
    assert f"{long_quote[:60]!r} does not stand" in invented


def test_titles_that_differ_in_case_alone_are_the_same() -> None:
    (problem,) = problems(factories.section(), factories.section(title="IN THE BOWL"))
    assert "same title" in problem


@pytest.mark.parametrize("part", ["question", "explanation", "options"])
def test_questions_are_looked_at_as_well(part: str) -> None:
    evil = "What does <script src=x></script> do to a loaf?"
    spoiled = factories.question(**{part: ["Wild yeast", "Salt", evil] if part == "options" else evil})
    lesson = Lesson.model_validate(factories.lesson(questions=[factories.question(), spoiled]))
    (problem,) = lesson_problems(lesson, ())
    assert problem.startswith("question 2: raw HTML")


def test_questions_may_name_addresses_that_the_source_has() -> None:
    asked = factories.question(explanation="It says so at https://bread.example.in/starter, in short.")
    sections = (factories.section(citations=_cited(PASSAGES)), factories.section(title="In the oven", citations=_cited(PASSAGES)))
    assert lesson_problems(Lesson.model_validate(factories.lesson(*sections, questions=[asked, asked])), PASSAGES) == []


def test_invented_addresses_are_listed_in_order_and_not_too_many() -> None:
    addresses = " and ".join(f"https://{letter}.test/" for letter in "dbca")
    (problem,) = problems(factories.section(content=f"{factories.PROSE}\n\nSee {addresses}."))
    assert problem.endswith("['https://a.test/', 'https://b.test/', 'https://c.test/']")


@pytest.mark.parametrize(
    "address", ["https://bread.example.in/starter.", "https://bread.example.in/starter;", "https://bread.example.in/starter,"]
)
def test_what_ends_a_sentence_is_no_part_of_an_address(address: str) -> None:
    content = f"{factories.PROSE}\n\nRead {address} and bake."
    assert problems(factories.section(content=content, citations=_cited(PASSAGES)), passages=PASSAGES) == []


def test_an_address_of_the_source_that_goes_on_is_another_one() -> None:
    content = f"{factories.PROSE}\n\nRead https://bread.example.in/starterX."
    (problem,) = problems(factories.section(content=content, citations=_cited(PASSAGES)), passages=PASSAGES)
    assert problem.endswith("['https://bread.example.in/starterX']")


def test_an_outlines_description_is_looked_at_as_well() -> None:
    spoiled = factories.outline() | {"description": "From flour to a loaf, as told at https://evil.test/free-course by a friend."}
    (problem,) = outline_problems(Outline.model_validate(spoiled), factories.brief(), ())
    assert problem.startswith("description: leave out web addresses")
    spoiled["description"] = spoiled["description"].replace("evil.test/free-course", "bread.example.in/starter")
    planned = factories.outline(passages=[1]) | {"description": spoiled["description"]}
    assert outline_problems(Outline.model_validate(planned), factories.brief(), PASSAGES) == []


def test_a_lesson_that_rests_on_one_passage_may_not_name_another_that_is_none() -> None:
    found = outline_problems(Outline.model_validate(factories.outline(passages=[99, 1, 98])), factories.brief(), PASSAGES)
    assert found == [f"lesson 'Lesson number {n}': passages [98, 99] do not exist" for n in (1, 2, 3)]


def test_an_outline_has_as_many_lessons_as_were_asked_for() -> None:
    (problem,) = outline_problems(Outline.model_validate(factories.outline(4)), factories.brief(lesson_count=5), ())
    assert "has 4 lessons; exactly 5" in problem


@pytest.mark.parametrize(("named", "says"), [([99], "do not exist"), ([], "name the source passages")])
def test_an_outline_names_passages_that_exist(named: list[int], says: str) -> None:
    found = outline_problems(Outline.model_validate(factories.outline(passages=named)), factories.brief(), PASSAGES)
    assert len(found) >= 3
    assert any(says in problem for problem in found)
