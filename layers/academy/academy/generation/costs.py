"""Money in micros of a US dollar (1,000,000 = $1), always integers, always rounded up.

Prices are the vendors' list prices of 2026-11 per million tokens. A model without a price is refused: a job whose
cost is unknown can't be held to a budget.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from academy.generation.vendors import BudgetExceeded, Charge, TextRequest, Usage

TOKENS_PER_PRICE = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Price:
    """Micros per million tokens of each kind."""

    input: int
    output: int
    cache_write: int = 0
    cache_read: int = 0


PRICES: Mapping[str, Price] = {
    "claude-opus-5-5": Price(input=4_000_000, output=20_000_000, cache_write=5_000_000, cache_read=200_000),
    "claude-sonnet-5-5": Price(input=2_000_000, output=10_000_000, cache_write=2_500_000, cache_read=100_000),
    "gpt-image-2.5-flare": Price(input=5_000_000, output=30_000_000),
    "gpt-image-2.5-sunburst": Price(input=5_000_000, output=30_000_000),
}


class UnknownModelError(LookupError):
    """A model is configured that has no price."""


def price_of(model: str) -> Price:
    try:
        return PRICES[model]
    except KeyError:
        raise UnknownModelError(f"no price is known for the model {model!r}") from None


def cost_micros(model: str, usage: Usage) -> int:
    price = price_of(model)
    scaled = (
        usage.input_tokens * price.input
        + usage.output_tokens * price.output
        + usage.cache_write_tokens * price.cache_write
        + usage.cache_read_tokens * price.cache_read
    )
    return -(-scaled // TOKENS_PER_PRICE)


def total_micros(charges: Iterable[Charge]) -> int:
    return sum(cost_micros(charge.model, charge.usage) for charge in charges)


def total_usage(charges: Iterable[Charge]) -> Usage:
    return sum((charge.usage for charge in charges), start=Usage())


def estimated_tokens(text: str) -> int:
    """Rather too many than too few: about 3.2 Latin characters a token, and more than one token for most others."""
    ascii_characters = sum(character.isascii() for character in text)
    return math.ceil(ascii_characters / 3.2 + (len(text) - ascii_characters) * 1.3)


def worst_case_micros(model: str, request: TextRequest) -> int:
    """What one call can cost at most: all its input written to the cache, and every output token used."""
    prompt = (request.system, *request.context, *(turn.text for turn in request.turns), str(request.schema))
    tokens = sum(estimated_tokens(part) for part in prompt)
    price = price_of(model)
    dearest_input = max(price.input, price.cache_write)
    return -(-(tokens * dearest_input + request.max_tokens * price.output) // TOKENS_PER_PRICE)


@dataclass(frozen=True, kw_only=True)
class Budget:
    """A limit and what is spent or promised of it. `name` says whose: a user's, the platform's, one job's."""

    name: str
    limit_micros: int
    spent_micros: int

    @property
    def left_micros(self) -> int:
        return max(0, self.limit_micros - self.spent_micros)

    def allows(self, micros: int) -> bool:
        return self.spent_micros + micros <= self.limit_micros

    def require(self, micros: int) -> None:
        if not self.allows(micros):
            raise BudgetExceeded(f"the {self.name} budget has {self.left_micros} micros left, this needs {micros}")


def estimated_job_micros(
    text_model: str, image_model: str, *, lesson_count: int, at_once: int, prompt_characters: int, lesson_tokens: int
) -> int:
    """What a whole job is likely to cost, for the check before it starts: plan, lessons, one picture, and a tenth for repair rounds.

    Lessons that begin at once each write the shared prefix to the cache, since none finds it there yet; those that follow read it.
    """
    shared = math.ceil(prompt_characters / 3)
    own = 1_500
    plan = Usage(cache_write_tokens=shared, input_tokens=own, output_tokens=3_000)
    first = Usage(cache_write_tokens=shared, input_tokens=own, output_tokens=lesson_tokens)
    later = Usage(cache_read_tokens=shared, input_tokens=own, output_tokens=lesson_tokens)
    firsts = min(lesson_count, at_once)
    text = (
        cost_micros(text_model, plan) + cost_micros(text_model, first) * firsts + cost_micros(text_model, later) * (lesson_count - firsts)
    )
    picture = cost_micros(image_model, Usage(input_tokens=200, output_tokens=1_600))
    return (text + picture) * 11 // 10
