"""A request through the real API, the real state machine's text, the real SDKs and a real database; S3 and Step Functions by moto."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import boto3
import pytest
from moto import mock_aws

from academy.generation import settings
from academy.generation.claude import Claude
from academy.generation.models import GenerationCharge, GenerationJob, JobEvent
from academy.generation.objects import Bucket
from academy.generation.openai_images import GptImage
from academy.generation.tasks import Workshop, run
from academy.platform import aws
from academy.platform import config as configuration
from academy.platform.db import Database
from academy.platform.ids import uuid7
from tests.api import Client, Reply
from tests.factories import Factory
from tests.integration.generation.machine import Run
from tests.vendors import Vendors, running_vendors

ASKED = {"topic": "Sourdough", "difficulty": "beginner", "lessonCount": 3}


@pytest.fixture(scope="session")
def vendor_server() -> Iterator[Vendors]:
    with running_vendors() as running:
        yield running


@pytest.fixture
def vendors(vendor_server: Vendors, monkeypatch: pytest.MonkeyPatch) -> Vendors:
    vendor_server.forget()
    monkeypatch.setenv("ANTHROPIC_BASE_URL", vendor_server.url)
    monkeypatch.setenv("OPENAI_BASE_URL", f"{vendor_server.url}/v1")
    return vendor_server


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The bucket, and a state machine whose executions are only noted: the test runs them when it wants."""
    with mock_aws():
        aws.client.cache_clear()
        region = {"region_name": "ap-south-1"}
        boto3.client("s3", **region).create_bucket(Bucket="academy-test", CreateBucketConfiguration={"LocationConstraint": "ap-south-1"})
        definition = json.dumps({"StartAt": "Wait", "States": {"Wait": {"Type": "Pass", "End": True}}})
        machine = boto3.client("stepfunctions", **region).create_state_machine(
            name="course-generation", definition=definition, roleArn="arn:aws:iam::123456789012:role/states"
        )
        monkeypatch.setenv("COURSE_GENERATION_ARN", machine["stateMachineArn"])
        configuration.config.cache_clear()
        yield
        aws.client.cache_clear()


@dataclass
class Studio:
    """One academy with its vendors, and an instructor who asks for courses."""

    client: Client
    make: Factory
    vendors: Vendors
    workshop: Workshop
    database_url: str
    teacher: dict[str, Any]

    def ask(self, **changes: Any) -> str:
        reply = self.client.post("/courses/generate", {**ASKED, **changes}, user=self.teacher)
        assert reply.status == 202, reply.text
        return str(reply.data["jobId"])

    def invoke(self, event: dict[str, Any]) -> Any:
        return run(self.workshop, event)

    def work(self, job_id: str, **options: Any) -> str:
        """Execute the state machine for a job; `SUCCEEDED` or the error's name."""
        return Run(options.pop("invoke", self.invoke), **options).execute({"jobId": job_id})

    def invoke_apart(self, event: dict[str, Any]) -> Any:
        """As a Lambda of its own: with its own connection, so that tasks can run side by side."""
        own = Database(self.database_url)
        try:
            return run(replace(self.workshop, db=own), event)
        finally:
            own.discard()

    def see(self, job_id: str) -> dict[str, Any]:
        job: dict[str, Any] = self.client.get(f"/courses/generate/{job_id}", user=self.teacher).data
        return job

    def retry(self, job_id: str) -> Reply:
        return self.client.post(f"/courses/generate/{job_id}/retry", user=self.teacher)

    def job(self, **values: Any) -> str:
        """One that is there already, without its request."""
        defaults = {
            "id": uuid7(),
            "user_id": self.teacher["id"],
            "topic": "Rye",
            "visibility": "public",
            "domain": "engineering",
            "brief": {},
            "lesson_count": 3,
            "last_seq": 1,
        }
        job = self.make.row(GenerationJob, **{**defaults, **values})
        self.make.row(JobEvent, job_id=job["id"], seq=1, kind="progress", data={"stage": "waiting"})
        return str(job["id"])

    def charge(self, job_id: str, micros: int) -> None:
        paid = {"id": uuid7(), "user_id": self.teacher["id"], "step": "outline", "model": settings.TEXT_MODEL, "settled": True}
        self.make.row(GenerationCharge, job_id=UUID(job_id), cost_micros=micros, **paid)

    def limit(self, scope: str, micros: int) -> None:
        self.make.execute("update generation_budgets set limit_micros = :micros where scope = :scope", micros=micros, scope=scope)

    def executions(self) -> dict[str, tuple[str, Any]]:
        """{its name: its status and input}."""
        states = aws.client("stepfunctions")
        listed = states.list_executions(stateMachineArn=configuration.config().course_generation_arn)["executions"]
        seen = [states.describe_execution(executionArn=execution["executionArn"]) for execution in listed]
        return {execution["name"]: (execution["status"], json.loads(execution["input"])) for execution in seen}

    def log(self) -> list[tuple[str, str, str, Any]]:
        """What the teacher did."""
        rows = self.make.rows(
            "select action, target_type, target_id, after from audit_log where actor_id = :id order by id", id=self.teacher["id"]
        )
        return [(row["action"], row["target_type"], row["target_id"], row["after"]) for row in rows]

    def events(self, job_id: str) -> list[dict[str, Any]]:
        return self.make.rows("select seq, kind, data from job_events where job_id = cast(:id as uuid) order by seq", id=job_id)

    def paid(self, job_id: str) -> dict[str, int]:
        """By our ledger."""
        (row,) = self.make.rows(
            """select coalesce(sum(input_tokens), 0)::bigint as input, coalesce(sum(output_tokens), 0)::bigint as output,
                coalesce(sum(cache_write_tokens + cache_read_tokens), 0)::bigint as cached, count(*) filter (where not settled)::bigint as open
            from generation_charges where job_id = cast(:id as uuid)""",
            id=job_id,
        )
        return row

    def billed(self) -> dict[str, int]:
        """By the vendors, for the calls of this test."""
        usages = [call["usage"] for call in self.vendors.calls() if call["usage"]]
        cached = ("cache_creation_input_tokens", "cache_read_input_tokens")
        return {
            "input": sum(usage["input_tokens"] for usage in usages),
            "output": sum(usage["output_tokens"] for usage in usages),
            "cached": sum(usage.get(name, 0) for usage in usages for name in cached),
            "open": 0,
        }


@pytest.fixture
def studio(cloud: None, client: Client, make: Factory, vendors: Vendors, db: Database, database_url: str) -> Studio:
    # Patient with a busy machine, and not too long for the tests of a silent vendor.
    claude = Claude(model=settings.TEXT_MODEL, api_key="test", timeout=3)
    painter = GptImage(model=settings.IMAGE_MODEL, api_key="test", timeout=3)
    workshop = Workshop(db=db, store=Bucket(), text_model=lambda: claude, image_model=lambda: painter)
    return Studio(client, make, vendors, workshop, database_url, make.user("instructor"))
