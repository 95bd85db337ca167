"""What the operator does to the database from the AWS account.

`{"action": "upgrade"}`, after each deployment: its two roles (where the cluster's administrator is known), then the schema.
`{"action": "make_admin", "email": "..."}`: the first admin.
"""

import json
import os
from typing import Any
from urllib.parse import quote, urlsplit

from academy.platform.config import config


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Each action may be run again. Also `{"action": "upgrade", "revision": "head"}`."""
    match event.get("action"):
        case "upgrade":
            return _upgrade(event.get("revision", "head"))
        case "make_admin":
            return _make_admin(event["email"])
        case action:
            raise ValueError(f'the actions are "upgrade" and "make_admin", not {action!r}')


def _upgrade(revision: str) -> dict[str, str]:
    from academy.migrations import runner

    secret_arn = os.environ.get("DATABASE_ADMIN_SECRET_ARN")
    if secret_arn:
        runner.prepare(_admin_url(secret_arn))
    runner.upgrade(config().database_url, revision)
    return {"revision": revision}


def _make_admin(email: str) -> dict[str, str]:
    from academy.identity import operators
    from academy.platform.db import database

    user_id, _ = database().transact(lambda work: operators.make_admin(work, email))
    return {"userId": str(user_id)}


def _admin_url(secret_arn: str) -> str:
    """The administrator's URL, from the secret that RDS keeps and rotates."""
    from academy.platform.aws import client

    secret = json.loads(client("secretsmanager").get_secret_value(SecretId=secret_arn)["SecretString"])
    target = urlsplit(config().database_url)
    account = f"{quote(secret['username'], safe='')}:{quote(secret['password'], safe='')}"
    return f"postgresql://{account}@{target.hostname}:{target.port or 5432}{target.path}?{target.query}"
