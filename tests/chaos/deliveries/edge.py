"""AWS as the product's processes meet it here: it takes what it is given, notes it in the journal, and fails when told to.

`boto3.client` is replaced and nothing of the product is: what it does with an answer or an error is its own.
"""

import json
from collections.abc import Callable
from typing import Any, cast

import boto3
from botocore.exceptions import ClientError, ConnectTimeoutError

from academy.platform.db import UnitOfWork, sql
from tests.chaos.deliveries.journal import Journal

FAULTS = ("partial", "refused", "answer_lost")
"""Some entries of PutEvents are not taken; the call is refused; it is carried out and its answer is lost. Calls without entries know the latter two."""

_TRANSACTION = sql("select pg_current_xact_id()::text")


class Present:
    """What a consumer is just doing: which event, in which transaction. So that a mail can be told from one whose transaction never was."""

    event: str | None = None
    work: UnitOfWork | None = None

    def facts(self) -> dict[str, Any]:
        if self.work is None:
            return {"event": None, "transaction": None}
        return {"event": self.event, "transaction": self.work.value(_TRANSACTION)}


class Edge:
    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.present = Present()
        self._faults: list[str] = []

    def install(self, set_attribute: Callable[[Any, str, Any], None] = setattr) -> None:
        set_attribute(boto3, "client", lambda service, **_options: self)

    def plan(self, faults: list[str]) -> None:
        """The next calls fail so, each once; an empty text is none."""
        self._faults = list(faults)

    def _fault(self, operation: str) -> str:
        fault = self._faults.pop(0) if self._faults else ""
        if fault:
            self.journal.write("edge", fault=fault, operation=operation)
        if fault == "refused":
            raise _throttled(operation)
        return fault

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's names
        fault = self._fault("PutEvents")
        taken = [fault != "partial" or n % 2 == 1 for n in range(len(Entries))]
        details = [entry["Detail"] for entry, good in zip(Entries, taken, strict=True) if good]
        if details:
            self.journal.write("published", details=details)
        if fault == "answer_lost":
            raise ConnectTimeoutError(endpoint_url="https://events.test")
        return {"Entries": [{"EventId": "x"} if good else {"ErrorCode": "InternalFailure"} for good in taken]}

    def send_email(self, **mail: Any) -> dict[str, Any]:
        fault = self._fault("SendEmail")
        parcel = next(tag["Value"] for tag in mail["EmailTags"] if tag["Name"] == "parcel")
        self.journal.write("mail", to=mail["Destination"]["ToAddresses"][0], parcel=parcel, **self.present.facts())
        if fault == "answer_lost":
            raise _throttled("SendEmail")
        return {"MessageId": "x"}

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, Any]:  # noqa: A002, N803 - boto3's names
        fault = self._fault("StartExecution")
        facts = self.present.facts()
        if not self.journal.open_execution(name):
            if self.journal.is_closed(name):
                raise ClientError({"Error": {"Code": "ExecutionAlreadyExists", "Message": name}}, "StartExecution")
            self.journal.write("asked", name=name, **facts)
            return {"executionArn": name}
        self.journal.write("started", name=name, order=json.loads(input), **facts)
        if fault == "answer_lost":
            raise _throttled("StartExecution")
        return {"executionArn": name}

    def get_secret_value(self, **_secret: Any) -> dict[str, Any]:
        return {"SecretString": "what links are signed with"}

    def put_object(self, **_object: Any) -> dict[str, Any]:
        fault = self._fault("PutObject")
        if fault == "answer_lost":
            raise _throttled("PutObject")
        return {}


def _throttled(operation: str) -> ClientError:
    return cast(ClientError, ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, operation))
