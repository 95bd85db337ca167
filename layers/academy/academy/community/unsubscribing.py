"""The link in a mail that ends mails of its kind, without signing in (RFC 8058): a token that nobody else can make.

It holds for ever, because mails are kept for years, and says the same however often it is followed. It carries who (an id) and which kind, no address.
"""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from uuid import UUID

from academy.community.secret import key_for
from academy.platform.config import config

PATH = "/api/v1/notifications/unsubscribe"
ONE_CLICK = "List-Unsubscribe=One-Click"
_VERSION = b"\x01"
_SIGNATURE_BYTES = 16
_LEAST_BYTES = 1 + 16 + 1 + _SIGNATURE_BYTES
_KIND = re.compile(r"[a-z_.]{1,40}\Z")


class BadToken(ValueError):
    """Not one of ours, or not whole any more."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who wants no more mails, and of which kind."""

    user_id: UUID
    kind: str


def token_for(user_id: UUID, kind: str) -> str:
    """Raises ValueError for what can't be a kind."""
    if not _KIND.match(kind):
        raise ValueError(f"{kind!r} is no kind")
    said = _VERSION + user_id.bytes + kind.encode()
    return base64.urlsafe_b64encode(said + _signature(said)).rstrip(b"=").decode()


def read_token(token: str) -> Leaving:
    """Raises BadToken."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadToken from error
    if len(raw) < _LEAST_BYTES:
        raise BadToken
    said, signature = raw[:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]
    # The signature first: nothing is read of what we did not write.
    if not hmac.compare_digest(_signature(said), signature) or said[:1] != _VERSION:
        raise BadToken
    return Leaving(UUID(bytes=said[1:17]), said[17:].decode())


def link_for(user_id: UUID, kind: str) -> str:
    return f"{config().public_url}{PATH}?token={token_for(user_id, kind)}"


def headers_for(user_id: UUID, kind: str) -> dict[str, str]:
    """What a mail bears so that the reader's mail program shows its own button."""
    return {"List-Unsubscribe": f"<{link_for(user_id, kind)}>", "List-Unsubscribe-Post": ONE_CLICK}


def _signature(said: bytes) -> bytes:
    return hmac.digest(key_for("unsubscribe"), said, hashlib.sha256)[:_SIGNATURE_BYTES]
