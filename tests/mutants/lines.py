"""Which lines of the functions that are mutated ran: a test that does not reach a mutant's line can't notice it."""

import importlib
import sys
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType

TOOL = sys.monitoring.COVERAGE_ID


class Lines:
    """`reached` collects places, as `place` names them, until it is forgotten."""

    def __init__(self, modules: Iterable[str]) -> None:
        self.reached: set[str] = set()
        self._module: dict[CodeType, str] = {}
        self._known: dict[str, list[int]] = {}
        self._heads: dict[str, list[range]] = {}
        sys.monitoring.use_tool_id(TOOL, "mutants")
        sys.monitoring.register_callback(TOOL, sys.monitoring.events.LINE, self._ran)
        for name in modules:
            for code in _codes(name):
                self._module[code] = name
                lines = [line for _, _, line in code.co_lines() if line]
                self._known.setdefault(name, []).extend(lines)
                body = min((line for line in lines if line > code.co_firstlineno), default=code.co_firstlineno)
                if not code.co_name.startswith("<"):
                    self._heads.setdefault(name, []).append(range(code.co_firstlineno, body))
                sys.monitoring.set_local_events(TOOL, code, sys.monitoring.events.LINE)

    def _ran(self, code: CodeType, line: int) -> object:
        self.reached.add(f"{self._module[code]}:{line}")
        return sys.monitoring.DISABLE

    def forget(self) -> None:
        self.reached.clear()
        sys.monitoring.restart_events()

    def place(self, module: str, line: int) -> str:
        """The line, or the one before it that begins its statement: some lines of a long one have no code. A signature is reached with what follows."""
        head = next((head for head in self._heads.get(module, []) if line in head), None)
        return f"{module}:{head.stop if head else max((each for each in self._known[module] if each <= line), default=line)}"


def _codes(module: str) -> Iterator[CodeType]:
    """The originals among a mutated module's functions, and what is defined in them."""
    things = vars(importlib.import_module(module))
    owners = [things, *(vars(thing) for thing in things.values() if isinstance(thing, type) and thing.__module__ == module)]
    waiting = [
        thing.__code__
        for owner in owners
        for name, each in owner.items()
        if name.endswith("__mutmut_orig") and isinstance(thing := getattr(each, "__func__", each), FunctionType)
    ]
    while waiting:
        code = waiting.pop()
        yield code
        waiting += [each for each in code.co_consts if isinstance(each, CodeType)]
