"""Logs and metrics: JSON lines with a request id, EMF metrics; never an e-mail address, a token or a prompt."""

from functools import cache

from aws_lambda_powertools import Logger, Metrics


@cache
def logger() -> Logger:
    return Logger(service="academy")


@cache
def metrics() -> Metrics:
    return Metrics(namespace="Academy", service="academy")
