"""What a list route asks of the database, and what PostgreSQL reads to answer it."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from academy.platform.db import Bound, connect
from academy.platform.db.connection import OneTripConnection, arguments
from academy.platform.db.driver import make_params
from academy.platform.http.admission import _ADMIT

Mode = Literal["force_custom_plan", "force_generic_plan"]
"""Planned for the parameters, or once for all of them, as the server may do with a prepared statement that it has seen five times."""

_SCANS = {"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Sample Scan", "Tid Scan", "Tid Range Scan"}
_READ = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")


class RecordingConnection(OneTripConnection):
    """Remembers what it ran, but for admission: that is the same for every route."""

    def __init__(self, url: str) -> None:
        self.asked: list[tuple[str, tuple[Any, ...]]] = []
        super().__init__(**arguments(url, timeout=60.0))

    def run_all(self, statements: Sequence[Bound], *, begin: bool, commit: bool) -> Any:
        self.asked += [statement for statement in statements if statement.text != _ADMIT.text]
        return super().run_all(statements, begin=begin, commit=commit)


@dataclass(slots=True)
class Cost:
    """Rows of large tables that were read, whether or not they were of use: for the page, and for the count of all pages."""

    page: float = 0
    count: float = 0
    buffers: int = 0
    milliseconds: float = 0
    end_to_end: set[str] = field(default_factory=set)
    """Large tables that were read sequentially, counting aside."""

    def __iadd__(self, other: "Cost") -> "Cost":
        self.page += other.page
        self.count += other.count
        self.buffers += other.buffers
        self.milliseconds += other.milliseconds
        self.end_to_end |= other.end_to_end
        return self


class Explainer:
    def __init__(self, url: str) -> None:
        self._connection = connect(url)
        rows = self._connection.run("select relname from pg_class where relkind = 'r' and reltuples > 2000").rows
        self.large = {row[0] for row in rows}

    def close(self) -> None:
        self._connection.close()

    def cost(self, asked: Sequence[tuple[str, tuple[Any, ...]]], mode: Mode) -> Cost:
        total = Cost()
        for text, values in asked:
            total += self._cost(text, values, mode)
        return total

    def _cost(self, text: str, values: tuple[Any, ...], mode: Mode) -> Cost:
        with self._prepared(text, values, mode) as execute:
            plan = self._connection.run(f"explain (analyze, buffers, format json) {execute}").rows[0][0]
        whole = (json.loads(plan) if isinstance(plan, str) else plan)[0]
        root = whole["Plan"]
        buffers = root["Shared Hit Blocks"] + root["Shared Read Blocks"]
        cost = Cost(buffers=buffers, milliseconds=whole["Planning Time"] + whole["Execution Time"])
        self._walk(root, cost, counting=False)
        return cost

    @contextmanager
    def _prepared(self, text: str, values: tuple[Any, ...], mode: Mode) -> Iterator[str]:
        given = make_params(self._connection.py_types, values)
        literals = ["null" if value is None else "'" + str(value).replace("'", "''") + "'" for value in given]
        self._connection.command(f"prepare explained as {text}")
        self._connection.command("begin")
        try:
            self._connection.command(f"set local plan_cache_mode = {mode}")
            yield f"execute explained({', '.join(literals)})" if literals else "execute explained"
        finally:
            self._connection.command("rollback")
            self._connection.command("deallocate explained")

    def _walk(self, node: dict[str, Any], cost: Cost, *, counting: bool) -> None:
        counting = counting or (node["Node Type"] == "Aggregate" and node.get("Subplan Name", "").startswith("InitPlan"))
        if node["Node Type"] in _SCANS and node["Actual Loops"]:
            rows = sum(node.get(part, 0) for part in _READ) * node["Actual Loops"] if node["Relation Name"] in self.large else 0
            if counting:
                cost.count += rows
            else:
                cost.page += rows
                if node["Node Type"] == "Seq Scan" and node["Relation Name"] in self.large:
                    cost.end_to_end.add(node["Relation Name"])
        for child in node.get("Plans", []):
            self._walk(child, cost, counting=counting)
