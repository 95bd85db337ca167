"""Which addresses may be pushed to. An endpoint comes from whoever subscribes, and it is we who call it: so it has to be a push service's that we know."""

import re
from urllib.parse import urlsplit

from academy.platform.config import config

MOST_CHARACTERS = 1024
"""The services' own are a third of it at the most."""
_PLAIN = re.compile(r"[!-~]+\Z")
_HOST = re.compile(r"[a-z0-9.-]+\Z")


class ForeignEndpoint(ValueError):
    """The message says what is wrong with it."""


def origin_of(endpoint: str) -> str:
    """`https://host` of an endpoint that may be called. Raises ForeignEndpoint.

    `PUSH_SERVICES` names hosts (`*.` for whatever is before them), reached by https at its usual port; and whole origins, for a service on this machine.
    """
    if len(endpoint) > MOST_CHARACTERS:
        raise ForeignEndpoint(f"has more than {MOST_CHARACTERS} characters")
    if not _PLAIN.match(endpoint) or "\\" in endpoint:
        raise ForeignEndpoint("is not an address")
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname
    except ValueError as error:
        raise ForeignEndpoint("is not an address") from error
    if "@" in parts.netloc or parts.fragment or not host or not _HOST.match(host) or len(parts.path) < 2:
        raise ForeignEndpoint("is not the address of a subscription")
    services = config().push_services
    if f"{parts.scheme}://{parts.netloc}" in services:
        return f"{parts.scheme}://{parts.netloc}"
    if parts.scheme != "https" or ":" in parts.netloc:
        raise ForeignEndpoint("is not an https address")
    if not any(_fits(host, service) for service in services if "://" not in service):
        raise ForeignEndpoint("is not of a push service that we know")
    return f"https://{host}"


def _fits(host: str, service: str) -> bool:
    return host.endswith(service[1:]) if service.startswith("*.") else host == service
