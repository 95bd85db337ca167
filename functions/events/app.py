"""The queues' consumers. Each acts once for an event id: its note in the inbox is written in the transaction of the effect."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from academy.certificates import consumers as certificates
from academy.community import consumers as community
from academy.engagement import consumers as engagement
from academy.learning import consumers as learning
from academy.platform import outbox
from academy.platform.db import UnitOfWork, database
from academy.platform.events import Envelope, parse_detail

processor = BatchProcessor(event_type=EventType.SQS)


CONSUMERS: dict[str, Callable[[UnitOfWork, Envelope], None]] = {
    "certificates": certificates.request_issuance,
    "notifications": community.notify,
    "email": community.deliver_mail,
    "push": community.deliver_push,
    "feedback": community.take_feedback,
    "learning": learning.handle,
    "engagement": engagement.handle,
}
FOREIGN: dict[str, Callable[[str], Envelope]] = {"feedback": community.parse_feedback}
"""Whose messages are not the academy's own events."""


def consume(consumer: str, envelope: Envelope) -> bool:
    """Let one consumer act on one event. False: it already had."""

    def act(work: UnitOfWork) -> bool:
        if not outbox.first_time(work, consumer=consumer, event_id=envelope.id):
            return False
        CONSUMERS[consumer](work, envelope)
        return True

    acted, work = database().transact(act)
    outbox.finish(database(), work)
    return acted


def _record(record: SQSRecord) -> None:
    consumer = record.event_source_arn.rsplit(":", 1)[-1].rsplit("-", 1)[-1]
    consume(consumer, FOREIGN.get(consumer, parse_detail)(record.body))


def handler(event: dict[str, Any], context: Any) -> Any:
    """An SQS batch; reports the messages that failed, and only those come again."""
    return process_partial_response(event=event, record_handler=_record, processor=processor, context=context)
