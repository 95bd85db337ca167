"""Logs and metrics: JSON lines with a request id, EMF metrics; never an e-mail address, a token or a prompt."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit


@cache
def logger() -> Logger:
    return Logger(service="academy")


@cache
def metrics() -> Metrics:
    return Metrics(namespace="Academy", service="academy")


def count(task: str, figures: Mapping[str, Any]) -> None:
    """Each whole number of these becomes a metric by its name, with the task as its dimension."""
    emf = metrics()
    emf.add_dimension(name="task", value=task)
    for name, value in figures.items():
        if isinstance(value, int):
            emf.add_metric(name=name, unit=MetricUnit.Count, value=value)
    emf.flush_metrics()
