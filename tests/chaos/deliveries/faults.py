"""Where a process dies, or its connection to the database does: at the socket, whatever the driver makes of it."""

import json
import os
import select
import signal
import socket
from dataclasses import dataclass
from typing import Any

from tests.chaos.deliveries.journal import Journal

BEGIN = b"Q\x00\x00\x00\x0abegin\x00"
COMMIT = b"Q\x00\x00\x00\x0bcommit\x00"
"""As the simple query protocol sends them: the message's letter, its length, the text."""

POINTS = ("before_first", "between", "before_commit", "after_commit")
WAYS = ("kill", "cut")
"""The process dies by SIGKILL; or it lives, and only its connection is gone."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`nth` transaction of an invocation, counted from 1."""

    point: str
    way: str
    nth: int


class Plan:
    """What the present invocation is to suffer, and how far its transactions have come."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._fault: Fault | None = None
        self._transactions = self._flushes = 0

    def set(self, fault: dict[str, Any] | None) -> None:
        self._fault = Fault(**fault) if fault else None
        self._transactions = self._flushes = 0

    def sending(self, sock: socket.socket, data: bytes) -> None:
        if BEGIN in data:
            self._transactions += 1
            self._flushes = 0
        self._flushes += 1
        if self._fault is None or self._transactions != self._fault.nth:
            return
        reached = "before_commit" if COMMIT in data else "before_first" if self._flushes == 1 else "between"
        if reached == self._fault.point:
            self._strike(sock)

    def sent(self, sock: socket.socket, data: bytes) -> None:
        """Strikes after COMMIT only once the server's answer has arrived: so it was received, and carried out, and nobody here has read so."""
        if self._fault is None or self._fault.point != "after_commit" or self._transactions != self._fault.nth or COMMIT not in data:
            return
        readable, _, _ = select.select([sock], [], [], 60)
        if not readable:
            raise AssertionError("the server did not answer to COMMIT")
        self._strike(sock)

    def _strike(self, sock: socket.socket) -> None:
        fault, self._fault = self._fault, None
        if fault is None:
            raise AssertionError("nothing is planned")
        self._journal.write("fault", point=fault.point, way=fault.way)
        if fault.way == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        sock.shutdown(socket.SHUT_RDWR)
        raise ConnectionResetError(json.dumps("cut by the harness"))


class FaultySocket(socket.socket):
    """A connection whose every flush the plan sees. A flush of the driver is one send unless it is larger than its buffer."""

    plan: Plan

    @classmethod
    def connect_to(cls, host: str, port: int, timeout: float, plan: Plan) -> "FaultySocket":
        plain = socket.create_connection((host, port), timeout)
        faulty = cls(fileno=plain.detach())
        faulty.settimeout(timeout)
        faulty.plan = plan
        return faulty

    def send(self, data: Any, flags: int = 0, /) -> int:
        message = bytes(data)
        self.plan.sending(self, message)
        count = super().send(data, flags)
        self.plan.sent(self, message)
        return count
