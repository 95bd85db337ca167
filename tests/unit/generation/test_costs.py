"""Money: whole micros, rounded up, and never more than a budget holds."""

import pytest

from academy.generation import costs
from academy.generation.costs import Budget, cost_micros
from academy.generation.vendors import BudgetExceeded, Charge, TextRequest, Turn, Usage


def test_each_kind_of_token_has_its_price() -> None:
    usage = Usage(input_tokens=1_000, output_tokens=1_000, cache_write_tokens=1_000, cache_read_tokens=1_000)
    assert cost_micros("claude-sonnet-5-5", usage) == 2_000 + 10_000 + 2_500 + 100


def test_a_fraction_of_a_micro_is_a_micro() -> None:
    assert cost_micros("claude-sonnet-5-5", Usage(cache_read_tokens=1)) == 1


def test_a_model_without_a_price_is_refused() -> None:
    with pytest.raises(costs.UnknownModelError):
        cost_micros("claude-imaginary-9", Usage(input_tokens=1))


def test_charges_add_up_over_models() -> None:
    charges = [
        Charge(purpose="outline", model="claude-sonnet-5-5", usage=Usage(output_tokens=100)),
        Charge(purpose="thumbnail", model="gpt-image-2.5-flare", usage=Usage(output_tokens=100)),
    ]
    assert costs.total_micros(charges) == 1_000 + 3_000
    assert costs.total_usage(charges).output_tokens == 200


def test_a_budget_holds_to_the_last_micro() -> None:
    budget = Budget(name="user's", limit_micros=1_000, spent_micros=900)
    budget.require(100)
    with pytest.raises(BudgetExceeded, match="user's budget has 100 micros left"):
        budget.require(101)


def test_the_worst_case_is_never_below_the_cost() -> None:
    text = "Wild yeast lives in a starter. खमीर।" * 200
    request = TextRequest(
        purpose="x", system=text, context=(text,), turns=(Turn(role="user", text=text),), schema={}, max_tokens=2_000, on_behalf_of="u"
    )
    used = Usage(cache_write_tokens=len(text) * 3 // 4, output_tokens=2_000)
    assert costs.worst_case_micros("claude-sonnet-5-5", request) >= cost_micros("claude-sonnet-5-5", used)


def test_an_estimate_grows_with_lessons_and_with_the_source() -> None:
    def estimate(lessons: int, characters: int) -> int:
        return costs.estimated_job_micros(
            "claude-sonnet-5-5", "gpt-image-2.5-flare", lesson_count=lessons, at_once=6, prompt_characters=characters, lesson_tokens=5_000
        )

    assert estimate(3, 1_000) < estimate(12, 1_000) < estimate(12, 200_000) < 3_000_000
