"""A database that answers what a test tells it to: for what is done with its answers, not for the statements."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from academy.platform.db import Database
from academy.platform.db import work as unit_of_work

type Rows = Sequence[dict[str, Any]]
type Say = Callable[[str, tuple[Any, ...]], Rows | int]


class Script:
    """`say(text, values)` gives the rows of a statement, or how many it changed. `log` is what came to the server."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self.log: list[str] = []
        self.in_transaction = self.can_only_roll_back = False
        self.trips = 0

    def run(self, text: str, values: tuple[Any, ...], *, begin: bool) -> Any:
        self.log.append(f"begin {text}" if begin else text)
        self.in_transaction = self.in_transaction or begin
        said = self._say(text, values)
        if isinstance(said, int):
            return SimpleNamespace(columns=[], rows=[], row_count=said)
        columns = [{"name": name} for name in said[0]] if said else []
        return SimpleNamespace(columns=columns, rows=[list(row.values()) for row in said], row_count=len(said))

    def command(self, text: str) -> None:
        self.log.append(text)
        self.in_transaction = False

    def close(self) -> None:
        """Nothing to close."""


def database(patch: pytest.MonkeyPatch, say: Say) -> tuple[Database, Script]:
    script = Script(say)
    patch.setattr(unit_of_work, "connect", lambda _: script)
    return Database("postgresql://nowhere"), script
