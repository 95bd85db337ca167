"""A run: people act, what they set off is delivered as badly as may be to consumers that die, and in the end everything is counted.

The seed fixes who does what, what is delivered how, and where what dies; how processes interleave is the machine's.
"""

import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from academy.admin import auditor
from academy.community.consumers import NOTICES
from academy.platform.db import database
from tests.api import Client
from tests.chaos.deliveries import recount, workers
from tests.chaos.deliveries.broker import Broker, Message
from tests.chaos.deliveries.edge import FAULTS, Edge
from tests.chaos.deliveries.executions import Executions
from tests.chaos.deliveries.faults import POINTS, WAYS
from tests.chaos.deliveries.journal import Journal
from tests.chaos.deliveries.people import People
from tests.chaos.deliveries.workers import Worker
from tests.factories import Factory

WORKERS = 3
BACKLOG = 150
"""Messages that wait before people pause."""
POISONED = 60
"""In every so manieth round something comes that nobody can handle."""


@dataclass
class Outcome:
    seed: int
    seconds: float
    deliveries: int
    figures: dict[str, int]
    faults: Counter[str]
    lost: Counter[str]
    doubled: Counter[str]
    audit: dict[str, int]

    def __str__(self) -> str:
        lost, doubled = (" ".join(f"{name}={n}" for name, n in found.items() if n) for found in (self.lost, self.doubled))
        drift = " ".join(f"{name}={n}" for name, n in self.audit.items() if n and name != "checked")
        rate = self.deliveries / self.seconds
        return "\n".join(
            [
                f"chaos of deliveries: CHAOS_SEED={self.seed}, {self.deliveries} deliveries in {self.seconds:.0f} s ({rate:.0f} a second)",
                f"  lost={self.lost.total()} doubled={self.doubled.total()} audit drift={self.audit['drift']} of {self.audit['checked']} rows",
                *(f"  {name}: {found}" for name, found in (("lost", lost), ("doubled", doubled), ("drift", drift)) if found),
                "  " + ", ".join(f"{name} {n}" for name, n in self.figures.items()),
                "  struck: " + ", ".join(f"{name} {n}" for name, n in sorted(self.faults.items())),
            ]
        )


class Harness:
    def __init__(self, client: Client, make: Factory, folder: Path, patch: pytest.MonkeyPatch, seed: int) -> None:
        self.seed = seed
        self._make, self._folder, self._patch = make, folder, patch
        self.journal = Journal(folder)
        edge = Edge(self.journal)
        edge.install(patch.setattr)
        self._dice = random.Random(f"{seed} faults")
        self.broker = Broker(random.Random(f"{seed} broker"))
        self.executions = Executions(self.journal, random.Random(f"{seed} executions"))
        self.people = People(client, make, edge, random.Random(f"{seed} people"))
        self._edges = recount.Edges()
        self._faults: Counter[str] = Counter()
        self._deck: list[tuple[str, str]] = []
        self._planned: list[tuple[str, str]] = []
        self._rounds = 0

    def run(self, deliveries: int, *, sabotage: str = "none") -> Outcome:
        started = time.monotonic()
        with workers.running(WORKERS, self._folder, sabotage) as crew:
            while self.broker.counts.deliveries < deliveries:
                self._round(crew, acting=self.broker.waiting < BACKLOG)
            self.people.finish()
            self._calm(crew)
            self._mails_of_later(crew[0])
            # As every night: what a report that met a recount left behind is put right, which may complete a course.
            repaired = self._ask(crew[0], {"do": "schedule", "task": "check_progress"})["result"]["repaired"]
            self._calm(crew)
        count = recount.count(self._make, self.broker.routes, self._edges, self.people.completed, set(NOTICES))
        poisoned = [message for messages in self.broker.dead.values() for message in messages if message.poison]
        count.lost["dead_letters"] = sum(len(messages) for messages in self.broker.dead.values()) - len(poisoned)
        count.lost["poison_swallowed"] = self.broker.counts.poisonous - len(poisoned)
        figures = {
            "acts": self.people.acts,
            **{name.replace("_", " "): n for name, n in (*count.figures.items(), *vars(self.broker.counts).items())},
            "executions": self.executions.started,
            "poison in dead letters": len(poisoned),
            "courses repaired": repaired,
        }
        audit = self._audit()
        seconds = time.monotonic() - started
        return Outcome(self.seed, seconds, self.broker.counts.deliveries, figures, self._faults, count.lost, count.doubled, audit)

    def _audit(self) -> dict[str, int]:
        """With nothing under way nothing has to be waited for."""
        self._patch.setattr(auditor.deliveries, "UNPUBLISHED", "0 seconds")
        self._patch.setattr(auditor.deliveries, "UNDELIVERED", "0 seconds")
        self._patch.setattr(auditor.certificates, "OVERDUE", "0 seconds")
        return auditor.audit(database())

    # ---- A round: each worker has something to do, and meanwhile people act ----

    def _round(self, crew: list[Worker], *, acting: bool) -> None:
        self._rounds += 1
        self.broker.now += 1
        if self.broker.wild and self._rounds % POISONED == 20:
            self.broker.poison()
        given = [(worker, work) for worker in crew if (work := self._work()) is not None]
        for worker, (command, _) in given:
            worker.send(command)
        for _ in range(5 if acting else 0):
            self.people.act()
        for worker, (_, settle) in given:
            settle(worker.answer())
        self._read_journal()
        # What found nothing to strike (a transaction of one statement has no "between") is tried again before the next cards are dealt.
        self._deck, self._planned = self._planned + self._deck, []

    def _work(self) -> tuple[dict[str, Any], Any] | None:
        if self._dice.random() < (0.04 if self.broker.wild else 0.2):
            return self._struck({"do": "schedule", "task": self._dice.choice(("publish_outbox", "send_mails"))}, 3), lambda _: None
        queue = self.broker.busiest()
        if self.executions.running and (queue is None or self._dice.random() < 0.3):
            return self._tasks()
        if queue is None:
            return None
        batch = self.broker.receive(queue)
        if not batch:
            return None
        command = self._struck({"do": "deliver", "records": [message.record() for message in batch]}, len(batch))
        return command, lambda answer: self.broker.settle(batch, _failed(batch, answer))

    def _tasks(self) -> tuple[dict[str, Any], Any]:
        asked = [(execution.name, self.executions.order(execution)) for execution in self.executions.some()]
        command = self._struck({"do": "task", "orders": [order for _, order in asked]}, len(asked))
        died = [{"error": "died"}] * len(asked)
        return command, lambda answer: self.executions.settle(asked, answer.get("result", died))

    def _struck(self, command: dict[str, Any], length: int) -> dict[str, Any]:
        """With what it is to suffer, at the database or at the cloud's edge."""
        if not self.broker.wild:
            return command
        if self._dice.random() < 0.25:
            if not self._deck:
                self._deck = [(point, way) for point in POINTS for way in WAYS]
                self._dice.shuffle(self._deck)
            point, way = self._deck.pop()
            self._planned.append((point, way))
            command["fault"] = {"point": point, "way": way, "nth": self._dice.randint(1, length)}
        if self._dice.random() < 0.2:
            command["edge"] = [self._dice.choice(("", *FAULTS)) for _ in range(length)]
        return command

    def _ask(self, worker: Worker, command: dict[str, Any]) -> dict[str, Any]:
        worker.send(command)
        return worker.answer()

    def _read_journal(self) -> None:
        for line in self.journal.news():
            match line["kind"]:
                case "published":
                    for detail in line["details"]:
                        self._edges.published.add(detail[7:43])
                        self.broker.publish(detail)
                case "started":
                    self.executions.start(line["name"], line["order"])
                    self._note(self._edges.starts, line)
                case "asked":
                    self._note(self._edges.starts, line)
                case "mail":
                    self._edges.parcels.append(line["parcel"])
                    self._note(self._edges.mails, line)
                case "fault":
                    self._faults[f"{line['point']} {line['way']}"] += 1
                    self._planned.remove((line["point"], line["way"]))
                case "edge":
                    self._faults[f"{line['operation']} {line['fault']}"] += 1

    @staticmethod
    def _note(where: list[tuple[str, str]], line: dict[str, Any]) -> None:
        if line["event"] is not None:
            where.append((line["event"], line["transaction"]))

    def _calm(self, crew: list[Worker]) -> None:
        """No more faults; what is under way comes to its end, and the dead letters get a second chance."""
        self.broker.wild = False
        for redriven in (False, True):
            if redriven:
                self.broker.redrive()
            self._settle(crew)

    def _mails_of_later(self, worker: Worker) -> None:
        """What was put off to the next morning, by the day's budget, comes with the digest; which counts as due only now."""
        for _ in range(2):
            self._make.execute("update deliveries set due_at = now() where status = 'waiting'")
            self._ask(worker, {"do": "schedule", "task": "send_mails"})
        self._read_journal()

    def _settle(self, crew: list[Worker]) -> None:
        while True:
            self._round(crew, acting=False)
            if self.broker.waiting or self.executions.running:
                continue
            self._ask(crew[0], {"do": "schedule", "task": "publish_outbox"})
            self._read_journal()
            if not (self.broker.waiting or self.executions.running):
                return


def _failed(batch: list[Message], answer: dict[str, Any]) -> set[str]:
    """What SQS takes from an answer: the failures it names; all of them where the invocation failed or died."""
    if "result" not in answer:
        return {message.id for message in batch}
    return {failure["itemIdentifier"] for failure in answer["result"]["batchItemFailures"]}
