"""What the template says of sizes and bounds, as production deploys it."""

import re
import tomllib
from dataclasses import dataclass
from typing import Any

import yaml

from infra.template import ROOT, load
from infra.template import resources as everything

_EVERY = {"minute": 1, "minutes": 1, "hour": 60, "hours": 60, "day": 1440, "days": 1440}


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    memory_mb: int
    timeout: int
    reserved: int | None
    """Of the account's concurrent executions, where production reserves some."""


@dataclass(frozen=True, slots=True)
class Stack:
    functions: tuple[Function, ...]
    parameters: dict[str, str]
    throttle: int
    """Requests a second that the gateway lets through."""
    routes: int
    queue_concurrency: dict[str, int]
    """By queue: functions that take from it at once."""
    runs: float
    """Of schedules, a month."""
    alarms: int
    secrets: int
    """With that of the database's administrator."""

    @property
    def acus(self) -> tuple[float, float]:
        return float(self.parameters["DatabaseMinCapacity"]), float(self.parameters["DatabaseMaxCapacity"])

    @property
    def reserved(self) -> int:
        return sum(function.reserved or 0 for function in self.functions)

    def function(self, name: str) -> Function:
        return next(function for function in self.functions if function.name == name)


def production() -> Stack:
    whole = load()
    resources: dict[str, dict[str, Any]] = whole["Resources"]
    shared = whole["Globals"]["Function"]
    schedules = [event["Properties"] for r in resources.values() for event in r.get("Properties", {}).get("Events", {}).values()]
    mappings = [r["Properties"] for r in resources.values() if r["Type"] == "AWS::Lambda::EventSourceMapping"]
    return Stack(
        functions=tuple(
            _function(name.removesuffix("Function"), shared | r["Properties"])
            for name, r in resources.items()
            if r["Type"] == "AWS::Serverless::Function"
        ),
        parameters=_parameters(whole),
        throttle=resources["HttpApi"]["Properties"]["DefaultRouteSettings"]["ThrottlingRateLimit"],
        routes=len(yaml.safe_load((ROOT / "infra/openapi/gateway.json").read_text())["paths"]),
        queue_concurrency={m["EventSourceArn"]["GetAtt"].split(".")[0]: m["ScalingConfig"]["MaximumConcurrency"] for m in mappings},
        runs=sum(runs_a_month(schedule["ScheduleExpression"]) for schedule in schedules),
        alarms=sum(resource["Type"] == "AWS::CloudWatch::Alarm" for resource in everything().values()),
        secrets=1 + sum(resource["Type"] == "AWS::SecretsManager::Secret" for resource in resources.values()),
    )


def runs_a_month(expression: str) -> float:
    """`rate(5 minutes)`, or a cron expression of once a day, week or month."""
    rate = re.fullmatch(r"rate\((\d+) (\w+)\)", expression)
    if rate:
        return 30 * 1440 / (int(rate[1]) * _EVERY[rate[2]])
    if re.fullmatch(r"cron\(\d+ \d+ \* \* \? \*\)", expression):
        return 30.0
    if re.fullmatch(r"cron\(\d+ \d+ \? \* [A-Z]{3} \*\)", expression):
        return 30 / 7
    if re.fullmatch(r"cron\(\d+ \d+ \d+ \* \? \*\)", expression):
        return 1.0
    raise ValueError(f"how often is {expression}?")


def _function(name: str, properties: dict[str, Any]) -> Function:
    reserved = properties.get("ReservedConcurrentExecutions")
    return Function(name, properties["MemorySize"], properties["Timeout"], reserved["If"][1] if reserved else None)


def _parameters(whole: dict[str, Any]) -> dict[str, str]:
    """The defaults, and what samconfig.toml says of prod."""
    deployed = tomllib.loads((ROOT / "samconfig.toml").read_text())["prod"]["deploy"]["parameters"]["parameter_overrides"]
    defaults = {name: str(parameter.get("Default", "")) for name, parameter in whole["Parameters"].items()}
    return defaults | dict(line.split("=", 1) for line in deployed)
