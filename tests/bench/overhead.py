"""What the frame costs a warm request beside its SQL: total time of a handler less the time inside the connection."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from academy.platform.db import Database
from academy.platform.db.connection import OneTripConnection


@dataclass(frozen=True)
class Overhead:
    """Medians in milliseconds over `samples` calls; `trips` a call."""

    route: str
    total: float
    database: float
    trips: float
    samples: int

    @property
    def python(self) -> float:
        return self.total - self.database


class TimedConnection:
    """Counts the time spent inside the connection, which is the wait for PostgreSQL and the driver's own work."""

    def __init__(self, connection: OneTripConnection) -> None:
        self.spent = 0.0
        self._run, self._command = connection.run, connection.command
        connection.run = self._timed(self._run)  # type: ignore[method-assign]
        connection.command = self._timed(self._command)  # type: ignore[method-assign]

    def _timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **options: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*args, **options)
            finally:
                self.spent += time.perf_counter() - start

        return timed


def measure(name: str, db: Database, call: Callable[[], Any], *, samples: int = 300, warm: int = 30) -> Overhead:
    for _ in range(warm):
        call()
    timed = TimedConnection(db.connection())
    totals, inside, trips = [], [], db.trips
    for _ in range(samples):
        timed.spent = 0.0
        start = time.perf_counter()
        call()
        totals.append((time.perf_counter() - start) * 1000)
        inside.append(timed.spent * 1000)
    return Overhead(name, statistics.median(totals), statistics.median(inside), (db.trips - trips) / samples, samples)
