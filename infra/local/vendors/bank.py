"""The shape of a language's stock of phrases, and how a phrase becomes a sentence.

Templates name `{topic}`, `{lesson}`, `{focus}` and `{level}`; `[one|another]` leaves the choice to the seed.
"""

import random
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

_SENTENCE_START = re.compile(r"^[a-z]|(?<=[a-z][.!?] )[a-z]")
_CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One step on the way from knowing nothing to doing it alone; a course takes as many as it has lessons."""

    title: str
    focus: str
    summary: str
    objectives: tuple[tuple[str, str], ...]
    sections: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class QuestionTemplate:
    question: str
    right: str
    wrong: tuple[str, ...]
    explanation: str
    level: str


@dataclass(frozen=True, kw_only=True)
class Bank:
    description: str
    grounded: str
    objectives: tuple[tuple[str, str], ...]
    modules: tuple[tuple[str, str], ...]
    stages: tuple[Stage, ...]
    conjunction: str
    sourced_title: str
    sourced_sections: tuple[str, ...]
    sourced_summary: str
    opening: tuple[str, ...]
    why: tuple[str, ...]
    how: tuple[str, ...]
    example: tuple[str, ...]
    mistake: tuple[str, ...]
    closing: tuple[str, ...]
    quoted: tuple[str, ...]
    after_quote: tuple[str, ...]
    exercise: tuple[str, ...]
    steps: tuple[str, ...]
    code_lead: tuple[str, ...]
    headings: tuple[str, ...]
    questions: tuple[QuestionTemplate, ...]
    sourced_question: str
    sourced_explanation: str
    levels: dict[str, str]
    subject: str
    alt_text: str


PROSE = Path(__file__).parent / "prose"


@cache
def bank(language: str) -> Bank:
    """The stock of that language, or the English one where there is none."""
    file = PROSE / f"{language}.toml"
    if language not in languages():
        file = PROSE / "en.toml"
    return TypeAdapter(Bank).validate_python(tomllib.loads(file.read_text(encoding="utf-8")))


@cache
def languages() -> frozenset[str]:
    return frozenset(file.stem for file in PROSE.glob("*.toml"))


def say(template: str, rng: random.Random, **slots: str) -> str:
    """Choices are made before slots are filled: a topic that contains `[a|b]` or braces stays as it is."""
    chosen = template
    while _CHOICE.search(chosen):
        chosen = _CHOICE.sub(lambda match: rng.choice(match.group(1).split("|")), chosen)
    text = chosen.format_map(slots)
    return _SENTENCE_START.sub(lambda match: match.group().upper(), text)
