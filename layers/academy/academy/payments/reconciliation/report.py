"""One comparison under way: what it has to work with, and what it found."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from academy.payments.gateway import Gateway, GatewayUnavailable
from academy.platform.db import ConnectionLost, Database, DatabaseFailure, OutcomeUnknown
from academy.platform.observability import logger

MOST_SENTENCES = 200


class OutOfTime(Exception):
    """The next run goes on."""


@dataclass(slots=True)
class Report:
    """`drift` has a sentence for each thing that differs still. `incomplete`: something was not looked at."""

    checked: int = 0
    repaired: int = 0
    drift: list[str] = field(default_factory=list)
    incomplete: bool = False

    def differs(self, sentence: str) -> None:
        if len(self.drift) < MOST_SENTENCES:
            self.drift.append(sentence)
        elif len(self.drift) == MOST_SENTENCES:
            self.drift.append("There is more.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`deadline` is one of `time.monotonic()`."""

    db: Database
    gateway: Gateway
    deadline: float
    report: Report = field(default_factory=Report)

    def in_time(self) -> None:
        """Raises OutOfTime."""
        if time.monotonic() > self.deadline:
            raise OutOfTime

    def attempt(self, what: str, act: Callable[[], None]) -> None:
        """One thing after the other: what can't be put right is told, and keeps none of the others waiting.

        Raises OutOfTime, and what would be the same for the others: GatewayUnavailable, ConnectionLost, OutcomeUnknown.
        """
        self.in_time()
        self.report.checked += 1
        try:
            act()
        except (GatewayUnavailable, ConnectionLost, OutcomeUnknown):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, it is logged whole, and the report names what it was about
            logger().exception("reconciliation: this one could not be put right", extra={"what": what})
            why = (error.constraint or error.sqlstate) if isinstance(error, DatabaseFailure) else type(error).__name__
            self.report.differs(f"{what} could not be put right: {why}.")
