"""Money: whole micros, rounded up, and never more than a budget holds."""

import pytest

from academy.generation import costs
from academy.generation.costs import Budget, cost_micros
from academy.generation.service import needed_micros
from academy.generation.settings import IMAGE_MODEL, LESSON_OUTPUT_TOKENS, LESSON_TOKENS, TEXT_MODEL
from academy.generation.vendors import BudgetExceeded, Charge, TextRequest, Turn, Usage


def test_each_kind_of_token_has_its_price() -> None:
    usage = Usage(input_tokens=1_000, output_tokens=1_000, cache_write_tokens=1_000, cache_read_tokens=1_000)
    assert cost_micros("claude-sonnet-5-5", usage) == 2_000 + 10_000 + 2_500 + 100


def test_a_fraction_of_a_micro_is_a_micro() -> None:
    assert cost_micros("claude-sonnet-5-5", Usage(cache_read_tokens=1)) == 1


def test_a_model_without_a_price_is_refused() -> None:
    with pytest.raises(costs.UnknownModelError, match="claude-imaginary-9"):
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


def test_the_worst_case_is_reckoned_from_everything_that_is_sent() -> None:
    turns = (Turn(role="user", text="x" * 16), Turn(role="assistant", text="y" * 32))
    request = TextRequest(
        purpose="x", system="s" * 32, context=("c" * 64, "d" * 32), turns=turns, schema={}, max_tokens=1_000, on_behalf_of="u"
    )
    tokens = 10 + (20 + 10) + (5 + 10) + 1
    worst = costs.worst_case_micros("claude-sonnet-5-5", request)
    assert isinstance(worst, int)
    assert worst == -(-tokens * 25 // 10) + 1_000 * 10
    assert costs.worst_case_micros("gpt-image-2.5-flare", request) == tokens * 5 + 1_000 * 30, "where writing to a cache costs nothing"


def test_other_scripts_take_more_tokens_than_latin_ones() -> None:
    assert costs.estimated_tokens("") == 0
    assert costs.estimated_tokens("a" * 32) == 10
    assert costs.estimated_tokens("खमीरखमीरखम") == 13
    assert costs.estimated_tokens("a" * 32 + "खमीरखमीरखम") == 23
    assert costs.estimated_tokens("a") == 1, "a part of a token is one"


def test_an_overdrawn_budget_has_nothing_left() -> None:
    assert Budget(name="user's", limit_micros=1_000, spent_micros=1_200).left_micros == 0


def test_an_estimate_is_plan_lessons_picture_and_a_tenth() -> None:
    # 1,000 tokens are shared; two of the three lessons begin at once and write them to the cache, the third reads them.
    plan = 2_500 + 1_500 * 2 + 3_000 * 10
    first, later = 2_500 + 1_500 * 2 + 5_000 * 10, 100 + 1_500 * 2 + 5_000 * 10
    picture = 200 * 5 + 1_600 * 30
    estimate = costs.estimated_job_micros(
        "claude-sonnet-5-5", "gpt-image-2.5-flare", lesson_count=3, at_once=2, prompt_characters=3_000, lesson_tokens=5_000
    )
    assert estimate == (plan + 2 * first + later + picture) * 11 // 10
    assert isinstance(estimate, int)


def test_what_a_job_needs_is_its_likely_cost_and_the_worst_of_the_calls_that_run_at_once() -> None:
    def likely(lessons: int) -> int:
        return costs.estimated_job_micros(
            TEXT_MODEL, IMAGE_MODEL, lesson_count=lessons, at_once=6, prompt_characters=9_000, lesson_tokens=LESSON_OUTPUT_TOKENS
        )

    a_call = LESSON_TOKENS * 10 + 9_000 * 25 // 30
    assert [needed_micros(lessons, 3_000) for lessons in (1, 3)] == [likely(1) + a_call, likely(3) + 3 * a_call]
    assert needed_micros(8, 3_000) - needed_micros(7, 3_000) < a_call / 2, "no more than six run at once"
    assert needed_micros(0, 3_000) == needed_micros(1, 3_000), "a retry of what has all its lessons is not free"


def test_an_estimate_grows_with_lessons_and_with_the_source() -> None:
    def estimate(lessons: int, characters: int) -> int:
        return costs.estimated_job_micros(
            "claude-sonnet-5-5", "gpt-image-2.5-flare", lesson_count=lessons, at_once=6, prompt_characters=characters, lesson_tokens=5_000
        )

    assert estimate(3, 1_000) < estimate(12, 1_000) < estimate(12, 200_000) < 3_000_000
