"""The product in this process on a database of the bench's, and a route's call as the Lambda gets it: an event that is there already."""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from academy.platform import config as configuration
from academy.platform.auth import tokens
from academy.platform.db import Bound, Database
from academy.platform.db import work as unit_of_work
from academy.platform.db.connection import OneTripConnection
from academy.platform.http import Endpoint
from academy.platform.observability import logger
from tests.api import Client, Reply, load_endpoints
from tests.authorization.requests import SAMPLES, Sample, of
from tests.authorization.rule import expected
from tests.authorization.stage import ask
from tests.authorization.world import World
from tests.issuer import Issuer

Call = Callable[[], dict[str, Any]]
Handler = Callable[[Any, Any], dict[str, Any]]

_FOUND = {"verify_certificate": Sample(of(serial="serial"))}
"""Where the matrix's request finds nothing."""


class Stage:
    """`client` sends what the tests' client sends; `prepare` gives the bare call of the handler."""

    def __init__(self, url: str, issuer: Issuer, patch: pytest.MonkeyPatch) -> None:
        patch.setenv("DATABASE_URL", url)
        patch.setenv("USER_POOL_ISSUER", issuer.url)
        self._forget()
        self.client = Client(issuer)
        self.client.checked = False
        self.issuer = issuer

    def close(self) -> None:
        self.db.discard()
        self._forget()

    @staticmethod
    def _forget() -> None:
        for cached in (configuration.config, tokens.verifier, unit_of_work.database):
            cached.cache_clear()

    @property
    def db(self) -> Database:
        return unit_of_work.database()

    def caught(self, send: Callable[[Client], Reply]) -> tuple[Handler, dict[str, Any], Any]:
        """What `send` would call: the handler, its event and its context."""
        seen: list[tuple[Handler, dict[str, Any], Any]] = []
        choose = self.client._api

        def catching(raw_path: str) -> Any:
            api = choose(raw_path)

            def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
                seen.append((api.handler, event, context))
                return {"statusCode": 204}

            return SimpleNamespace(handler=handler)

        self.client._api = catching  # type: ignore[method-assign]
        try:
            send(self.client)
        finally:
            self.client._api = choose  # type: ignore[method-assign]
        return seen[0]

    def prepare(self, send: Callable[[Client], Reply]) -> Call:
        """The handler's call that `send` makes, to be made again without the client around it. Made once, and RuntimeError where it fails."""
        handler, event, context = self.caught(send)
        answer = handler(event, context)
        if answer["statusCode"] >= 400:
            raise RuntimeError(f"{answer['statusCode']} {answer['body']}")
        return lambda: handler(event, context)

    def route(self, endpoint: Endpoint, world: World, *, query: dict[str, str] | None = None) -> Call:
        """A route's call by somebody who may, with one token as a frontend keeps it."""
        sample = _FOUND.get(endpoint.operation_id) or SAMPLES[endpoint.operation_id]
        caller = next(each for each in ("enrolled", "owner", "admin", "anonymous") if not expected(endpoint, each, sample))
        token = None if caller == "anonymous" else self.client.token(world.users[caller])
        if query is None:
            return self.prepare(lambda client: ask(client, endpoint, sample, world, caller, token=token))
        path = endpoint.path
        for name, value in sample.path(world).items():
            path = path.replace("{" + name + "}", value)
        return self.prepare(lambda client: client.call(endpoint.method, path, user=token, query=query))


def read_routes() -> list[Endpoint]:
    """Every GET that answers with JSON and asks the database."""
    return [
        endpoint
        for endpoint in load_endpoints()
        if endpoint.method == "GET" and endpoint.access.limit and endpoint.media_type == "application/json" and endpoint.status == 200
    ]


@dataclass(frozen=True, slots=True)
class Sent:
    """What went to the server in one trip, as the connection was asked for it."""

    statements: Sequence[Bound]
    options: dict[str, bool]

    def again(self, connection: OneTripConnection) -> list[Any]:
        return connection.run_all(self.statements, **self.options)


def sent_by(connection: OneTripConnection, call: Callable[[], Any]) -> list[Sent]:
    """What a call sends over the connection, to be sent again without anything around it."""
    sent: list[Sent] = []
    original = connection.run_all

    def noting(statements: Sequence[Bound], **options: bool) -> list[Any]:
        sent.append(Sent(tuple(statements), options))
        return original(statements, **options)

    setattr(connection, "run_all", noting)  # noqa: B010 - a method, of this one connection
    try:
        call()
    finally:
        delattr(connection, "run_all")
    return sent


@contextmanager
def logging_to_nowhere() -> Iterator[None]:
    """A deployed function logs a line a request: so does the bench's, but nobody reads it."""
    log = logger()
    handler, level = log.registered_handler, log.log_level
    if not isinstance(handler, logging.StreamHandler):
        raise TypeError(type(handler))
    with Path(os.devnull).open("w") as nowhere:
        before, handler.stream = handler.stream, nowhere  # not by setStream: it flushes what another test's capture has closed
        log.setLevel("INFO")
        try:
            yield
        finally:
            log.setLevel(level)
            handler.stream = before
