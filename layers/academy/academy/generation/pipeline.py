"""The steps of a course's making, as functions over the vendors' Protocols. Nothing here knows of AWS or SQL.

A step either returns its value with all that was paid for it, or raises a `GenerationError` that carries what was
paid up to then.
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from academy.generation import checks, prompts, thumbnail
from academy.generation.briefs import CourseBrief
from academy.generation.contents import Lesson, Outline
from academy.generation.settings import LESSON_TOKENS, OUTLINE_TOKENS
from academy.generation.sources import Passage
from academy.generation.vendors import (
    BadModelOutput,
    Charge,
    GenerationError,
    ImageModel,
    ImageRequest,
    TextAnswer,
    TextModel,
    TextRequest,
)

MOST_PROBLEMS = 20

type Guard = Callable[[TextRequest], None]
"""Asked before each paid call, the repair round included; raises `BudgetExceeded` to stop it."""


@dataclass(frozen=True, kw_only=True)
class Written[T]:
    value: T
    charges: tuple[Charge, ...]
    repaired: bool = False


@dataclass(frozen=True, kw_only=True)
class Picture:
    content: bytes
    content_type: str
    alt_text: str
    drawn_by: str
    charges: tuple[Charge, ...] = ()


def plan_outline(
    model: TextModel,
    brief: CourseBrief,
    passages: Sequence[Passage],
    *,
    on_behalf_of: str,
    guard: Guard,
) -> Written[Outline]:
    request = TextRequest(
        purpose="outline",
        system=prompts.SYSTEM,
        context=(prompts.request_context(brief, passages),),
        turns=(prompts.plan_turn(brief, passages),),
        schema=Outline.model_json_schema(),
        max_tokens=OUTLINE_TOKENS,
        on_behalf_of=on_behalf_of,
    )
    return _written(model, request, Outline, lambda outline: checks.outline_problems(outline, brief, passages), guard=guard)


def write_lesson(
    model: TextModel,
    brief: CourseBrief,
    passages: Sequence[Passage],
    outline: Outline,
    position: int,
    *,
    on_behalf_of: str,
    guard: Guard,
) -> Written[Lesson]:
    """`position` counts from 0 over all lessons of the outline."""
    request = TextRequest(
        purpose=f"lesson-{position + 1}",
        system=prompts.SYSTEM,
        context=(prompts.request_context(brief, passages), prompts.outline_context(outline)),
        turns=(prompts.lesson_turn(brief, outline, position, passages),),
        schema=Lesson.model_json_schema(),
        max_tokens=LESSON_TOKENS,
        on_behalf_of=on_behalf_of,
    )
    return _written(model, request, Lesson, lambda lesson: checks.lesson_problems(lesson, passages), guard=guard)


def draw_thumbnail(model: ImageModel, outline: Outline, *, on_behalf_of: str) -> Picture:
    answer = model.draw(ImageRequest(purpose="thumbnail", prompt=thumbnail.prompt_for(outline), on_behalf_of=on_behalf_of))
    return Picture(
        content=answer.content,
        content_type=answer.content_type,
        alt_text=outline.thumbnail.alt_text,
        drawn_by=model.name,
        charges=(answer.charge,),
    )


def fallback_thumbnail(outline: Outline) -> Picture:
    """Costs nothing and can't fail: the same title and category always give the same picture."""
    return Picture(
        content=thumbnail.drawn(outline.title, outline.category.value),
        content_type="image/png",
        alt_text=thumbnail.DRAWN_ALT_TEXT.format(category=outline.category.value),
        drawn_by="academy",
    )


def _written[M: BaseModel](
    model: TextModel, request: TextRequest, kind: type[M], problems_of: Callable[[M], list[str]], *, guard: Guard
) -> Written[M]:
    """One question, and one repair round with the errors fed back where the answer breaks a rule."""
    guard(request)
    answer = model.write(request)
    value, problems = _read(answer, kind, problems_of)
    if value is not None:
        return Written(value=value, charges=(answer.charge,))
    repair = dataclasses.replace(request, turns=(*request.turns, *prompts.repair_turns(answer.text, problems)))
    try:
        guard(repair)
        second = model.write(repair)
    except GenerationError as error:
        error.charges = (answer.charge, *error.charges)
        raise
    charges = (answer.charge, second.charge)
    value, problems = _read(second, kind, problems_of)
    if value is None:
        raise BadModelOutput(
            f"the {request.purpose} breaks the rules even after its repair round: {problems[0]}",
            charges=charges,
            problems=tuple(problems),
        )
    return Written(value=value, charges=charges, repaired=True)


def _read[M: BaseModel](answer: TextAnswer, kind: type[M], problems_of: Callable[[M], list[str]]) -> tuple[M | None, list[str]]:
    if answer.cut_off:
        return None, ["the answer was cut off because it is too long; write less in each section"]
    try:
        value = kind.model_validate_json(answer.text, strict=True)
    except ValidationError as error:
        return None, [_in_words(detail["loc"], detail["msg"]) for detail in error.errors()[:MOST_PROBLEMS]]
    problems = problems_of(value)
    return (None, problems[:MOST_PROBLEMS]) if problems else (value, [])


def _in_words(location: tuple[int | str, ...], message: str) -> str:
    return f"{'.'.join(map(str, location)) or 'the answer'}: {message}"
