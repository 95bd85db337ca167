"""Domain events: written to the outbox in the transaction that caused them, published after it, consumed once for an event id.

A kind is a class with a version; a change that an old consumer could not read is a new version. The catalogue is docs/events.md.
"""

import json
from datetime import UTC, datetime
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from academy.platform.config import config

SOURCE = "academy"
ENVELOPE = "json_build_object('id', id, 'kind', kind, 'version', version, 'payload', payload, 'occurredAt', occurred_at)::text"
"""Of a row of the outbox, in SQL, for `UnitOfWork.emitted`."""
MAX_ENTRIES = 10
"""PutEvents takes at most ten entries a call."""


class DomainEvent(BaseModel):
    """Something that happened. Payloads carry ids and facts, never personal data."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")

    kind: ClassVar[str]
    version: ClassVar[int] = 1


class Envelope(BaseModel):
    """What travels as EventBridge's `detail`."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    id: str
    kind: str
    version: int
    occurred_at: datetime
    payload: dict[str, Any]


def put(envelopes: list[Envelope]) -> list[str]:
    """Publish to the event bus; returns the ids that were accepted (PutEvents can fail in part)."""
    from academy.platform.aws import client

    accepted: list[str] = []
    for start in range(0, len(envelopes), MAX_ENTRIES):
        batch = envelopes[start : start + MAX_ENTRIES]
        answer = client("events").put_events(
            Entries=[
                {
                    "EventBusName": config().event_bus,
                    "Source": SOURCE,
                    "DetailType": envelope.kind,
                    "Detail": envelope.model_dump_json(by_alias=True),
                    "Time": envelope.occurred_at.astimezone(UTC),
                }
                for envelope in batch
            ]
        )
        accepted += [envelope.id for envelope, entry in zip(batch, answer["Entries"], strict=True) if "ErrorCode" not in entry]
    return accepted


def parse_detail(body: str) -> Envelope:
    """The envelope in an SQS message that an EventBridge rule put there."""
    return Envelope.model_validate(json.loads(body)["detail"])
