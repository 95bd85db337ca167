"""The state machine that issues certificates, as far as deliveries go: its tasks in order, each retried until it answers."""

import random
from dataclasses import dataclass
from typing import Any

from tests.chaos.deliveries.journal import Journal

TASKS_AT_ONCE = 10


@dataclass
class Execution:
    name: str
    order: dict[str, Any]
    task: str = "reserve_certificate"


class Executions:
    def __init__(self, journal: Journal, dice: random.Random) -> None:
        self._journal = journal
        self._dice = dice
        self._running: dict[str, Execution] = {}
        self.started = 0

    def start(self, name: str, order: dict[str, Any]) -> None:
        self.started += 1
        self._running[name] = Execution(name, order)

    @property
    def running(self) -> int:
        return len(self._running)

    def some(self) -> list[Execution]:
        """Now and then the same one twice, here or at another worker: a task that timed out may still run."""
        names = list(self._running)
        return [self._running[name] for name in self._dice.choices(names, k=min(len(names), TASKS_AT_ONCE))]

    def order(self, execution: Execution) -> dict[str, Any]:
        return {"task": execution.task, **execution.order}

    def settle(self, asked: list[tuple[str, dict[str, Any]]], outcomes: list[dict[str, Any]]) -> None:
        for (name, order), outcome in zip(asked, outcomes, strict=True):
            execution = self._running.get(name)
            if execution is None or execution.task != order["task"]:
                continue  # another run of the task was faster
            if "error" in outcome:
                if outcome["error"] == "CourseNotCompleted":
                    self._end(execution)
                continue
            self._go_on(execution, outcome["result"])

    def _go_on(self, execution: Execution, result: dict[str, Any]) -> None:
        match execution.task:
            case "reserve_certificate" if result["status"] == "pending":
                execution.task, execution.order = "draw_certificate", {"certificateId": result["certificateId"]}
            case "draw_certificate":
                execution.task, execution.order = "issue_certificate", {**execution.order, **result}
            case _:
                self._end(execution)

    def _end(self, execution: Execution) -> None:
        del self._running[execution.name]
        self._journal.close_execution(execution.name)
