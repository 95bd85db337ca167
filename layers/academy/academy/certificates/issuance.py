"""Sets the state machine going that issues one certificate."""

from uuid import UUID

from academy.platform.aws import client
from academy.platform.config import config
from academy.platform.errors import Unavailable
from academy.platform.observability import logger


def start(user_id: UUID, course_id: UUID, *, again: str) -> None:
    """Start issuing a learner's certificate; while that runs, starting it again changes nothing.

    A name is spent once its execution ended, so after a failure a new one is needed: `again` makes it, best from
    what asked (a request's or an event's id). Two executions beside each other still issue once. Raises Unavailable.
    """
    import json

    from botocore.exceptions import BotoCoreError, ClientError

    order = json.dumps({"userId": str(user_id), "courseId": str(course_id)})
    name = f"{user_id}-{course_id}"
    machine = config().certificate_issuance_arn
    try:
        try:
            client("stepfunctions").start_execution(stateMachineArn=machine, name=name, input=order)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                raise
            client("stepfunctions").start_execution(stateMachineArn=machine, name=f"{name}-{_short(again)}", input=order)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ExecutionAlreadyExists":
            return
        logger().exception("certificate issuance not started")
        raise Unavailable from error
    except BotoCoreError as error:
        logger().exception("certificate issuance not started")
        raise Unavailable from error


def _short(text: str) -> str:
    """Six characters: with two ids and two hyphens that makes the 80 that a name may have."""
    import hashlib

    return hashlib.blake2b(text.encode(), digest_size=3).hexdigest()
