"""How the bench takes times: turn by turn, so that whatever else the machine does falls on both; medians; CPU beside the wall's clock."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

FEWEST, LONGEST = 25, 5.0
"""Samples that there are in any case, and seconds after which they are enough."""


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds a call; `cpu` is this thread's alone, so it tells Python's work whatever the machine's load."""

    walls: Sequence[float]
    cpus: Sequence[float]

    @property
    def samples(self) -> int:
        return len(self.walls)

    @property
    def median(self) -> float:
        return statistics.median(self.walls)

    @property
    def p95(self) -> float:
        return quantile(self.walls, 0.95)

    @property
    def cpu(self) -> float:
        return statistics.median(self.cpus)

    def over(self, other: Self) -> float:
        """How many times as long as the other, turn by turn."""
        return statistics.median(mine / theirs for mine, theirs in zip(self.walls, other.walls, strict=True))

    def beyond(self, other: Self) -> float:
        """How much longer than the other, turn by turn: two calls side by side meet the same neighbours."""
        return statistics.median(mine - theirs for mine, theirs in zip(self.walls, other.walls, strict=True))


def side_by_side(*calls: Callable[[], Any], samples: int, warm: int = 10, before: Callable[[], Any] = lambda: None) -> list[Times]:
    """Each in its turn, `samples` times (fewer of what is slow); `before` each call, and not timed, the world is put back."""
    started = time.perf_counter()
    walls: list[list[float]] = [[] for _ in calls]
    cpus: list[list[float]] = [[] for _ in calls]
    for call in calls:
        for _ in range(warm):
            before()
            call()
    for taken in range(samples):
        if taken >= FEWEST and time.perf_counter() - started > LONGEST:
            break
        for index, call in enumerate(calls):
            before()
            wall, cpu = time.perf_counter(), time.thread_time()
            call()
            cpus[index].append((time.thread_time() - cpu) * 1000)
            walls[index].append((time.perf_counter() - wall) * 1000)
    return [Times(wall, cpu) for wall, cpu in zip(walls, cpus, strict=True)]


def quantile(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
