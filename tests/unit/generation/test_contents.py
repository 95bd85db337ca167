"""The shape of answers: bounds, closed sets, nothing extra."""

from typing import Any

import pytest
from pydantic import ValidationError

from academy.generation.contents import Lesson, Outline
from tests.unit.generation import factories


@pytest.mark.parametrize("lessons", [3, 12])
def test_three_to_twelve_lessons(lessons: int) -> None:
    assert len(Outline.model_validate(factories.outline(lessons)).lessons) == lessons


@pytest.mark.parametrize("lessons", [1, 2, 13])
def test_no_other_number_of_lessons(lessons: int) -> None:
    with pytest.raises(ValidationError, match="lessons"):
        Outline.model_validate(factories.outline(lessons))


@pytest.mark.parametrize(
    "spoiled",
    [
        factories.lesson(factories.section()),
        factories.lesson(*[factories.section(title=f"Part {n}") for n in range(5)]),
        factories.lesson(factories.section(content="Too short."), factories.section()),
        factories.lesson(factories.section(content="NUL \x00 in it. " * 50), factories.section()),
        factories.lesson(factories.section(kind="video"), factories.section()),
        factories.lesson(price=100),
        factories.lesson(questions=[factories.question()]),
        factories.lesson(questions=[factories.question(correct_option=3)] * 2),
        factories.lesson(questions=[factories.question(options=["Same", "same", "other"])] * 2),
        factories.lesson(questions=[factories.question(explanation="")] * 2),
    ],
)
def test_a_lesson_out_of_shape_is_refused(spoiled: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Lesson.model_validate(spoiled)


def test_objectives_stand_on_blooms_levels() -> None:
    spoiled = factories.outline()
    spoiled["objectives"] = [{"text": "Know about bread and ovens", "level": "know"}] * 3
    with pytest.raises(ValidationError, match="understand"):
        Outline.model_validate(spoiled)
