"""How the bench takes times: turn by turn, so that whatever else the machine does falls on both; medians; CPU beside the wall's clock."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

FEWEST, LONGEST = 25, 5.0
"""Samples that there are in any case, and seconds after which they are enough."""


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds a call; `cpu` is this thread's alone, so it tells Python's work whatever the machine's load."""

    median: float
    p95: float
    cpu: float
    samples: int


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
    return [
        Times(statistics.median(wall), quantile(wall, 0.95), statistics.median(cpu), len(wall))
        for wall, cpu in zip(walls, cpus, strict=True)
    ]


def quantile(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
