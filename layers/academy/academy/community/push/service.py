"""A push service, asked to keep a message for a browser (RFC 8030), and what its answer means."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import cache
from typing import Any

from academy.community.push.encryption import AUTH_BYTES, BrowserKeys, encrypt, point_of, unpadded
from academy.community.push.endpoints import ForeignEndpoint, origin_of
from academy.community.push.vapid import authorization
from academy.platform.observability import logger

CONNECT_SECONDS = 2
READ_SECONDS = 4
LATER_SECONDS = 60
"""When to come back to a service that is in trouble and does not say when."""
SPARED_SECONDS = 30
"""For how long a service that kept us waiting in vain is not called: other people's messages wait behind each such call."""
LATEST_SECONDS = 6 * 3600
"""A service that wants to be left alone for longer is asked again all the same."""


class Outcome(StrEnum):
    """TAKEN: the service has it. GONE: the browser has unsubscribed, for good. LATER: the same again, after a while. REFUSED: it will never take this one."""

    TAKEN = "taken"
    GONE = "gone"
    LATER = "later"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A browser's, as it was given to us."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """`topic`: of two with the same the later takes the other's place while the browser is away; at most 32 letters of base64url.

    `seconds` is how long the service keeps it for a browser that is away.
    """

    text: bytes
    topic: str
    seconds: int
    urgency: str = "normal"


@dataclass(frozen=True, slots=True)
class Answer:
    """`after`: seconds until it is worth while to ask again, of LATER alone."""

    outcome: Outcome
    after: int = 0


_spared: dict[str, float] = {}
"""Until when, by `time.monotonic()`."""


def send(subscription: Subscription, push: Push) -> Answer:
    """One attempt. Nothing is raised: whatever happens is an answer. Redirects are not followed, since they lead to addresses of somebody's choice."""
    from urllib3 import Timeout
    from urllib3.exceptions import HTTPError
    from urllib3.exceptions import TimeoutError as TimedOut

    try:
        origin = origin_of(subscription.endpoint)
    except ForeignEndpoint:
        return Answer(Outcome.GONE)  # the services that may be called were others when it subscribed
    if _spared.get(origin, 0.0) > time.monotonic():
        return Answer(Outcome.LATER, LATER_SECONDS)
    body = encrypt(push.text, BrowserKeys(point_of(subscription.p256dh), unpadded(subscription.auth)[:AUTH_BYTES]))
    headers = {
        "Authorization": authorization(origin),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(push.seconds),
        "Topic": push.topic,
        "Urgency": push.urgency,
    }
    try:
        answer = _pool(origin).urlopen(
            "POST",
            subscription.endpoint[len(origin) :],
            body=body,
            headers=headers,
            redirect=False,
            retries=False,
            timeout=Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
        )
    except HTTPError as error:
        if isinstance(error, TimedOut):
            _spared[origin] = time.monotonic() + SPARED_SECONDS
        # Not the error itself, which may name the endpoint: whoever knows that can fill it with rubbish.
        logger().warning("a push service does not answer", extra={"service": origin, "error": type(error).__name__})
        return Answer(Outcome.LATER, LATER_SECONDS)
    return judged(answer.status, answer.headers.get("Retry-After"), origin)


def judged(status: int, retry_after: str | None, service: str) -> Answer:
    """What a status means. 413 and other refusals are of this message; 401 and 403 would be of our key, and ring as what is refused."""
    if 200 <= status < 300:
        return Answer(Outcome.TAKEN)
    if status in (404, 410):
        return Answer(Outcome.GONE)
    logger().warning("a push service refuses", extra={"service": service, "status": status})
    if status == 429 or status >= 500:
        return Answer(Outcome.LATER, _seconds(retry_after))
    return Answer(Outcome.REFUSED)


def _seconds(retry_after: str | None) -> int:
    """Of a header Retry-After: seconds, or a date."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return max(1, min(int(text[:9]), LATEST_SECONDS))
    try:
        wait = parsedate_to_datetime(text).timestamp() - datetime.now(UTC).timestamp()
    except (ValueError, TypeError, OverflowError):
        return LATER_SECONDS
    return max(1, min(int(wait) + 1, LATEST_SECONDS))


def forget() -> None:
    """Call every service again, also one that kept us waiting."""
    _spared.clear()


@cache
def _pool(origin: str) -> Any:
    """Connections to one service, kept for the next push: a handshake costs more than the rest."""
    from urllib3 import connection_from_url

    return connection_from_url(origin, maxsize=1)
