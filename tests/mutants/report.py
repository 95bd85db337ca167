"""What came of it: the score by module, and each survivor that nobody has answered for."""

import io
import json
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.mutants.justified import reason
from tests.mutants.mutant import REPORT, Mutant, verdicts_of

ALIVE = {"survived", "untested"}
COLUMNS = ("mutants", "killed", "timeout", "justified", "open", "unjudged")


@dataclass
class Report:
    modules: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    open: list[dict[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, folder: Path, mutants: Iterable[Mutant]) -> "Report":
        report, verdicts = cls(), verdicts_of(folder)
        for mutant in mutants:
            verdict = verdicts.get(mutant.key, "unjudged")
            if verdict in ALIVE and reason(mutant.change):
                verdict = "justified"
            elif verdict in ALIVE:
                report.open.append({"name": mutant.name, "verdict": verdict, "change": mutant.change})
                verdict = "open"
            report.modules[mutant.module].update([verdict, "mutants"])
        return report

    def write(self, folder: Path) -> None:
        (folder / REPORT).write_text(json.dumps(self.__dict__, indent=1, ensure_ascii=False))

    @property
    def score(self) -> float:
        """Of those that a test could notice: how many one did. What never ends is as good as noticed."""
        total = sum(self.modules.values(), Counter[str]())
        noticed = total["killed"] + total["timeout"]
        return noticed / (noticed + total["open"]) if noticed else 0.0

    def text(self) -> str:
        survivors = [f"\n{each['verdict']}: {each['name']}\n{each['change']}" for each in self.open]
        total = sum(self.modules.values(), Counter[str]())
        rows: list[tuple[str, ...]] = [("module", *COLUMNS)]
        rows += [(name, *(str(counts[column]) for column in COLUMNS)) for name, counts in [*sorted(self.modules.items()), ("all", total)]]
        table = [f"{name:45}" + "".join(f"{cell:>11}" for cell in cells) for name, *cells in rows]
        return "\n".join([*survivors, "", *table, "", f"score {self.score:.1%}"])


def only_wording(change: str) -> bool:
    """Whether the change is one of a sentence's words: what people read is not what tests should repeat."""
    pairs = [[token for token in _tokens(line[1:]) if token] for line in change.splitlines()]
    if len(pairs) != 2 or len(pairs[0]) != len(pairs[1]):
        return False
    differing = [both for both in zip(*pairs, strict=True) if both[0] != both[1]]
    return len(differing) == 1 and all((word[:1] in "\"'" and " " in word) or word == "None" for word in differing[0])


def _tokens(line: str) -> list[str]:
    try:
        return [token.string for token in tokenize.generate_tokens(io.StringIO(line.strip()).readline)]
    except tokenize.TokenError:  # a line that opens a bracket is enough of a line here
        return line.split()
