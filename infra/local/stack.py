"""CloudFormation on the local cloud: create or update the stack, and what came of it."""

import json
import time
from dataclasses import asdict, dataclass
from typing import Any, Self

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local.errors import LocalCloudError
from infra.local.settings import REGION, STACK, Settings

BUCKET = "academy-local-artifacts"
DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


@dataclass(frozen=True, slots=True)
class Stack:
    version: str  # of the sources and parameters that it was made from
    outputs: dict[str, str]
    resources: dict[str, str]  # logical id → physical id

    @classmethod
    def load(cls, settings: Settings) -> Self | None:
        if not settings.stack_file.exists():
            return None
        return cls(**json.loads(settings.stack_file.read_text()))

    def save(self, settings: Settings) -> None:
        settings.stack_file.write_text(json.dumps(asdict(self), indent=1))


def client(settings: Settings, service: str, *, read_timeout: int = 120) -> Any:
    environment = settings.aws_environment()
    return boto3.client(
        service,
        endpoint_url=settings.aws_url,
        region_name=REGION,
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"max_attempts": 1}, read_timeout=read_timeout, s3={"addressing_style": "path"}),
    )


def ensure_artifact_bucket(settings: Settings) -> None:
    s3 = client(settings, "s3")
    try:
        s3.head_bucket(Bucket=BUCKET)
    except ClientError:
        s3.create_bucket(Bucket=BUCKET)


def _upload(settings: Settings, template: str) -> str:
    """A template above 51,200 bytes reaches CloudFormation only by way of a bucket."""
    client(settings, "s3").put_object(Bucket=BUCKET, Key="template.json", Body=template.encode())
    return f"{settings.aws_url}/{BUCKET}/template.json"


def deploy(settings: Settings, template: str, parameters: dict[str, str], version: str) -> Stack:
    cloudformation = client(settings, "cloudformation")
    request = {
        "StackName": STACK,
        "TemplateURL": _upload(settings, template),
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    status = _status(cloudformation)
    if status is not None and status not in (*DONE, "UPDATE_ROLLBACK_COMPLETE"):
        cloudformation.delete_stack(StackName=STACK)
        _settled(cloudformation)
        status = None
    try:
        if status is None:
            cloudformation.create_stack(**request)
        else:
            cloudformation.update_stack(**request)
    except ClientError as error:
        if "No updates" not in str(error):
            raise LocalCloudError(f"CloudFormation refused the template: {error}") from error
    status = _settled(cloudformation)
    if status not in DONE:
        raise LocalCloudError(f"The deployment ended as {status}: {_first_failure(cloudformation)}")
    stack = Stack(version, _outputs(cloudformation), _resources(cloudformation))
    stack.save(settings)
    return stack


def exists(settings: Settings) -> bool:
    return _status(client(settings, "cloudformation")) in DONE


def _status(cloudformation: Any) -> str | None:
    try:
        status: str = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]
    except ClientError:
        return None
    return None if status == "DELETE_COMPLETE" else status


def _settled(cloudformation: Any) -> str | None:
    for _ in range(1200):
        status = _status(cloudformation)
        if status is None or not status.endswith("_IN_PROGRESS"):
            return status
        time.sleep(0.25)
    raise LocalCloudError("CloudFormation did not finish within five minutes.")


def _first_failure(cloudformation: Any) -> str:
    events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
    failed = [event for event in reversed(events) if event["ResourceStatus"].endswith("_FAILED")]
    if not failed:
        return "no resource says why."
    return f"{failed[-1]['LogicalResourceId']}: {failed[-1].get('ResourceStatusReason', 'no reason given')}"


def _outputs(cloudformation: Any) -> dict[str, str]:
    stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def _resources(cloudformation: Any) -> dict[str, str]:
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK)
    return {
        resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "")
        for page in pages
        for resource in page["StackResourceSummaries"]
    }
