"""The state machine's text: every task has its limits, and the names of its errors are those of the code."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from academy.generation import settings, vendors
from academy.generation.objects import StorageUnavailable
from academy.platform.db import ConnectionLost, DatabaseBusy, OutcomeUnknown

FILE = Path(__file__).parents[3] / "infra" / "statemachines" / "course_generation.asl.json"
MACHINE: dict[str, Any] = json.loads(FILE.read_text())
OURS = {name for name, value in vars(vendors).items() if isinstance(value, type) and issubclass(value, vendors.GenerationError)}
FOREIGN = ("Lambda.", "Sandbox.", "States.")


def machines(machine: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield machine
    for state in machine["States"].values():
        for inner in (*state.get("Branches", ()), *([state["ItemProcessor"]] if "ItemProcessor" in state else ())):
            yield from machines(inner)


STATES = [(name, state) for machine in machines(MACHINE) for name, state in machine["States"].items()]
TASKS = [pytest.param(state, id=name) for name, state in STATES if state["Type"] == "Task"]


@pytest.mark.parametrize("task", TASKS)
def test_every_task_ends_and_is_retried_with_jitter(task: dict[str, Any]) -> None:
    assert task["TimeoutSeconds"] <= 600
    for retry in task["Retry"]:
        assert retry["JitterStrategy"] == "FULL"
        assert retry["MaxDelaySeconds"] <= 60
        assert retry["MaxAttempts"] >= 1


@pytest.mark.parametrize("task", TASKS)
def test_errors_are_named_as_in_the_code(task: dict[str, Any]) -> None:
    named = {error for rule in (*task["Retry"], *task.get("Catch", ())) for error in rule["ErrorEquals"]}
    ours = OURS | {error.__name__ for error in (ConnectionLost, OutcomeUnknown, DatabaseBusy, StorageUnavailable)}
    assert {error for error in named if not error.startswith(FOREIGN)} <= ours


@pytest.mark.parametrize("error", ["BudgetExceeded", "VendorRejected"])
def test_what_concerns_every_lesson_is_not_taken_for_one_lessons_failure(error: str) -> None:
    lesson = dict(STATES)["WriteLesson"]
    caught = {name for rule in lesson["Catch"] for name in rule["ErrorEquals"]}
    assert error not in caught
    assert "States.ALL" not in caught


def test_a_task_outlives_the_two_calls_that_it_may_make() -> None:
    assert dict(STATES)["WriteLesson"]["TimeoutSeconds"] > 2 * settings.TEXT_SECONDS
    assert dict(STATES)["DrawThumbnail"]["TimeoutSeconds"] > settings.IMAGE_SECONDS
    assert dict(STATES)["WriteLessons"]["MaxConcurrency"] == settings.LESSONS_AT_ONCE


def test_every_state_is_reached_and_every_next_exists() -> None:
    for machine in machines(MACHINE):
        reached, open_states = set(), [machine["StartAt"]]
        while open_states:
            name = open_states.pop()
            if name not in reached:
                reached.add(name)
                state = machine["States"][name]
                open_states += [state["Next"]] if "Next" in state else []
                open_states += [rule["Next"] for rule in state.get("Catch", ())]
                assert "Next" in state or state.get("End") or state["Type"] in ("Succeed", "Fail")
        assert reached == set(machine["States"])


def test_what_the_local_cloud_ignores_is_not_relied_upon() -> None:
    text = FILE.read_text()
    assert not [name for name in ("ItemBatcher", "ResultWriter", "HeartbeatSeconds", "Assign", "JSONata") if f'"{name}"' in text]
