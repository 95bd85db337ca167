"""The ways in which a service of AWS fails, told to the real SDK by a real socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import pytest
from botocore import endpoint as transport

from academy.platform import aws
from academy.platform import config as configuration
from tests.failure.sockets import Calls, answering, nobody, silence

PASSING = ("down", "slow", "throttling", "wrong")
"""What may be better the next time; `denied` won't be."""
WAYS = (*PASSING, "denied")
HTML = "<html><body><h1>Bad gateway</h1></body></html>"
THROTTLED = {"cognito-idp": "TooManyRequestsException"}


def xml(code: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>no</Message></Error>'


@contextmanager
def failing(service: str, way: str, patch: pytest.MonkeyPatch) -> Iterator[Calls]:
    """All of AWS fails so while this is open; the SDK waits for fractions of its seconds, as often as the product says."""
    for name in (*aws.PATIENCE, "s3", "secretsmanager"):
        patch.setitem(aws.PATIENCE, name, replace(aws.PATIENCE.get(name, aws.USUAL), connect=0.2, read=0.2))
    patch.setattr(transport, "time", SimpleNamespace(sleep=lambda _: None))
    code = {"throttling": THROTTLED.get(service, "ThrottlingException"), "denied": "AccessDeniedException"}.get(way, "")
    body = {"__type": code, "message": "no"}
    match way:
        case "slow":
            server = silence()
        case "wrong":
            server = answering(502, HTML, Content_Type="text/html")
        case "throttling" if service == "s3":
            server = answering(503, xml("SlowDown"), Content_Type="application/xml")
        case "denied" if service == "s3":
            server = answering(403, xml("AccessDenied"), Content_Type="application/xml")
        case "throttling":
            server = answering(429 if service == "sesv2" else 400, body, x_amzn_ErrorType=code, Content_Type="application/json")
        case "denied":
            server = answering(403 if service == "sesv2" else 400, body, x_amzn_ErrorType=code, Content_Type="application/json")
        case _:
            server = _nobody()
    with server as calls:
        patch.setenv("AWS_ENDPOINT_URL", calls.url)
        configuration.config.cache_clear()
        aws.client.cache_clear()
        yield calls
    patch.delenv("AWS_ENDPOINT_URL")
    aws.client.cache_clear()


@contextmanager
def _nobody() -> Iterator[Calls]:
    with nobody() as port:
        yield Calls(port)
