"""One small change, and the files by which the parts of the harness tell each other of it."""

import json
from dataclasses import dataclass
from pathlib import Path

LIST, TODO, MAP, VERDICTS, REPORT = "mutants.json", "todo.json", "map.json", "verdicts.jsonl", "report.json"


@dataclass(frozen=True)
class Mutant:
    """`change` is the lines that it takes away and puts in; `line` is where, in the mutated module's original function, `within` in the function."""

    name: str
    change: str
    line: int
    within: int

    @property
    def function(self) -> str:
        """The function that it is one of, as the trampoline reports it."""
        return self.name.partition("__mutmut_")[0]

    @property
    def module(self) -> str:
        return self.name.rpartition(".")[0]

    @property
    def key(self) -> str:
        """What it is known by when the numbers of its neighbours have changed."""
        return f"{self.function}+{self.within}\n{self.change}"


def listed(folder: Path) -> list[Mutant]:
    return [Mutant(**each) for each in json.loads((folder / LIST).read_text())]


def verdicts_of(folder: Path) -> dict[str, str]:
    """{key: killed | timeout | survived | untested}, the latest of each."""
    path = folder / VERDICTS
    lines = path.read_text().splitlines() if path.exists() else []
    return {each["mutant"]: each["verdict"] for each in map(json.loads, lines)}
