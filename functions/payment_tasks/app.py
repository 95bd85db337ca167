"""What payments do beside requests: the queue's events, each acted on once, and the comparison with the vendor when its time has come."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from academy.payments import consumers, keys, reconciliation
from academy.platform import outbox
from academy.platform.db import database
from academy.platform.events import Envelope, parse_detail
from academy.platform.observability import count, logger

processor = BatchProcessor(event_type=EventType.SQS)

TASKS: dict[str, Callable[[], dict[str, Any]]] = {
    "reconcile": lambda: reconciliation.scheduled(database(), keys.gateway()),
}


def consume(envelope: Envelope) -> None:
    """The note in the inbox is written in the transaction of the effect; what the vendor is asked before it may be asked twice."""
    consumers.handle(
        database(),
        keys.gateway(),
        envelope,
        lambda work: outbox.first_time(work, consumer="payments", event_id=envelope.id),
    )


def _record(record: SQSRecord) -> None:
    consume(parse_detail(record.body))


def handler(event: dict[str, Any], context: Any) -> Any:
    """An SQS batch, of which only what failed comes again; or `{"task": "reconcile"}`. Raises KeyError for a task that does not exist."""
    if "Records" in event:
        return process_partial_response(event=event, record_handler=_record, processor=processor, context=context)
    task = event["task"]
    result = TASKS[task]()
    logger().info("task", extra={"task": task, **result})
    count(task, result)
    return result
