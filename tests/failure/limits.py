"""How long everybody waits, read from where it is decided: the templates, the state machines, the product."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from cfnlint.decode.cfn_yaml import load  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[2]

GATEWAY = 30
"""Seconds that an HTTP API waits for its integration at the most (API Gateway quotas); `gateway.json` asks for no less."""
COGNITO_TRIGGER = 5
"""Seconds that a user pool waits for a trigger, then it asks twice more (Cognito developer guide)."""
VISIBILITY_FACTOR = 6
"""A queue's visibility timeout is at least six times its function's (AWS Lambda developer guide, "Using Lambda with Amazon SQS")."""


@cache
def template(name: str = "template.yaml") -> dict[str, Any]:
    return dict(load(str(ROOT / name)))


@cache
def machine(name: str) -> dict[str, Any]:
    return dict(json.loads((ROOT / "infra" / "statemachines" / f"{name}.asl.json").read_text()))


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """Of the whole system, by logical id, with their properties."""
    nested = (template(f"infra/{name}.yaml")["Resources"] for name in ("database", "observability"))
    whole = {name: resource for part in (template()["Resources"], *nested) for name, resource in part.items()}
    return {name: dict(one.get("Properties", {})) for name, one in whole.items() if one["Type"] == kind}


def function_seconds(logical_id: str) -> int:
    own = resources("AWS::Serverless::Function")[logical_id]
    return int(own.get("Timeout", template()["Globals"]["Function"]["Timeout"]))


def api_functions() -> list[str]:
    """Those that the gateway may call."""
    permissions = resources("AWS::Lambda::Permission").values()
    return [str(one["FunctionName"]["Ref"]) for one in permissions if one["Principal"] == "apigateway.amazonaws.com"]


def states(part: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every state, also those inside of others."""
    for name, state in part["States"].items():
        yield name, state
        for inner in (*state.get("Branches", ()), *([state["ItemProcessor"]] if "ItemProcessor" in state else ())):
            yield from states(inner)


def tasks(name: str) -> dict[str, dict[str, Any]]:
    return {title: state for title, state in states(machine(name)) if state["Type"] == "Task"}


def longest(task: dict[str, Any]) -> float:
    """Seconds of a state that runs into its time-out each time that it is allowed to, with the pauses in between."""
    rules = [rule for rule in task["Retry"] if {"States.Timeout", "States.ALL"} & set(rule["ErrorEquals"])]
    again = rules[0]["MaxAttempts"] if rules else 0
    pauses = sum(min(rules[0]["IntervalSeconds"] * rules[0]["BackoffRate"] ** n, rules[0]["MaxDelaySeconds"]) for n in range(again))
    return float(task["TimeoutSeconds"] * (1 + again) + pauses)
