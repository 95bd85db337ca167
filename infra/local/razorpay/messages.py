"""The bank's messages to the academy: made when something happens, with what held at that moment, and sent in the way that was asked for."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Self

from infra.local.razorpay.entities import WEBHOOK_SECRET, Entity, shown, signed

MODES = ("normal", "none", "duplicate", "shuffled", "late")
LATE_SECONDS = 20
TURNED = 3
ACCOUNT = "acc_AcademyLocal01"

Headers = dict[str, str]


@dataclass(kw_only=True)
class Message:
    """`due` in seconds since 1970; `tries` that were answered with anything but 2xx."""

    id: str
    kind: str
    about: str
    body: str
    due: float
    tries: int = 0

    def signed(self, secret: str = WEBHOOK_SECRET) -> tuple[Headers, bytes]:
        raw = self.body.encode()
        return {"content-type": "application/json", "x-razorpay-signature": signed(raw, secret), "x-razorpay-event-id": self.id}, raw


class Messages:
    """What is still to be sent, the earliest first."""

    def __init__(self) -> None:
        self._waiting: list[Message] = []
        self._said: dict[str, int] = {}

    def tell(self, identity: str, kind: str, mode: str, now: float, **entities: Entity) -> None:
        """`entities` by their names in the payload, the first being what it is about."""
        about = next(iter(entities.values()))["id"]
        body = {
            "entity": "event",
            "account_id": ACCOUNT,
            "event": kind,
            "contains": list(entities),
            "payload": {name: {"entity": shown(entity)} for name, entity in entities.items()},
            "created_at": int(now),
        }
        subject = str(entities.get("payment", {}).get("id", about))
        said = self._said[subject] = self._said.get(subject, 0) + 1
        # The first ones wait longest: what belongs together certainly arrives in the wrong order.
        delay = {"late": LATE_SECONDS, "shuffled": max(0, TURNED + 1 - said)}.get(mode, 0)
        copies = {"none": 0, "duplicate": 2}.get(mode, 1)
        text = json.dumps(body, separators=(",", ":"))
        self._waiting += [Message(id=identity, kind=kind, about=about, body=text, due=now + delay) for _ in range(copies)]

    def waiting(self) -> list[Message]:
        return sorted(self._waiting, key=lambda message: message.due)

    def take(self, wanted: Callable[[Message], bool]) -> list[Message]:
        taken = [message for message in self.waiting() if wanted(message)]
        gone = set(map(id, taken))
        self._waiting = [message for message in self._waiting if id(message) not in gone]
        return taken

    def dump(self) -> dict[str, Any]:
        return {"waiting": [asdict(message) for message in self._waiting], "said": self._said}

    @classmethod
    def load(cls, stored: dict[str, Any]) -> Self:
        messages = cls()
        messages._waiting = [Message(**one) for one in stored["waiting"]]
        messages._said = stored["said"]
        return messages
