"""Runs a state machine's own text in this process: the part of the Amazon States Language that ours use, without its waiting.

Source: the Amazon States Language specification (states-language.net), JSONPath, and Step Functions' StopExecution and RedriveExecution.
Retries happen at once.
"""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def machine_of(name: str) -> dict[str, Any]:
    text = (Path(__file__).parents[3] / "infra" / "statemachines" / f"{name}.asl.json").read_text()
    machine: dict[str, Any] = json.loads(text)
    return machine


MACHINE = machine_of("course_generation")

type Invoke = Callable[[dict[str, Any]], Any]


class StateFailedError(Exception):
    """Raised by `invoke` itself it is an error of the service: `States.Timeout`, `Lambda.Unknown`."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


class Aborted(Exception):
    """Somebody stopped the execution: nothing catches it, and no further task begins."""


@dataclass
class Run:
    """`side_by_side` runs branches and items in threads, as Step Functions does. `passed` are the states that are done, by their way from the top.

    Executing again after it was aborted is a redrive: it goes on with the states that were not passed.
    """

    invoke: Invoke
    side_by_side: bool = False
    history: list[str] = field(default_factory=list)
    passed: dict[str, Any] = field(default_factory=dict)
    aborted: bool = False

    def execute(self, data: dict[str, Any], machine: Mapping[str, Any] = MACHINE) -> str:
        self.aborted = False
        try:
            self._machine(machine, data, {}, "")
        except StateFailedError as failed:
            return failed.error
        return "SUCCEEDED"

    def _machine(self, machine: Mapping[str, Any], data: Any, context: dict[str, Any], way: str) -> Any:
        name = machine["StartAt"]
        while True:
            state = machine["States"][name]
            self.history.append(name)
            match state["Type"]:
                case "Fail":
                    raise StateFailedError(*(state.get(part) or _get(state[f"{part}Path"], data, context) for part in ("Error", "Cause")))
                case "Succeed":
                    return data
                case "Choice":
                    name = next(
                        (one["Next"] for one in state["Choices"] if _get(one["Variable"], data, context) == one["StringEquals"]),
                        state["Default"],
                    )
                    continue
            try:
                result = self._result(state, data, context, f"{way}/{name}")
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

    def _result(self, state: Mapping[str, Any], data: Any, context: dict[str, Any], way: str) -> Any:
        """Of a state that is passed, what came of it then; a failure that was caught is passed too."""
        if way not in self.passed:
            try:
                self.passed[way] = self._attempts(state, data, context, way)
            except StateFailedError as failed:
                if _matching(state.get("Catch", ()), failed.error) is None:
                    raise
                self.passed[way] = failed
        if isinstance(self.passed[way], StateFailedError):
            raise self.passed[way]
        return self.passed[way]

    def _attempts(self, state: Mapping[str, Any], data: Any, context: dict[str, Any], way: str) -> Any:
        used: dict[int, int] = {}
        while True:
            try:
                return self._once(state, data, context, way)
            except StateFailedError as failed:
                rules = state.get("Retry", ())
                rule = _matching(rules, failed.error)
                if rule is None or used.get(id(rule), 0) >= rule["MaxAttempts"]:
                    raise
                used[id(rule)] = used.get(id(rule), 0) + 1

    def _once(self, state: Mapping[str, Any], data: Any, context: dict[str, Any], way: str) -> Any:
        match state["Type"]:
            case "Task":
                result = self._task(_filled(state["Parameters"]["Payload"], data, context))
                return _filled(state["ResultSelector"], {"Payload": result}, context) if "ResultSelector" in state else {"Payload": result}
            case "Parallel":
                with ThreadPoolExecutor(len(state["Branches"]) if self.side_by_side else 1) as pool:
                    branches = enumerate(state["Branches"])
                    return list(pool.map(lambda one: self._machine(one[1], data, context, f"{way}/{one[0]}"), branches))
            case "Map":
                items = _get(state["ItemsPath"], data, context)
                inputs = [_filled(state["ItemSelector"], data, {"Map": {"Item": {"Value": item}}}) for item in items]
                with ThreadPoolExecutor(state["MaxConcurrency"] if self.side_by_side else 1) as pool:
                    return list(
                        pool.map(lambda one: self._machine(state["ItemProcessor"], one[1], {}, f"{way}/{one[0]}"), enumerate(inputs))
                    )
        raise AssertionError(state["Type"])

    def _task(self, payload: dict[str, Any]) -> Any:
        if self.aborted:
            raise Aborted
        try:
            return json.loads(json.dumps(self.invoke(payload)))
        except Aborted:
            self.aborted = True
            raise
        except StateFailedError:
            raise
        except Exception as error:  # as Lambda does: any error becomes its class name and message
            raise StateFailedError(type(error).__name__, json.dumps({"errorMessage": str(error)})) from error


def _matching(rules: Any, error: str) -> Any:
    return next((rule for rule in rules if error in rule["ErrorEquals"] or "States.ALL" in rule["ErrorEquals"]), None)


def _get(path: str, data: Any, context: dict[str, Any]) -> Any:
    if path.startswith("States.Format("):
        template, *arguments = path.removeprefix("States.Format('").removesuffix(")").split("'", 1)
        return template.format(*(_get(one.strip(), data, context) for one in arguments[0].strip(", ").split(",")))
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
