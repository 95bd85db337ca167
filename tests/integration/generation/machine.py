"""Runs a state machine's own text in this process: the part of the Amazon States Language that ours use, without its waiting.

Source: the Amazon States Language specification (states-language.net), JSONPath. Retries happen at once.
"""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MACHINE: dict[str, Any] = json.loads((Path(__file__).parents[3] / "infra" / "statemachines" / "course_generation.asl.json").read_text())

type Invoke = Callable[[dict[str, Any]], Any]


class StateFailedError(Exception):
    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


@dataclass
class Run:
    """`side_by_side` runs branches and items in threads, as Step Functions does."""

    invoke: Invoke
    side_by_side: bool = False
    history: list[str] = field(default_factory=list)

    def execute(self, data: dict[str, Any], machine: Mapping[str, Any] = MACHINE) -> str:
        try:
            self._machine(machine, data, {})
        except StateFailedError as failed:
            return failed.error
        return "SUCCEEDED"

    def _machine(self, machine: Mapping[str, Any], data: Any, context: dict[str, Any]) -> Any:
        name = machine["StartAt"]
        while True:
            state = machine["States"][name]
            self.history.append(name)
            if state["Type"] == "Fail":
                raise StateFailedError(state["Error"], state["Cause"])
            if state["Type"] == "Succeed":
                return data
            try:
                result = self._attempts(state, data, context)
                data = _put(data, state.get("ResultPath", "$"), result)
                if state.get("End"):
                    return data
                name = state["Next"]
            except StateFailedError as failed:
                rule = _matching(state.get("Catch", ()), failed.error)
                if rule is None:
                    raise
                data = _put(data, rule["ResultPath"], {"Error": failed.error, "Cause": failed.cause})
                name = rule["Next"]

    def _attempts(self, state: Mapping[str, Any], data: Any, context: dict[str, Any]) -> Any:
        used: dict[int, int] = {}
        while True:
            try:
                return self._once(state, data, context)
            except StateFailedError as failed:
                rules = state.get("Retry", ())
                rule = _matching(rules, failed.error)
                if rule is None or used.get(id(rule), 0) >= rule["MaxAttempts"]:
                    raise
                used[id(rule)] = used.get(id(rule), 0) + 1

    def _once(self, state: Mapping[str, Any], data: Any, context: dict[str, Any]) -> Any:
        match state["Type"]:
            case "Task":
                result = self._task(_filled(state["Parameters"]["Payload"], data, context))
                return _filled(state["ResultSelector"], {"Payload": result}, context) if "ResultSelector" in state else {"Payload": result}
            case "Parallel":
                with ThreadPoolExecutor(len(state["Branches"]) if self.side_by_side else 1) as pool:
                    return list(pool.map(lambda branch: self._machine(branch, data, context), state["Branches"]))
            case "Map":
                items = _get(state["ItemsPath"], data, context)
                inputs = [_filled(state["ItemSelector"], data, {"Map": {"Item": {"Value": item}}}) for item in items]
                with ThreadPoolExecutor(state["MaxConcurrency"] if self.side_by_side else 1) as pool:
                    return list(pool.map(lambda one: self._machine(state["ItemProcessor"], one, {}), inputs))
        raise AssertionError(state["Type"])

    def _task(self, payload: dict[str, Any]) -> Any:
        try:
            return json.loads(json.dumps(self.invoke(payload)))
        except Exception as error:  # as Lambda does: any error becomes its class name and message
            raise StateFailedError(type(error).__name__, json.dumps({"errorMessage": str(error)})) from error


def _matching(rules: Any, error: str) -> Any:
    return next((rule for rule in rules if error in rule["ErrorEquals"] or "States.ALL" in rule["ErrorEquals"]), None)


def _get(path: str, data: Any, context: dict[str, Any]) -> Any:
    value, names = (context, path[3:]) if path.startswith("$$.") else (data, path[2:])
    for name in names.split(".") if names else ():
        value = value[name]
    return value


def _filled(template: Mapping[str, Any], data: Any, context: dict[str, Any]) -> dict[str, Any]:
    return {key.removesuffix(".$"): _get(value, data, context) if key.endswith(".$") else value for key, value in template.items()}


def _put(data: Any, path: str | None, result: Any) -> Any:
    if path is None:
        return data
    return result if path == "$" else {**data, path[2:]: result}
