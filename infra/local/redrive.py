"""`make redrive QUEUE=…`: the dead letters of a consumer go back to its queue, here or (ENV=…) in AWS.

By receiving, sending and deleting: the local cloud has no StartMessageMoveTask, and both should do the same. A message is in one of the two
queues at any moment, for a moment in both; consumers act once for an event id.
"""

import os
from typing import Any

import boto3

from infra.local import commands, deployment
from infra.local.errors import LocalCloudError
from infra.local.settings import Settings
from infra.local.stack import client

DEAD = "-dead"
AT_ONCE = 10
HIDDEN_SECONDS = 60
"""A message that was received and not deleted after all is to be seen again by then."""


def redrive(queue: str = "", stage: str = "") -> None:
    settings = Settings.read()
    if stage:
        target = deployment.target(stage)
        if os.environ.get("AWS_ENDPOINT_URL") == settings.aws_url:
            raise LocalCloudError("This shell points at the local AWS (make env): use one with your own credentials.")
        sqs = boto3.client("sqs", region_name=target["region"])
    else:
        commands.running(settings)
        sqs = client(settings, "sqs")
    moved = bring_back(sqs, stage or "local", queue)
    print(f"{moved} message{'' if moved == 1 else 's'} went back to the queue of {queue}.")


def bring_back(sqs: Any, stage: str, consumer: str) -> int:
    """Until the dead letters are empty; returns how many were sent. Raises LocalCloudError for a consumer that there is none of."""
    prefix = f"academy-{stage}-"
    listed = sqs.list_queues(QueueNamePrefix=prefix, MaxResults=1000).get("QueueUrls", [])
    urls = {url.rsplit("/", 1)[-1].removeprefix(prefix): url for url in listed}
    consumers = sorted(name.removesuffix(DEAD) for name in urls if name.endswith(DEAD))
    if consumer not in consumers:
        raise LocalCloudError(f"QUEUE is one of {', '.join(consumers)}; not {consumer!r}.")
    dead, alive = urls[f"{consumer}{DEAD}"], urls[consumer]
    moved = 0
    while messages := _receive(sqs, dead):
        entries = [{"Id": str(n), "MessageBody": message["Body"]} for n, message in enumerate(messages)]
        taken = [messages[int(entry["Id"])] for entry in sqs.send_message_batch(QueueUrl=alive, Entries=entries).get("Successful", [])]
        if not taken:
            raise LocalCloudError(
                f"The queue of {consumer} takes nothing; {moved} messages went back, the others stay among the dead letters."
            )
        sqs.delete_message_batch(
            QueueUrl=dead, Entries=[{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(taken)]
        )
        moved += len(taken)
    return moved


def _receive(sqs: Any, url: str) -> list[dict[str, Any]]:
    """Waits a second, so that every server that holds a part of the queue is asked."""
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=AT_ONCE, VisibilityTimeout=HIDDEN_SECONDS, WaitTimeSeconds=1)
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages
