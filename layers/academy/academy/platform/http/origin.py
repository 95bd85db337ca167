"""Who called: through the CDN the address of the caller, not of the CDN, which is what the gateway sees.

The CDN puts a secret into each request that it passes on, and appends the caller's address to X-Forwarded-For (whatever the caller had written there
stays in front of it); the gateway appends the CDN's. Where there is no CDN, as on the local cloud, the gateway sees the caller itself.
"""

import hmac
from collections.abc import Mapping
from typing import Any

from academy.platform.config import config
from academy.platform.errors import Forbidden

SECRET_HEADER = "x-academy-origin"  # noqa: S105 - its name


def caller_address(event: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    """The caller's IP address. Raises Forbidden for a call that went around the CDN, and with it around the firewall."""
    peer: str = event["requestContext"]["http"]["sourceIp"]
    secret = config().origin_secret
    if not secret:
        return peer
    if not hmac.compare_digest(headers.get(SECRET_HEADER, "").encode(), secret.encode()):
        raise Forbidden("Please use the academy's own address.")
    passed_by = [address.strip() for address in headers.get("x-forwarded-for", "").split(",")]
    return passed_by[-2] if len(passed_by) > 1 else peer
