"""The vendor's signatures: HMAC-SHA256 in hexadecimal, compared as bytes in constant time.

Not by the SDK's helper, which raises TypeError for a signature that is not ASCII.
"""

import hashlib
import hmac
from collections.abc import Sequence

from academy.platform.errors import AcademyError
from academy.platform.observability import count, logger


class BadSignature(AcademyError):
    status = 400
    code = "BAD_SIGNATURE"
    message = "The signature does not fit."


def signed(message: bytes, signature: str | None, secrets: Sequence[str]) -> bool:
    """Whether one of the secrets made this signature. A secret that is empty (no rotation is under way) makes none."""
    given = (signature or "").encode("utf-8", "surrogatepass")
    fits = [hmac.compare_digest(given, sign(message, secret).encode()) for secret in secrets if secret]
    return any(fits)


def sign(message: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def count_bad(task: str) -> None:
    """The metric `bad_signature` of what was being done: one is a mistake, many are somebody trying."""
    logger().warning("a signature does not fit", extra={"task": task})
    count(task, {"bad_signature": 1})
