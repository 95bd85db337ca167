"""The state machine's text: its tasks exist, have their limits, and name errors as the code does."""

import json
from pathlib import Path
from typing import Any

import pytest

from academy.certificates import tasks
from functions.document_tasks.app import TASKS as KNOWN

FILE = Path(__file__).parents[3] / "infra" / "statemachines" / "certificate_issuance.asl.json"
STATES: dict[str, dict[str, Any]] = json.loads(FILE.read_text())["States"]
TASKS = [pytest.param(state, id=name) for name, state in STATES.items() if state["Type"] == "Task"]
OURS = {tasks.CourseNotCompleted.__name__, tasks.DatabaseUnavailable.__name__, tasks.StorageUnavailable.__name__}


@pytest.mark.parametrize("task", TASKS)
def test_every_task_ends_is_retried_with_jitter_and_caught(task: dict[str, Any]) -> None:
    assert task["TimeoutSeconds"] <= 70
    for retry in task["Retry"]:
        assert retry["JitterStrategy"] == "FULL"
        assert retry["MaxDelaySeconds"] <= 60
        assert "States.ALL" not in retry["ErrorEquals"], "only named errors are worth another try"
    assert task["Catch"][-1]["ErrorEquals"] == ["States.ALL"]


@pytest.mark.parametrize("task", TASKS)
def test_errors_are_named_as_in_the_code(task: dict[str, Any]) -> None:
    named = {error for rule in (*task["Retry"], *task["Catch"]) for error in rule["ErrorEquals"]}
    assert {error for error in named if not error.startswith(("Lambda.", "Sandbox.", "States."))} <= OURS


def test_every_task_is_one_that_the_function_knows() -> None:
    """Invoices are asked for by the function of payments itself."""
    assert {task.values[0]["Parameters"]["Payload"]["task"] for task in TASKS} == set(KNOWN) - {"draw_invoice"}  # type: ignore[index]


def test_what_is_not_completed_is_no_failure_of_ours() -> None:
    caught = {rule["Next"]: rule["ErrorEquals"] for rule in STATES["Reserve"]["Catch"]}
    assert caught["NothingToCertify"] == ["CourseNotCompleted"]
    assert STATES["NothingToCertify"]["Type"] == "Succeed"
