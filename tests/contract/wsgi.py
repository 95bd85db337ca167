"""The in-process API as a WSGI application, for tools that speak HTTP."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from tests.api import Client

EVERY = 4


class Wsgi:
    """Each request becomes the event that API Gateway would send.

    `varied`: a tool that lists cases sends each with the same Idempotency-Key and an If-Match of its own invention, and would meet nothing but
    422 and 412. So three of four requests get a key of their own and an If-Match that holds; which ones follows from their order alone.
    `afterwards` is called with the method and the path of each.
    """

    def __init__(self, client: Client, *, varied: bool, afterwards: Callable[[str, str], None]) -> None:
        self._client = client
        self._varied = varied
        self._afterwards = afterwards
        self._count = 0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        size = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(size) if size else None
        headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
        cookies = [cookie.strip() for cookie in headers.pop("cookie", "").split(";") if cookie.strip()]
        if environ.get("CONTENT_TYPE"):
            headers["content-type"] = environ["CONTENT_TYPE"]
        self._count += 1
        if self._varied and self._count % EVERY:
            self._vary(headers)
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        reply = self._client.call(
            method,
            path,
            headers=headers,
            cookies=cookies,
            raw_query=environ.get("QUERY_STRING", ""),
            raw=body,
        )
        self._afterwards(method, path)
        start_response(
            f"{reply.status} {HTTPStatus(reply.status).phrase}",
            [*reply.headers.items(), *(("Set-Cookie", cookie) for cookie in reply.cookies)],
        )
        return [reply.text.encode()]

    def _vary(self, headers: dict[str, str]) -> None:
        key = headers.get("idempotency-key", "")
        if 1 <= len(key) <= 200 and key.isascii() and key.isprintable():
            headers["idempotency-key"] = f"{key}-{self._count}"
        if "if-match" in headers:
            headers["if-match"] = "*"
