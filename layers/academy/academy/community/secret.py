"""The one secret of notifications, from Secrets Manager: it is made with the stack, and nobody has to know it.

Each purpose has a key of its own, derived from it. It is not rotated as the vendors' keys are: browsers are subscribed to the one public key, and the
links in mails that were sent hold for ever. Where it became known all the same, a new one ends every subscription and every link.
"""

import hashlib
import hmac
from functools import cache

from academy.platform.aws import client
from academy.platform.config import config


@cache
def _secret() -> bytes:
    return read().encode()


def read() -> str:
    secret: str = client("secretsmanager").get_secret_value(SecretId=config().notification_secret_arn)["SecretString"]
    return secret


def key_for(purpose: str) -> bytes:
    """64 bytes that tell nothing of those for another purpose. Raises botocore's errors."""
    return hmac.digest(_secret(), purpose.encode(), hashlib.sha512)


def forget() -> None:
    """Read it again the next time."""
    _secret.cache_clear()
