"""A database that answers what a test tells it to: for what is done with its answers, not for the statements."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from academy.platform.db import Bound, Database
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

    def run_all(self, statements: Sequence[Bound], *, begin: bool, commit: bool) -> list[Any]:
        told = []
        for n, (text, values) in enumerate(statements):
            self.log.append(f"begin {text}" if begin and n == 0 else text)
            told.append(self._answer(text, values))
        self.in_transaction = (self.in_transaction or begin) and not commit
        if commit:
            self.log.append("commit")
        return told

    def _answer(self, text: str, values: tuple[Any, ...]) -> Any:
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
