"""A PostgreSQL proxy that cuts the line where it is told: before a statement reached the server, or after it did and before its answer came.

It counts exchanges: what a client sends up to a Sync or a simple query, and the server answers with ReadyForQuery. Whatever way the driver
takes (statements named or not, BEGIN in front of the first one), an exchange is what can be lost as a whole, or in its answer.
Source: PostgreSQL documentation, "Frontend/Backend Protocol", message formats.
"""

import itertools
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit


class When(StrEnum):
    BEFORE = "before"
    """Nothing of the exchange reached the server."""
    AFTER = "after"
    """The server did it all, and nobody was told."""


@dataclass
class Exchange:
    """`text` is the statement's; `status` what the server said after it: I(dle), in a T(ransaction), in one that had an E(rror).

    Those of one `flush` are on their way before the first of them is answered: a client that is not told of one does not know of the others either.
    """

    text: str = ""
    status: str = ""
    flush: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Cut:
    """`down`: nobody gets through any more until `revive`, as if the process that asked were dead. `act` is called at that very moment.

    `unnoticed`: seconds for which the server does not see that its client is gone, and keeps what the transaction has locked.
    """

    at: int
    when: When
    down: bool = True
    act: Callable[[], None] = lambda: None
    unnoticed: float = 0


class _LineCut(Exception):
    def __init__(self, unnoticed: float = 0) -> None:
        super().__init__()
        self.unnoticed = unnoticed


@dataclass
class Wire:
    """`exchanges` are those since `arm`, over all connections; `done` is whether the cut was made."""

    server_port: int
    exchanges: list[Exchange] = field(default_factory=list)
    done: bool = False

    def __post_init__(self) -> None:
        self._cut: Cut | None = None
        self._down = False
        self._flushes = itertools.count(1)
        self._lock = threading.Lock()
        self._lines: list[_Line] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def through(self, url: str) -> str:
        """The same database by this way."""
        parts = urlsplit(url)
        return urlunsplit(parts._replace(netloc=f"{parts.username}@127.0.0.1:{self.port}"))

    def arm(self, cut: Cut | None = None) -> None:
        """Count anew, and cut when it is time."""
        with self._lock:
            self.exchanges, self._cut, self.done = [], cut, False

    def revive(self) -> None:
        with self._lock:
            self._down, self._cut = False, None

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for line in list(self._lines):
            line.hang_up()
            line.join()

    def flushed(self) -> int:
        """Called by a line for what came from its client at once."""
        return next(self._flushes)

    def begun(self, flush: int) -> Exchange:
        """Called by a line for the first message of an exchange. Raises _LineCut if it may not pass."""
        with self._lock:
            if self._down:
                raise _LineCut
            index = len(self.exchanges)
            self.exchanges.append(Exchange(flush=flush))
            cut = self._cut
        if cut is not None and cut.at == index and cut.when is When.BEFORE:
            self._fall(cut)
            raise _LineCut(cut.unnoticed)
        return self.exchanges[index]

    def swallows(self, exchange: Exchange) -> bool:
        cut = self._cut
        return cut is not None and cut.when is When.AFTER and cut.at < len(self.exchanges) and self.exchanges[cut.at] is exchange

    def answered(self, exchange: Exchange) -> None:
        if self._cut is not None and self.swallows(exchange):
            unnoticed = self._cut.unnoticed
            self._fall(self._cut)
            raise _LineCut(unnoticed)

    def _fall(self, cut: Cut) -> None:
        with self._lock:
            self.done, self._down = True, cut.down
        cut.act()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._down:
                client.close()
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self.server_port))
            except OSError:
                client.close()
                continue
            line = _Line(self, client, server)
            self._lines = [one for one in self._lines if one.is_alive()] + [line]
            line.start()


class _Line(threading.Thread):
    """One connection, both ways."""

    def __init__(self, wire: Wire, client: socket.socket, server: socket.socket) -> None:
        super().__init__(daemon=True)
        self._wire, self._client, self._server = wire, client, server
        self._begun = False
        self._statements: dict[str, str] = {}
        self._present: Exchange | None = None
        self._open: deque[Exchange] = deque()
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def hang_up(self) -> None:
        for end in (self._client, self._server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it hung up first

    def run(self) -> None:
        buffers = {self._client: bytearray(), self._server: bytearray()}
        with selectors.DefaultSelector() as selector, self._client, self._server:
            for end in buffers:
                selector.register(end, selectors.EVENT_READ)
            try:
                while True:
                    for key, _ in selector.select():
                        end = self._client if key.fileobj is self._client else self._server
                        data = end.recv(65536)
                        if not data:
                            return
                        buffers[end] += data
                        if end is self._client:
                            self._from_client(buffers[end])
                        else:
                            self._from_server(buffers[end])
            except _LineCut as cut:
                self._client.shutdown(socket.SHUT_RDWR)
                time.sleep(cut.unnoticed)
            except OSError:
                return

    def _from_client(self, buffer: bytearray) -> None:
        if not self._begun:
            # The startup message alone has no letter in front.
            if len(buffer) < 4 or len(buffer) < (size := int.from_bytes(buffer[:4])):
                return
            self._server.sendall(buffer[:size])
            del buffer[:size]
            self._begun = True
        flush = self._wire.flushed()
        for kind, whole in _messages(buffer):
            if kind == "X":
                self._server.sendall(whole)
                continue
            if self._present is None:
                self._present = self._wire.begun(flush)
            self._present.text = self._present.text or self._statement(kind, whole[5:])
            self._server.sendall(whole)
            if kind in "QS":
                self._open.append(self._present)
                self._present = None

    def _from_server(self, buffer: bytearray) -> None:
        for kind, whole in _messages(buffer):
            exchange = self._open[0] if self._open else None
            if exchange is None or not self._wire.swallows(exchange):
                self._client.sendall(whole)
            if exchange is not None and kind == "Z":
                self._open.popleft()
                exchange.status = chr(whole[5])
                self._wire.answered(exchange)

    def _statement(self, kind: str, body: bytes) -> str:
        parts = body.split(b"\0")
        if kind == "Q":
            return parts[0].decode()
        if kind == "P":
            name, text = parts[0].decode(), parts[1].decode()
            self._statements[name] = text
            return text
        return self._statements.get(parts[1].decode(), "") if kind == "B" else ""


def _messages(buffer: bytearray) -> Iterator[tuple[str, bytes]]:
    """Whole messages, taken out of the buffer."""
    while len(buffer) >= 5 and len(buffer) >= (size := 1 + int.from_bytes(buffer[1:5])):
        whole = bytes(buffer[:size])
        del buffer[:size]
        yield chr(whole[0]), whole


@contextmanager
def running_wire(server_port: int) -> Iterator[Wire]:
    wire = Wire(server_port)
    try:
        yield wire
    finally:
        wire.close()
