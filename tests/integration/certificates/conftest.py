"""S3 and Step Functions as moto plays them, and a learner who has completed a course."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import boto3
import pytest
from moto import mock_aws

from academy.certificates.consumers import request_issuance
from academy.platform import aws as clients
from academy.platform import config as configuration
from academy.platform import outbox
from academy.platform.db import Database, UnitOfWork
from academy.platform.events import Envelope
from functions.document_tasks.app import handler
from tests.factories import Factory

REGION = "ap-south-1"
ROLE = "arn:aws:iam::123456789012:role/states"


@dataclass
class Cloud:
    """What the product left in AWS."""

    machine: str

    def executions(self) -> list[dict[str, Any]]:
        states = boto3.client("stepfunctions", region_name=REGION)
        found = states.list_executions(stateMachineArn=self.machine)["executions"]
        return [states.describe_execution(executionArn=execution["executionArn"]) for execution in found]

    def end(self, execution: dict[str, Any]) -> None:
        boto3.client("stepfunctions", region_name=REGION).stop_execution(executionArn=execution["executionArn"])

    def file(self, key: str) -> bytes:
        return bytes(boto3.client("s3", region_name=REGION).get_object(Bucket="academy-test", Key=key)["Body"].read())

    def keys(self) -> list[str]:
        listed = boto3.client("s3", region_name=REGION).list_objects_v2(Bucket="academy-test")
        return [item["Key"] for item in listed.get("Contents", [])]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with mock_aws():
        clients.client.cache_clear()
        location = {"LocationConstraint": REGION}
        boto3.client("s3", region_name=REGION).create_bucket(Bucket="academy-test", CreateBucketConfiguration=location)
        definition = json.dumps({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}})
        machine = boto3.client("stepfunctions", region_name=REGION).create_state_machine(
            name="certificate-issuance", definition=definition, roleArn=ROLE
        )
        monkeypatch.setenv("CERTIFICATE_ISSUANCE_ARN", machine["stateMachineArn"])
        configuration.config.cache_clear()
        yield Cloud(machine["stateMachineArn"])
    clients.client.cache_clear()
    configuration.config.cache_clear()


@dataclass
class Learning:
    """A learner, a course, its teacher."""

    learner: dict[str, Any]
    course: dict[str, Any]
    teacher: dict[str, Any]
    enrollment: dict[str, Any]

    @property
    def order(self) -> dict[str, str]:
        return {"userId": str(self.learner["id"]), "courseId": str(self.course["id"])}


@pytest.fixture
def completed(make: Factory) -> Learning:
    teacher = make.user("instructor", full_name="Dr. Vidya Sharma")
    learner = make.user(full_name="அருண் குமார்")
    course = make.course(teacher, title="Introduction to Machine Learning")
    enrollment = make.enrollment(learner, course, status="completed", completed_at=datetime.now(UTC))
    return Learning(learner, course, teacher, enrollment)


def run(task: str, **order: Any) -> dict[str, Any]:
    """One task, as the state machine calls it."""
    return handler({"task": task, **order}, None)


def deliver(db: Database, envelope: Envelope) -> bool:
    """An event to the consumer, as the queue's function does it. False: it had come before."""

    def act(work: UnitOfWork) -> bool:
        if not outbox.first_time(work, consumer="certificates", event_id=envelope.id):
            return False
        request_issuance(work, envelope)
        return True

    return db.transact(act)[0]


def issue(learning: Learning) -> UUID:
    """The whole of the state machine's way, once."""
    reserved = run("reserve_certificate", **learning.order)
    certificate = reserved["certificateId"]
    drawn = run("draw_certificate", certificateId=certificate)
    run("issue_certificate", certificateId=certificate, **drawn)
    return UUID(certificate)


@pytest.fixture
def issued(completed: Learning, cloud: Cloud, db: Database, published: list[Any]) -> UUID:
    return issue(completed)
