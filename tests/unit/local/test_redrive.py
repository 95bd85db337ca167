"""Dead letters brought back to their queue."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.local.errors import LocalCloudError
from infra.local.redrive import bring_back

PREFIX = "academy-dev-"


class Queues:
    def __init__(self) -> None:
        self.sqs = boto3.client("sqs", "ap-south-1")
        for name in ("email", "email-dead", "learning", "learning-dead"):
            self.sqs.create_queue(QueueName=PREFIX + name)
        self.sqs.create_queue(QueueName="academy-prod-payments-dead")

    def url(self, name: str) -> str:
        return str(self.sqs.get_queue_url(QueueName=PREFIX + name)["QueueUrl"])

    def die(self, *bodies: str) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.url("email-dead"), MessageBody=body)

    def bodies(self, name: str) -> list[str]:
        found: list[str] = []
        while messages := self.sqs.receive_message(QueueUrl=self.url(name), MaxNumberOfMessages=10).get("Messages"):
            found += [message["Body"] for message in messages]
        return sorted(found)


@pytest.fixture
def queues() -> Iterator[Queues]:
    with mock_aws():
        yield Queues()


def test_all_dead_letters_go_back(queues: Queues) -> None:
    bodies = [f"letter {n:02}" for n in range(23)]
    queues.die(*bodies)

    assert bring_back(queues.sqs, "dev", "email") == 23

    assert queues.bodies("email") == bodies
    assert queues.bodies("email-dead") == []
    assert queues.bodies("learning") == []


def test_nothing_dead_is_nothing_to_do(queues: Queues) -> None:
    assert bring_back(queues.sqs, "dev", "email") == 0


def test_what_the_queue_does_not_take_stays(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    queues.die("first", "second")
    real = queues.sqs.send_message_batch

    def half(**request: Any) -> Any:
        """Takes the first of two; alone, the other one is refused."""
        if len(request["Entries"]) == 1:
            return {"Failed": [{"Id": request["Entries"][0]["Id"]}]}
        return real(QueueUrl=request["QueueUrl"], Entries=request["Entries"][:1])

    monkeypatch.setattr(queues.sqs, "send_message_batch", half)
    monkeypatch.setattr("infra.local.redrive.HIDDEN_SECONDS", 0)

    with pytest.raises(LocalCloudError, match="1 messages went back"):
        bring_back(queues.sqs, "dev", "email")

    assert sorted(queues.bodies("email") + queues.bodies("email-dead")) == ["first", "second"]


def test_a_queue_that_there_is_not_is_named_with_those_that_are(queues: Queues) -> None:
    with pytest.raises(LocalCloudError, match="QUEUE is one of email, learning; not 'mail'"):
        bring_back(queues.sqs, "dev", "mail")
