"""One academy that is played again and again: a request, a cut at a chosen point, the client's retries, and what is there at the end."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from academy.engagement.consumers import handle
from academy.engagement.facts import GIVES
from academy.identity import accounts as vendor
from academy.identity import cognito
from academy.platform import config as configuration
from academy.platform import events, outbox
from academy.platform.db import work as unit_of_work
from academy.platform.events import Envelope
from academy.platform.http import Endpoint
from tests.accounts import FakeAccounts
from tests.api import Client, Reply
from tests.authorization.stage import Stage
from tests.authorization.world import World
from tests.chaos.http.calls import NOTHING, PREPARED, Ask, ask_of
from tests.chaos.http.ground import Ground, Holding
from tests.chaos.http.process import Died, RemoteClient
from tests.chaos.http.wire import Cut, Exchange, Wire, running_wire
from tests.conftest import Databases
from tests.factories import Factory
from tests.issuer import Issuer

KEY = "the-clients-own-key"
PATIENCE = 2000
"""Retries after 409 while the server still takes the dead connection's transaction back. Each is a request: minutes, even on a fast machine."""


@dataclass(frozen=True)
class Outcome:
    """`last` is what the client was told in the end; `asked_again`: it had to ask more than once; `people` are the user pool's."""

    last: Reply
    asked_again: bool
    exchanges: list[Exchange]
    holding: Holding
    people: list[str]


@dataclass
class Theatre:
    client: Client
    ground: Ground
    make: Factory
    wire: Wire
    world: World
    issuer: Issuer
    published: list[Envelope]
    untouched: Holding

    def play(self, endpoint: Endpoint, *, key: str | None = None, times: int = 1, cut: Cut | None = None) -> Outcome:
        """`times` without a cut, or once with a cut and as many retries as it takes to be answered."""
        pool = self._prepare(endpoint)
        ask = ask_of(endpoint, self.world, pool, self.client, key=key)
        self.wire.arm(cut)
        again = False
        if cut is None:
            last = [ask.send(self.client) for _ in range(times)][-1]
        else:
            try:
                last = ask.send(self.client)
                assert last.status < 500 or last.status == 503, last.text
                again = cut.down or come_back(last)
            except Died:
                again = True
            assert self.wire.done, f"there is no exchange {cut.at}"
            if again:
                last = self._insist(ask)
        exchanges = list(self.wire.exchanges)
        self._restart()
        self._deliver()
        self._sweep()
        return Outcome(last, again, exchanges, self.ground.holding(), sorted(known.email for known in pool.known))

    def kept_body(self) -> str:
        """The answer that the key stands for."""
        return str(self.make.value("select body from idempotency_keys where key = :key", key=KEY))

    def _prepare(self, endpoint: Endpoint) -> FakeAccounts:
        self._restart()
        self.ground.restore()
        self.published.clear()
        if isinstance(self.client, RemoteClient):
            self.client.process.published.clear()
        sql = PREPARED.get(endpoint.operation_id, NOTHING).sql
        if sql:
            self.make.execute(sql, **{name: self.world.id(name) for name in re.findall(r":(\w+)", sql)})
        pool = FakeAccounts(self.issuer)
        setattr(cognito, "CognitoAccounts", lambda: pool)  # noqa: B010 - put back by the fixture
        vendor.accounts.cache_clear()
        return pool

    def _restart(self) -> None:
        """A new process: without a connection."""
        unit_of_work.database().discard()
        self.wire.revive()

    def _insist(self, ask: Ask) -> Reply:
        """As a client does: again after 503, and while the first request is said to be in progress."""
        self._restart()
        for _ in range(PATIENCE):
            reply = ask.send(self.client)
            if not come_back(reply):
                return reply
        raise AssertionError("no answer")

    def _deliver(self) -> None:
        """What a completion gives is given by the request or, where it could not, by the event."""
        rows = self.make.rows(
            "select id::text as id, kind, version, occurred_at, payload from outbox where kind = any(:kinds) order by id",
            kinds=sorted(GIVES),
        )
        for row in rows:
            envelope = Envelope(**row)
            unit_of_work.database().transact(lambda work, envelope=envelope: handle(work, envelope))  # type: ignore[misc]

    def _sweep(self) -> None:
        """What was not published is, and nothing is published that is not so."""
        outbox.sweep(unit_of_work.database())
        rows = self.make.rows("select id::text as id, published_at from outbox")
        assert all(row["published_at"] for row in rows), rows
        told = self.client.process.published if isinstance(self.client, RemoteClient) else []
        assert {*told, *(envelope.id for envelope in self.published)} == {row["id"] for row in rows}


def come_back(reply: Reply) -> bool:
    """Whether a client is told to ask again: the database is away, or still busy with a first attempt whose connection is lost."""
    if reply.status == 503 or (reply.status == 409 and reply.code == "REQUEST_IN_PROGRESS"):
        assert int(reply.headers["Retry-After"]) >= 1, reply.headers
        return True
    return False


@contextmanager
def open_theatre(databases: Databases, world: World, issuer: Issuer) -> Iterator[Theatre]:
    """The world's database behind a wire, wired up as the product's."""
    published: list[Envelope] = []

    def put(envelopes: list[Envelope]) -> list[str]:
        published.extend(envelopes)
        return [envelope.id for envelope in envelopes]

    with pytest.MonkeyPatch.context() as patch, running_wire(databases.server.port) as wire:
        stage = Stage(databases, issuer, patch)
        patch.setenv("DATABASE_URL", wire.through(databases.app_url(stage.name)))
        patch.setattr(events, "put", put)
        patch.setattr(outbox, "SWEEP_AGE", "0 seconds")
        patch.setattr(cognito, "CognitoAccounts", cognito.CognitoAccounts)
        configuration.config.cache_clear()
        unit_of_work.database.cache_clear()
        make = Factory(databases.owner_url(stage.name))
        ground = Ground(databases.server.url(stage.name))
        try:
            yield Theatre(stage.client, ground, make, wire, world, issuer, published, ground.holding())
        finally:
            ground.close()
            make.close()
            stage.close()
            vendor.accounts.cache_clear()
