"""AWS clients, made when first used: importing boto3 costs more than all the rest of a cold start."""

import sys
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds for connecting and for each read of an answer, and how often a call is made in all (botocore waits up to a second in between)."""

    connect: float
    read: float
    attempts: int

    @property
    def seconds(self) -> float:
        """The longest that a call takes to fail, for a service that a single address answers for."""
        return self.attempts * (self.connect + self.read) + 2.0 ** (self.attempts - 1) - 1


USUAL = Patience(connect=1, read=4, attempts=2)
PATIENCE = {
    # A caller waits for their answer; what was not published now, the sweep publishes.
    "events": Patience(connect=1, read=2, attempts=2),
    "stepfunctions": Patience(connect=1, read=2, attempts=2),
    # The pool asks our trigger first, which may take five seconds. Once: a second try of what had happened after all is told that it is wrong.
    "cognito-idp": Patience(connect=1, read=8, attempts=1),
    # A function of ours that draws: awake within seconds. What it stored after we gave up is there at the caller's next try.
    "lambda": Patience(connect=1, read=10, attempts=1),
    # The queue tries again, and a mail that was sent although nobody said so should not be sent twice in a row.
    "sesv2": Patience(connect=1, read=4, attempts=1),
}

THROTTLED = frozenset({"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"})


@cache
def client(service: str) -> Any:
    """The process's boto3 client of one service, with short time-outs and few retries (a request waits for it)."""
    import boto3
    from botocore.config import Config

    patience = PATIENCE.get(service, USUAL)
    config = Config(
        connect_timeout=patience.connect,
        read_timeout=patience.read,
        retries={"mode": "standard", "total_max_attempts": patience.attempts},
    )
    if service == "s3":
        # Left to itself botocore still signs links by version 2 in some regions: refused for KMS-encrypted objects, and longer.
        config = config.merge(Config(signature_version="s3v4"))
    return boto3.client(service, config=config)


def out_of_reach(error: BaseException) -> bool:
    """A service that does not answer, answers nonsense, has trouble of its own or asks for a pause. What it refuses is a mistake of ours."""
    if "botocore.parsers" not in sys.modules:  # then nobody has called AWS
        return False
    from botocore import exceptions
    from botocore.parsers import ResponseParserError

    if isinstance(error, exceptions.ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or status == 429 or error.response["Error"]["Code"] in THROTTLED
    return isinstance(error, exceptions.ConnectionError | exceptions.HTTPClientError | exceptions.IncompleteReadError | ResponseParserError)
