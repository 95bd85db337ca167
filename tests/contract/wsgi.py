"""The in-process API as a WSGI application, for tools that speak HTTP."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from tests.api import Client


class Wsgi:
    """Each request becomes the event that API Gateway would send."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        size = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(size) if size else None
        headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
        if environ.get("CONTENT_TYPE"):
            headers["content-type"] = environ["CONTENT_TYPE"]
        reply = self._client.call(
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
            headers=headers,
            raw_query=environ.get("QUERY_STRING", ""),
            raw=body,
        )
        start_response(f"{reply.status} {HTTPStatus(reply.status).phrase}", list(reply.headers.items()))
        return [reply.text.encode()]
