"""The steps of course generation: the only function that carries the vendors' SDKs."""

import json
from functools import cache
from typing import Any

from academy.generation.objects import Bucket
from academy.generation.settings import IMAGE_MODEL, IMAGE_SECONDS, TEXT_MODEL, TEXT_SECONDS
from academy.generation.tasks import Workshop, run
from academy.generation.vendors import ImageModel, TextModel, VendorRejected, VendorUnavailable
from academy.platform.aws import client, out_of_reach
from academy.platform.config import config
from academy.platform.db import database
from academy.platform.observability import count, logger


@cache
def keys() -> dict[str, str]:
    """Raises VendorUnavailable, VendorRejected."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        secret = client("secretsmanager").get_secret_value(SecretId=config().vendor_secrets_arn)
        found = json.loads(secret["SecretString"])
        return {"anthropic": found["anthropic"], "openai": found["openai"]}
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        if out_of_reach(error):
            raise VendorUnavailable("the vendors' keys can't be read at present") from error
        raise VendorRejected("the vendors' keys may not be read") from error
    except (ValueError, KeyError, TypeError) as error:
        raise VendorRejected("the vendors' keys are not the JSON that they should be") from error


def forget_keys() -> None:
    """What a vendor refused may be a key that has been changed since it was read."""
    for remembered in (keys, text_model, image_model):
        remembered.cache_clear()


@cache
def text_model() -> TextModel:
    # Here and not above: each of the SDKs takes a second or two to import, and no task needs both.
    from academy.generation.claude import Claude

    return Claude(model=TEXT_MODEL, api_key=keys()["anthropic"], timeout=TEXT_SECONDS)


@cache
def image_model() -> ImageModel:
    from academy.generation.openai_images import GptImage

    return GptImage(model=IMAGE_MODEL, api_key=keys()["openai"], timeout=IMAGE_SECONDS)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`{"task": "lesson", "jobId": "…", "position": 0}`. Errors keep their class: the state machine goes by its name."""
    log = logger()
    named = {"task": event["task"], "job_id": event["jobId"], "position": event.get("position")}
    try:
        workshop = Workshop(db=database(), store=Bucket(), text_model=text_model, image_model=image_model)
        result = run(workshop, event)
    except Exception as error:
        log.exception("task failed", extra=named)
        if isinstance(error, VendorRejected):
            forget_keys()
            count("generation", {"rejected": 1})
        raise
    log.info("task", extra=named)
    return result
