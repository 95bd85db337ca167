"""EventBridge and SQS at their worst that is still allowed: at least once, in no order, late, and sometimes the answer to a deletion is lost.

Queues, routes and numbers of tries are the template's. A message stays in its queue, invisible for a while after it was received, until it is
deleted; received once more than it may be tried, it goes to the dead letters. Time is counted in rounds.
"""

import json
import random
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from functions.events.app import CONSUMERS, FOREIGN
from infra.openapi.events import routed

BATCH = 10
INVISIBLE = 3
POISON = {
    "certificates": ("course.completed", {}),
    "learning": ("course.content_changed", {"courseId": "nobody"}),
    "engagement": ("lesson.completed", {}),
    "notifications": ("course.published", {}),
    "email": ("certificate.issued", {}),
    "push": ("certificate.issued", {}),
}
"""What each consumer acts on, without what it needs."""


def routes() -> dict[str, set[str]]:
    """Those of the queues of domain events that `functions/events` reads; payments have a harness of their own."""
    return {queue: kinds for queue, kinds in routed().items() if queue in CONSUMERS and queue not in FOREIGN}


@dataclass(eq=False)
class Message:
    id: str
    queue: str
    body: str
    ready: int
    poison: bool = False
    receives: int = 0

    def record(self) -> dict[str, Any]:
        return {
            "messageId": self.id,
            "receiptHandle": "h",
            "body": self.body,
            "attributes": {"ApproximateReceiveCount": str(self.receives)},
            "messageAttributes": {},
            "md5OfBody": "",
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:ap-south-1:000000000000:academy-test-{self.queue}",
            "awsRegion": "ap-south-1",
        }


@dataclass
class Counts:
    messages: int = 0
    deliveries: int = 0
    repeated: int = 0
    """Deliveries of a message that was delivered before, or of a copy."""
    dropped: int = 0
    late: int = 0
    undeleted: int = 0
    redriven: int = 0
    poisonous: int = 0


@dataclass
class Broker:
    dice: random.Random
    routes: dict[str, set[str]] = field(default_factory=routes)
    wild: bool = True
    """Whether it does what it may; at the end it only delivers."""
    now: int = 0
    counts: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        template = (Path(__file__).parents[3] / "template.yaml").read_text()
        (self.tries,) = {int(n) for n in re.findall(r"maxReceiveCount: (\d+)", template)}
        self.queues: dict[str, dict[str, Message]] = {name: {} for name in self.routes}
        self.dead: dict[str, list[Message]] = {name: [] for name in self.routes}
        self._seen: set[tuple[str, int]] = set()

    def chance(self, probability: float) -> bool:
        return self.wild and self.dice.random() < probability

    def publish(self, detail: str) -> None:
        """To every queue whose rule wants it; often in some copies, sometimes much later."""
        kind = json.loads(detail)["kind"]
        body = f'{{"detail": {detail}}}'
        for queue, kinds in self.routes.items():
            if kind in kinds:
                for _ in range(1 + self.chance(0.5) + self.chance(0.3) + self.chance(0.2)):
                    self._put(queue, body)

    def poison(self) -> None:
        """Something that no consumer can ever handle: not an event at all, or one without what belongs into it."""
        queue = self.dice.choice(sorted(self.queues))
        kind, payload = POISON[queue]
        event = {"id": f"00000000-0000-7000-8000-{self.counts.messages:012d}", "kind": kind, "version": 1, "payload": payload}
        bodies = ("not an event", json.dumps({"detail": {**event, "occurredAt": "2026-01-01T00:00:00Z"}}))
        self._put(queue, self.dice.choice(bodies), poison=True)

    def _put(self, queue: str, body: str, *, poison: bool = False) -> None:
        self.counts.messages += 1
        self.counts.poisonous += poison
        late = self.chance(0.1)
        self.counts.late += late
        delay = self.dice.randint(20, 200) if late else self.dice.randint(0, 5)
        message = Message(str(self.counts.messages), queue, body, self.now + (delay if self.wild else 0), poison)
        self.queues[queue][message.id] = message

    def busiest(self) -> str | None:
        """A queue that has something to give, the fuller the likelier."""
        ready = {queue: sum(message.ready <= self.now for message in messages.values()) for queue, messages in self.queues.items()}
        filled = [queue for queue, n in sorted(ready.items()) if n]
        return self.dice.choices(filled, [ready[queue] for queue in filled])[0] if filled else None

    def receive(self, queue: str) -> list[Message]:
        """A batch to be delivered; empty where it was lost on the way."""
        ready = [message for message in self.queues[queue].values() if message.ready <= self.now]
        self.dice.shuffle(ready)
        batch = []
        for message in ready[: self.dice.randint(1, BATCH) if self.wild else BATCH]:
            message.receives += 1
            if message.receives > self.tries:
                self.dead[queue].append(self.queues[queue].pop(message.id))
                continue
            # A standard queue may give a message to two at once.
            message.ready = self.now if self.chance(0.05) else self.now + INVISIBLE
            batch.append(message)
        if self.chance(0.03):
            self.counts.dropped += len(batch)
            return []
        self.counts.deliveries += len(batch)
        for message in batch:
            known = (queue, hash(message.body))
            self.counts.repeated += known in self._seen
            self._seen.add(known)
        return batch

    def settle(self, batch: list[Message], failed: set[str]) -> None:
        """What did not fail is deleted."""
        for message in batch:
            if message.id in failed:
                message.ready = self.now
            elif self.chance(0.03):
                self.counts.undeleted += 1
            else:
                self.queues[message.queue].pop(message.id, None)

    def redrive(self) -> None:
        """What `make redrive` does, for every queue."""
        for queue, messages in self.dead.items():
            for message in messages:
                message.receives, message.ready = 0, self.now
                self.queues[queue][message.id] = message
                self.counts.redriven += not message.poison
            messages.clear()

    @property
    def waiting(self) -> int:
        return sum(len(messages) for messages in self.queues.values())
