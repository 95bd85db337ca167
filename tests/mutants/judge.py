"""Each mutant before the tests that reach it: `python -m tests.mutants.judge warm|cold TESTS…` in mutmut's copy, mutants/.

Warm: one process imports everything and collects the tests; each mutant is tried in a fork of it, which costs as much as the tests that it takes
to notice. What already ran at import (declarations of routes, statements) was not the mutant's then: survivors among the functions that run at
import are tried again cold, in a fork of a process that knows the libraries alone.
"""

import contextlib
import gc
import importlib
import json
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state

from tests.mutants.forks import Forks
from tests.mutants.lines import Lines
from tests.mutants.mutant import MAP, TODO, VERDICTS, Mutant, listed, verdicts_of

FOLDER = Path("..")
OURS = {"academy", "tests", "functions", "infra", "conftest", "pg8000", "scramp", "__main__"}
"""Not to be known to a cold process; how pg8000 is imported is ours."""

ENOUGH, QUICK = 12, 3.0
"""Tests that a mutant has to survive: so many at the least, and more for as long as they take no longer than these seconds together. Those that
noticed its neighbours come first, then the quickest and most particular."""
LONGEST, BUSIEST = 90, 15
"""Seconds for one test, and of a processor's time: many times what the slowest takes on a busy machine."""

SURVIVED, KILLED, LAST = 0, 10, 255
"""A process ends by the number of the test that noticed, as far as such numbers go."""
VERDICT_OF = {SURVIVED: "survived", None: "untested", -signal.SIGALRM: "timeout", -signal.SIGVTALRM: "timeout"}


class Trial:
    """A pytest plugin that, instead of running the collected tests once, maps what they reach and then tries the mutants."""

    def __init__(self, judge: Callable[["Trial"], None]) -> None:
        self._judge = judge
        self.items: dict[str, pytest.Item] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.items = {item.nodeid: item for item in session.items}
        self._judge(self)
        return True

    def runs(self, names: Sequence[str]) -> Iterator[tuple[str, bool]]:
        """Each test in turn, and whether it passes. The session's own fixtures are left to the process's end."""
        for name, following in pairwise([*names, next(each for each in self.items if each != names[-1])]):
            yield name, self._passes(self.items[name], self.items[following])

    def _passes(self, item: pytest.Item, following: pytest.Item) -> bool:
        failed = [report for report in runtestprotocol(item, log=False, nextitem=following) if report.failed]
        for report in failed:
            sys.stderr.write(f"{item.nodeid}: {report.longreprtext}\n")
        return not failed


def mapped(trial: Trial, at_import: set[str]) -> dict[str, Any]:
    """What a run of all tests without a mutant reaches: {tests: {id: {seconds, reached}}, places: {mutant: its line}, at_import, libraries}."""

    def work() -> int:
        tests: dict[str, Any] = {}
        good = True
        mutants = listed(FOLDER)
        lines = Lines({mutant.module for mutant in mutants})
        begun = time.monotonic()
        for name, passed in trial.runs(list(trial.items)):
            tests[name] = {"seconds": time.monotonic() - begun, "reached": sorted(lines.reached)}
            lines.forget()
            good, begun = passed and good, time.monotonic()
        places = {mutant.name: lines.place(mutant.module, mutant.line) for mutant in mutants}
        found = {"tests": tests, "places": places, "at_import": sorted(at_import), "libraries": _libraries()}
        (FOLDER / MAP).write_text(json.dumps(found))
        return SURVIVED if good else KILLED

    alone = Forks(1)
    alone.start(work, must_pass, quiet=False)
    alone.finish()
    return dict(json.loads((FOLDER / MAP).read_text()))


def must_pass(code: int) -> None:
    if code != SURVIVED:
        sys.exit("The tests fail without any mutant.")


def _libraries() -> list[str]:
    return [name for name, module in sys.modules.items() if name.partition(".")[0] not in OURS and getattr(module, "__spec__", None)]


def chosen(known: dict[str, Any], mutant: Mutant, noticed: Counter[str], *, neighbours: bool = False) -> list[str]:
    """The tests to try a mutant by, the most promising first; `neighbours`: also those that reach its module alone."""
    tests, place = known["tests"], known["places"][mutant.name]

    def promise(name: str) -> tuple[Any, ...]:
        return place not in tests[name]["reached"], -noticed[name], tests[name]["seconds"] * (20 + len(tests[name]["reached"]))

    def reaches(name: str) -> bool:
        reached = tests[name]["reached"]
        return place in reached or (neighbours and any(each.startswith(f"{mutant.module}:") for each in reached))

    reaching = sorted(filter(reaches, tests), key=promise)
    seconds = accumulate(tests[name]["seconds"] for name in reaching)
    return [name for number, (name, after) in enumerate(zip(reaching, seconds, strict=True)) if number < ENOUGH or after < QUICK]


def note(mutant: Mutant, code: int | None, begun: float) -> None:
    verdict = VERDICT_OF.get(code, "killed")
    line = {"mutant": mutant.key, "verdict": verdict, "seconds": round(time.monotonic() - begun, 2)}
    with (FOLDER / VERDICTS).open("a") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _todo() -> Iterator[Mutant]:
    wanted = set(json.loads((FOLDER / TODO).read_text()))
    return (mutant for mutant in listed(FOLDER) if mutant.key in wanted)


def warm(children: int, selection: list[str]) -> None:
    set_mutant_under_test("stats")

    def judge(trial: Trial) -> None:
        api = importlib.import_module("tests.api")
        api.Client(issuer=None)  # declares all routes and reads their contract, once for all forks
        at_import = set(state()._stats)
        known = mapped(trial, at_import)
        noticed: dict[str, Counter[str]] = defaultdict(Counter)
        forks = Forks(children)

        def cost(mutant: Mutant) -> float:
            return float(sum(known["tests"][name]["seconds"] for name in chosen(known, mutant, Counter())))

        gc.freeze()  # a collection in a fork would copy all of the parent's memory
        for mutant in sorted(_todo(), key=cost):
            names = chosen(known, mutant, noticed[mutant.function])
            if not names:
                note(mutant, SURVIVED if mutant.function in at_import else None, time.monotonic())
                continue

            def done(code: int, mutant: Mutant = mutant, names: list[str] = names, begun: float = time.monotonic()) -> None:
                if KILLED <= code < LAST:
                    noticed[mutant.function][names[code - KILLED]] += 1
                note(mutant, code, begun)

            forks.start(partial(_tried, trial, mutant, names), done)
        forks.finish()

    sys.exit(pytest.main(["-q", "-s", "-p", "no:timeout", *selection], plugins=[Trial(judge)]))


def _tried(trial: Trial, mutant: Mutant, names: list[str]) -> int:
    set_mutant_under_test(mutant.name)
    _begin()
    for number, (_, passed) in enumerate(trial.runs(names)):
        if not passed:
            return min(KILLED + number, LAST)
        _begin()
    return SURVIVED


def _begin(times: int = 1) -> None:
    """What takes too long is ended by a signal, which ends the process."""
    signal.setitimer(signal.ITIMER_REAL, LONGEST * times)
    signal.setitimer(signal.ITIMER_VIRTUAL, BUSIEST * times)


def cold(children: int) -> None:
    known = json.loads((FOLDER / MAP).read_text())
    for name in known["libraries"]:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    verdicts, at_import = verdicts_of(FOLDER), set(known["at_import"])
    forks, checked = Forks(children), set[str]()

    def tried(mutant: Mutant | None, names: list[str]) -> int:
        set_mutant_under_test(mutant.name if mutant else "")
        _begin(2)
        return int(pytest.main(["-x", "-q", "-p", "no:timeout", *names]))

    for mutant in _todo():
        if verdicts.get(mutant.key) != "survived" or mutant.function not in at_import:
            continue
        names = chosen(known, mutant, Counter(), neighbours=True)
        if not names:
            note(mutant, None, time.monotonic())
            continue
        if mutant.module not in checked:  # its tests have to pass this way too
            checked.add(mutant.module)
            forks.start(partial(tried, None, names), must_pass)
        forks.start(partial(tried, mutant, names), partial(note, mutant, begun=time.monotonic()))
    forks.finish()


if __name__ == "__main__":
    if sys.argv[1] == "warm":
        warm(int(sys.argv[2]), sys.argv[3:])
    else:
        cold(int(sys.argv[2]))
