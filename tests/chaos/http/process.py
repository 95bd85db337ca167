"""The product's handlers in a process of their own, which can be killed: one Lambda environment, and a new one after it died.

`python -m tests.chaos.http.process <socket>` imports the product once and forks; its children serve, and die.
"""

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

from academy.platform.http import Api
from tests.api import Client
from tests.chaos.child import Child
from tests.issuer import Issuer

CONTEXT = SimpleNamespace(function_name="chaos", memory_limit_in_mb=512, invoked_function_arn="arn", aws_request_id="r")


class Died(Exception):
    """The process was killed before it answered."""


class Process(Child):
    """The other end. `published` are the ids of events that the bus took; `pid` the present child's; `deaf`: the bus takes none."""

    def __init__(self) -> None:
        super().__init__("tests.chaos.http.process")
        self.published: list[str] = []
        self.deaf = False
        self.pid = self.receive()["pid"]

    def handle(self, group: str, event: dict[str, Any]) -> dict[str, Any]:
        """Raises Died; then there is a new child."""
        self.send({"group": group, "event": event, "deaf": self.deaf})
        while True:
            line = self.receive()
            if "published" in line:
                self.published += line["published"]
            elif "pid" in line:
                self.pid = line["pid"]
                raise Died
            else:
                return cast("dict[str, Any]", line["answer"])


@contextmanager
def running_process() -> Iterator[Process]:
    """With the environment of this moment."""
    process = Process()
    try:
        yield process
    finally:
        process.close()


class RemoteClient(Client):
    """A client of one such process."""

    def __init__(self, issuer: Issuer, process: Process) -> None:
        super().__init__(issuer)
        self.process = process

    def _api(self, raw_path: str) -> Api:
        group = super()._api(raw_path).group
        return cast(Api, SimpleNamespace(handler=lambda event, _: self.process.handle(group, event)))


def _serve(pipe: socket.socket) -> None:
    from academy.platform import events
    from academy.platform.events import Envelope
    from infra.openapi.routes import load_apis

    with pipe.makefile("rwb") as stream:

        def tell(line: dict[str, Any]) -> None:
            stream.write(json.dumps(line).encode() + b"\n")
            stream.flush()

        asked: dict[str, Any] = {}

        def put(envelopes: list[Envelope]) -> list[str]:
            ids = [] if asked["deaf"] else [envelope.id for envelope in envelopes]
            tell({"published": ids})
            return ids

        events.put = put
        apis = load_apis()
        tell({"pid": os.getpid()})
        for line in stream:
            asked.update(json.loads(line))
            tell({"answer": apis[asked["group"]].handler(asked["event"], CONTEXT)})


def main() -> None:
    from infra.openapi.routes import load_apis

    load_apis()
    pipe = socket.socket(fileno=int(sys.argv[1]))
    while True:
        child = os.fork()
        if child == 0:
            try:
                _serve(pipe)
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            return


if __name__ == "__main__":
    main()
