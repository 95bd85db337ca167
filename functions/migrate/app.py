"""Brings the database up to date: its two roles (where the cluster's administrator is known), then the schema.

Invoked after each deployment with `{"action": "upgrade"}`.
"""

import json
import os
from typing import Any
from urllib.parse import quote, urlsplit

from academy.migrations import runner
from academy.platform.config import config


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Idempotent. `{"action": "upgrade", "revision": "head"}`."""
    if event.get("action") != "upgrade":
        raise ValueError('the only action is "upgrade"')
    secret_arn = os.environ.get("DATABASE_ADMIN_SECRET_ARN")
    if secret_arn:
        runner.prepare(_admin_url(secret_arn))
    revision = event.get("revision", "head")
    runner.upgrade(config().database_url, revision)
    return {"revision": revision}


def _admin_url(secret_arn: str) -> str:
    """The administrator's URL, from the secret that RDS keeps and rotates."""
    from academy.platform.aws import client

    secret = json.loads(client("secretsmanager").get_secret_value(SecretId=secret_arn)["SecretString"])
    target = urlsplit(config().database_url)
    account = f"{quote(secret['username'], safe='')}:{quote(secret['password'], safe='')}"
    return f"postgresql://{account}@{target.hostname}:{target.port or 5432}{target.path}?{target.query}"
