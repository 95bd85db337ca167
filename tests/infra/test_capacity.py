"""The arithmetic of docs/capacity.md: by hand for a small academy, and in its proportions."""

from dataclasses import replace

import pytest

from infra.capacity import costs, limits, page, template
from infra.capacity import load as loads
from infra.capacity.inputs import Inputs, read
from infra.capacity.template import Function, Stack
from infra.template import ROOT


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    """Round numbers: 1,000 learners ask 30 times a month each, all of it in 5 hours of the day."""
    real = read()
    usage = replace(
        real.usage,
        sessions=1,
        minutes=10,
        reads=8,
        writes=20,
        sign_ins=1,
        busy_hours=5,
        busy_share=1,
        burst=2,
        warm=3,
        courses_completed=0.5,
    )
    durations = replace(real.durations, read_ms=3, write_ms=3, python_ms=0, database_read_ms=1.5, database_write_ms=1.5)
    return Inputs(real.prices, usage, durations, replace(real.quotas, acu_cores=0.25, acu_load=0.5))


@pytest.fixture(scope="module")
def stack() -> Stack:
    return template.production()


def test_requests_of_a_month_and_of_the_busiest_minute(inputs: Inputs, stack: Stack) -> None:
    load = loads.of(1_000, inputs, stack)

    assert (load.reads, load.writes, load.sign_ins, load.refreshes, load.requests) == (8_000, 20_000, 1_000, 1_000, 30_000)
    assert load.peak == pytest.approx(30_000 / (30 * 5 * 3600) * 2)
    assert load.certificates == 500


def test_waiting_takes_as_long_on_lambda_and_work_takes_longer() -> None:
    small = Function("x", memory_mb=1769 // 2, timeout=1, reserved=None)
    large = replace(small, memory_mb=3538)

    assert loads.lambda_ms(13.0, 10.0, small) == pytest.approx(3 + 10 * 1769 / 884)
    assert loads.lambda_ms(13.0, 10.0, large) == 13.0
    assert loads.lambda_ms(2.0, 0.0, small) == 2.0


def test_what_the_busiest_minute_needs(inputs: Inputs, stack: Stack) -> None:
    """3 ms of waiting a request; 1.5 ms of a core, of which half a quarter counts for each ACU."""
    load = loads.of(1_000_000, inputs, stack)

    assert load.concurrency == pytest.approx(load.peak * 0.003)
    assert load.connections == pytest.approx(load.concurrency * 3)
    assert load.acus == pytest.approx(load.peak * 0.0015 / 0.25 / 0.5)


@pytest.mark.parametrize(
    ("smallest", "largest", "count"),
    [(1, 1, 189), (1, 4, 823), (1, 16, 3360), (0.5, 16, 2000), (0, 8, 1669), (1, 32, 5000), (1, 256, 5000), (0.5, 256, 2000), (0, 2, 400), (1, 2.5, 506)],
)  # fmt: skip
def test_connections_by_size(inputs: Inputs, smallest: float, largest: float, count: int) -> None:
    assert loads.max_connections(smallest, largest, inputs) == count


def test_twice_the_learners_ask_for_twice_as_much(stack: Stack) -> None:
    inputs = read()
    one, two = loads.of(50_000, inputs, stack), loads.of(100_000, inputs, stack)

    for name in ("requests", "peak", "concurrency", "connections", "acus", "events", "mails"):
        assert getattr(two, name) == pytest.approx(2 * getattr(one, name)), name


def test_a_bound_is_full_where_the_load_reaches_it(stack: Stack) -> None:
    """Given the number of learners that fills the largest database, then just its size is needed; likewise for the gateway."""
    inputs = read()
    found = {bound.what: bound.full_at for bound in limits.bounds(inputs, stack)}

    assert loads.of(found["Aurora's largest size"], inputs, stack).acus == pytest.approx(stack.acus[1], rel=1e-4)
    assert loads.of(found["The gateway's throttle"], inputs, stack).peak == pytest.approx(stack.throttle, rel=1e-4)
    assert list(found.values()) == sorted(found.values())


def test_the_bill(inputs: Inputs, stack: Stack) -> None:
    bill = costs.of(loads.of(20_000, inputs, stack), inputs, stack)
    prices = inputs.prices

    assert bill["HTTP API"] == pytest.approx(600_000 * prices.http_api_request)
    assert bill["Cognito"] == pytest.approx(10_000 * prices.cognito_user)
    assert bill["SES"] == pytest.approx(40_000 * prices.mail)
    assert bill["NAT gateway"] > 720 * prices.nat_hour


def test_an_empty_academy_costs_what_stands_there_all_the_same(inputs: Inputs, stack: Stack) -> None:
    bill = {name: cost for name, cost in costs.of(loads.of(0, inputs, stack), inputs, stack).items() if cost}

    assert bill.keys() == {"Lambda", "Aurora", "NAT gateway", "EventBridge, SQS", "CloudWatch, X-Ray"}
    assert bill["Aurora"] == pytest.approx(stack.acus[0] * 720 * inputs.prices.aurora_acu_hour)


@pytest.mark.parametrize(
    ("expression", "runs"),
    [
        ("rate(1 minute)", 43_200),
        ("rate(15 minutes)", 2_880),
        ("rate(1 hour)", 720),
        ("cron(15 20 * * ? *)", 30),
        ("cron(10 0 ? * MON *)", 30 / 7),
        ("cron(10 0 1 * ? *)", 1),
    ],
)
def test_runs_of_a_schedule(expression: str, runs: float) -> None:
    assert template.runs_a_month(expression) == runs


def test_a_schedule_that_is_not_understood_is_refused() -> None:
    with pytest.raises(ValueError, match="cron"):
        template.runs_a_month("cron(0 8 ? * MON#1 *)")


def test_the_template_is_read_as_production_deploys_it(stack: Stack) -> None:
    assert stack.acus == (0.5, 16.0)
    assert stack.function("GenerationTasks") == Function("GenerationTasks", memory_mb=1024, timeout=540, reserved=20)
    assert stack.function("Learning").reserved is None
    assert set(stack.queue_concurrency) == {
        "CertificatesQueue",
        "LearningQueue",
        "EngagementQueue",
        "PaymentsQueue",
        "NotificationsQueue",
        "EmailQueue",
        "PushQueue",
        "FeedbackQueue",
    }
    assert stack.routes > 90
    assert stack.runs > 43_200


def test_the_background_leaves_most_of_the_connections(stack: Stack) -> None:
    """In production, whatever is reserved for work that nobody waits for."""
    inputs = read()
    assert loads.background(stack) < loads.max_connections(*stack.acus, inputs) / 10


def test_the_page_is_what_the_inputs_say(stack: Stack) -> None:
    assert (ROOT / "docs" / "capacity.md").read_text() == page.page(read(), stack), "make capacity"
