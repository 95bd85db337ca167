"""A Lambda's process for the harness: the real handlers over a socket, one invocation after the other, until it is killed; then a new one.

`python -m tests.chaos.deliveries.worker <socket> <folder> <sabotage>`. The first process imports the product and forks; only its children work, and die.
"""

import itertools
import json
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from academy.certificates import tasks
from academy.community import notices, planning
from academy.community.values import Channel
from academy.platform import outbox
from academy.platform.db import UnitOfWork, connection, database, sql
from academy.platform.events import Envelope
from functions.document_tasks import app as documents
from functions.events import app as events
from functions.schedules import app as schedules
from tests.chaos.deliveries.edge import Edge
from tests.chaos.deliveries.faults import FaultySocket, Plan
from tests.chaos.deliveries.journal import Journal

CONTEXT = SimpleNamespace(
    function_name="chaos",
    memory_limit_in_mb=256,
    invoked_function_arn="arn",
    aws_request_id="r",
    get_remaining_time_in_millis=lambda: 30000,
)


class Invocations:
    def __init__(self, journal: Journal) -> None:
        self.edge = Edge(journal)
        self.plan = Plan(journal)

    def install(self, sabotage: str) -> None:
        """Between the product and the world: the edge, the plan on every connection, and who is just acting."""
        self.edge.install()
        real = connection.arguments

        def arguments(url: str, **options: Any) -> dict[str, Any]:
            found = real(url, **options)
            parts = urlsplit(url)
            return {**found, "sock": FaultySocket.connect_to(parts.hostname or "", parts.port or 0, found["timeout"], self.plan)}

        setattr(connection, "arguments", arguments)  # noqa: B010 - replaced, whatever its type
        outbox.SWEEP_AGE = "0 seconds"
        # A tenth of a second that has nothing to do with deliveries.
        setattr(tasks, "draw_certificate", lambda *_: b"%PDF")  # noqa: B010
        for consumer, act in events.CONSUMERS.items():
            events.CONSUMERS[consumer] = self._noted(act)
        # What is gathered waits for minutes, which is longer than all of this takes.
        for name, kind in notices.KINDS.items():
            if kind.gathered is not None:
                notices.KINDS[name] = replace(kind, gathered=timedelta(seconds=1))
        SABOTAGE[sabotage]()

    def _noted(self, act: Callable[[UnitOfWork, Envelope], None]) -> Callable[[UnitOfWork, Envelope], None]:
        def acting(work: UnitOfWork, envelope: Envelope) -> None:
            self.edge.present.event, self.edge.present.work = envelope.id, work
            try:
                act(work, envelope)
            finally:
                self.edge.present.event = self.edge.present.work = None

        return acting

    def run(self, command: dict[str, Any]) -> Any:
        self.plan.set(command.get("fault"))
        self.edge.plan(command.get("edge") or [])
        match command["do"]:
            case "deliver":
                return events.handler({"Records": command["records"]}, CONTEXT)
            case "task":
                return [_outcome(order) for order in command["orders"]]
            case "schedule":
                return schedules.handler({"task": command["task"]}, CONTEXT)
        raise KeyError(command["do"])


def _outcome(order: dict[str, Any]) -> dict[str, Any]:
    """What Step Functions gets of a task: its result or its error's name."""
    try:
        return {"result": documents.handler(order, CONTEXT)}
    except Exception as error:  # noqa: BLE001 - as Lambda's runtime does
        return {"error": type(error).__name__}


_FORGET = sql("delete from deliveries where event_id = :event_id::uuid and channel = :channel")


def _forgetful_inbox() -> None:
    """The note is written and nobody looks whether it was there before; nor is it known what was planned."""
    real, really_plan = outbox.first_time, planning.plan

    def plan(work: UnitOfWork, envelope: Envelope, channel: Channel) -> planning.Planned:
        work.execute(_FORGET, event_id=envelope.id, channel=channel)
        return really_plan(work, envelope, channel)

    def first_time(work: UnitOfWork, *, consumer: str, event_id: str) -> bool:
        real(work, consumer=consumer, event_id=event_id)
        return True

    outbox.first_time = first_time
    planning.plan = plan


def _hasty_inbox() -> None:
    """The note is committed before the effect; and so that not only the dice decide what is lost, every tenth never gets to the second."""
    notes = itertools.count(1)

    def consume(consumer: str, envelope: Envelope) -> bool:
        first, _ = database().transact(lambda work: outbox.first_time(work, consumer=consumer, event_id=envelope.id))
        if first:
            if next(notes) % 10 == 0:
                raise ConnectionResetError("between the note and the effect")
            _, work = database().transact(lambda work: events.CONSUMERS[consumer](work, envelope))
            outbox.finish(database(), work)
        return first

    events.consume = consume


SABOTAGE: dict[str, Callable[[], None]] = {"none": lambda: None, "forgetful_inbox": _forgetful_inbox, "hasty_inbox": _hasty_inbox}
"""Mistakes that the harness has to see."""


def serve(pipe: socket.socket, invocations: Invocations) -> None:
    with pipe.makefile("rwb") as stream:
        for line in stream:
            try:
                answer = {"result": invocations.run(json.loads(line))}
            except Exception as error:  # noqa: BLE001 - as Lambda's runtime does: the invocation failed, the process stays
                answer = {"error": f"{type(error).__name__}: {error}"}
            stream.write(json.dumps(answer).encode() + b"\n")
            stream.flush()


def main() -> None:
    pipe = socket.socket(fileno=int(sys.argv[1]))
    invocations = Invocations(Journal(Path(sys.argv[2])))
    invocations.install(sys.argv[3])
    while True:
        child = os.fork()
        if child == 0:
            try:
                serve(pipe, invocations)
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            return
        pipe.sendall(b'{"died": true}\n')


if __name__ == "__main__":
    main()
