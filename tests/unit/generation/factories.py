"""Briefs, answers of a well-behaved model, and a model that says what a test tells it to."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from academy.catalog.values import Difficulty
from academy.generation.briefs import CourseBrief
from academy.generation.vendors import Charge, GenerationError, ImageAnswer, ImageRequest, TextAnswer, TextRequest, Usage

SOURCE = """Sourdough rises because of wild yeast and bacteria. They live in a starter of flour and water.

A starter is fed every day. After about a week it doubles within six hours, and then it is ready to bake with.

Salt slows the yeast down and strengthens the dough. Two percent of the weight of the flour is usual.

A hot oven makes the loaf spring. Steam keeps the crust soft for the first ten minutes of baking."""

PROSE = "Bread asks for patience, and patience is easier when you know what the dough is doing at each hour of the day. " * 10


def brief(**changes: Any) -> CourseBrief:
    values: dict[str, Any] = {"topic": "Sourdough", "difficulty": Difficulty.BEGINNER, "lesson_count": 3}
    return CourseBrief(**(values | changes))


def outline(lessons: int = 3, *, passages: Sequence[int] = ()) -> dict[str, Any]:
    planned = [
        {
            "title": f"Lesson number {number}",
            "summary": "What happens in the dough, and why it takes its time.",
            "objectives": [{"text": "Explain why dough rises", "level": "understand"}],
            "sections": [{"title": "In the bowl", "kind": "text"}, {"title": "In the oven", "kind": "text"}],
            "passages": list(passages),
        }
        for number in range(1, lessons + 1)
    ]
    return {
        "title": "Sourdough from the beginning",
        "description": "From flour and water to a loaf: what lives in a starter, and how to work with it.",
        "category": "other",
        "tags": ["bread"],
        "objectives": [{"text": "Explain why dough rises", "level": "understand"}] * 3,
        "modules": [{"title": "Bread", "description": "All of it, from bowl to oven.", "lessons": planned}],
        "thumbnail": {"subject": "a loaf of bread on a wooden table", "alt_text": "A loaf of bread on a table"},
    }


def section(**changes: Any) -> dict[str, Any]:
    return {"title": "In the bowl", "kind": "text", "content": PROSE, "citations": []} | changes


def question(**changes: Any) -> dict[str, Any]:
    values = {
        "question": "What makes sourdough rise?",
        "options": ["Wild yeast", "Baking soda", "Salt"],
        "correct_option": 0,
        "explanation": "Wild yeast gives off the gas that lifts it.",
        "level": "remember",
    }
    return values | changes


def lesson(*sections: dict[str, Any], **changes: Any) -> dict[str, Any]:
    written = list(sections) or [section(), section(title="In the oven")]
    return {"summary": "What happens in the dough.", "sections": written, "questions": [question(), question()]} | changes


USAGE = Usage(input_tokens=100, output_tokens=50)


@dataclass
class ScriptedModel:
    """Gives the scripted answers in turn: text as it is, values as JSON, errors raised."""

    script: list[Any]
    name: str = "claude-sonnet-5-5"
    requests: list[TextRequest] = field(default_factory=list)

    def write(self, request: TextRequest) -> TextAnswer:
        self.requests.append(request)
        answer = self.script.pop(0)
        if isinstance(answer, GenerationError):
            raise answer
        text = answer if isinstance(answer, str) else json.dumps(answer)
        charge = Charge(purpose=request.purpose, model=self.name, usage=USAGE)
        return TextAnswer(text=text, charge=charge, cut_off=text.endswith("<cut>"))


@dataclass
class Painter:
    name: str = "gpt-image-2.5-flare"
    prompts: list[str] = field(default_factory=list)

    def draw(self, request: ImageRequest) -> ImageAnswer:
        self.prompts.append(request.prompt)
        charge = Charge(purpose=request.purpose, model=self.name, usage=Usage(input_tokens=10, output_tokens=1_000))
        return ImageAnswer(content=b"\x89PNG", content_type="image/png", charge=charge)


def no_limit(_: TextRequest) -> None:
    """A budget without end."""


def stop_at(call: int, error: GenerationError) -> Callable[[TextRequest], None]:
    """A guard that lets `call - 1` calls pass."""
    calls = 0

    def guard(_: TextRequest) -> None:
        nonlocal calls
        calls += 1
        if calls >= call:
            raise error

    return guard
