"""What a run found: goals with their figures, tables, charts. On the terminal at once; at the end as JSON and as one page of HTML."""

import json
import os
import platform
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Goal:
    """One line of what must be. `met` is None where nothing was demanded; `note` says why it was missed, or what the figure is of."""

    what: str
    must: str
    measured: str
    met: bool | None
    note: str = ""

    @property
    def verdict(self) -> str:
        return "" if self.met is None else "pass" if self.met else "MISS"


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    head: tuple[str, ...]
    rows: list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars, one group a label, one bar a series. `line` is where the goal is."""

    title: str
    unit: str
    series: tuple[str, ...]
    bars: list[tuple[str, tuple[float, ...]]]
    line: float | None = None


@dataclass
class Report:
    scale: str
    goals: list[Goal] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    loads: list[float] = field(default_factory=lambda: [os.getloadavg()[0]])

    def goal(self, what: str, must: str, measured: str, met: bool | None, note: str = "") -> None:
        self.goals.append(Goal(what, must, measured, met, note))
        print(f"  {self.goals[-1].verdict or '-':4}  {what}: {measured} (must be {must}){f'; {note}' if note else ''}", flush=True)

    def table(self, title: str, head: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
        self.tables.append(Table(title, tuple(head), [tuple(str(cell) for cell in row) for row in rows]))
        print(f"\n{as_text(self.tables[-1])}", flush=True)

    def chart(
        self, title: str, unit: str, series: tuple[str, ...], bars: list[tuple[str, tuple[float, ...]]], line: float | None = None
    ) -> None:
        self.charts.append(Chart(title, unit, series, bars, line))

    def note_load(self) -> None:
        self.loads.append(os.getloadavg()[0])

    @property
    def facts(self) -> dict[str, str]:
        """What the figures depend on."""
        seconds = (datetime.now(UTC) - self.started).total_seconds()
        return {
            "scale": self.scale,
            "started": self.started.isoformat(timespec="seconds"),
            "took": f"{seconds:.0f} s",
            "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
            "load": f"{min(self.loads):.1f} to {max(self.loads):.1f}",
            "commit": _commit(),
        }

    def as_json(self) -> str:
        whole = {
            "facts": self.facts,
            "goals": [{**asdict(goal), "verdict": goal.verdict} for goal in self.goals],
            "tables": [asdict(table) for table in self.tables],
            **self.data,
        }
        return json.dumps(whole, indent=2, default=str)

    def summary(self) -> str:
        rows: list[tuple[str, ...]] = [(goal.what, goal.must, goal.measured, goal.verdict, goal.note) for goal in self.goals]
        return as_text(Table("Goals", ("what", "must be", "measured", "", ""), rows))


def as_text(table: Table) -> str:
    widths = [max(len(row[column]) for row in (table.head, *table.rows)) for column in range(len(table.head))]
    lines = [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (table.head, *table.rows)
    ]
    return "\n".join((table.title, *lines))


def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or time.strftime("%Y-%m-%d")
