"""The state machine's executions: one for each attempt of a job, named after it, so that starting twice is starting once."""

import json
from uuid import UUID

from academy.platform.aws import client
from academy.platform.config import config
from academy.platform.observability import logger


def execution_name(job_id: UUID | str, attempt: int) -> str:
    """The first attempt's is the job's id."""
    return str(job_id) if attempt == 1 else f"{job_id}-{attempt}"


def start(job_id: UUID | str, attempt: int) -> None:
    """Raises botocore's errors. An execution of that name that ran before is left as it is."""
    states = client("stepfunctions")
    try:
        states.start_execution(
            stateMachineArn=config().course_generation_arn,
            name=execution_name(job_id, attempt),
            input=json.dumps({"jobId": str(job_id)}),
        )
    except states.exceptions.ExecutionAlreadyExists:
        logger().info("this attempt was started before", extra={"job_id": str(job_id), "attempt": attempt})


def start_or_leave_to_sweep(job_id: UUID | str, attempt: int) -> None:
    """After the commit that accepted the job: the answer stands whatever happens here, and `jobs.tend` starts what was not."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        start(job_id, attempt)
    except (BotoCoreError, ClientError):
        logger().exception("execution not started; the sweep will", extra={"job_id": str(job_id), "attempt": attempt})


def stop(job_id: UUID | str, attempt: int) -> None:
    """One that has ended or never began is no error: the job's row has been told already, and its tasks look there."""
    from botocore.exceptions import BotoCoreError, ClientError

    name = execution_name(job_id, attempt)
    arn = f"{config().course_generation_arn.replace(':stateMachine:', ':execution:')}:{name}"
    try:
        client("stepfunctions").stop_execution(executionArn=arn, error="Cancelled", cause="The owner cancelled the job.")
    except (BotoCoreError, ClientError):
        logger().exception("execution not stopped", extra={"job_id": str(job_id), "attempt": attempt})
