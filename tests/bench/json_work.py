"""What happens to a page of a hundred rows on its way out: who parses, prints or validates it in Python, and how often."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter

from tests.bench.stage import Call

ROWS = 100
LARGE = 2_000
"""Characters from which on a text is no longer a cursor, a log line or the pagination beside the rows."""

_VALIDATORS = (
    *((BaseModel, name) for name in ("model_validate", "model_validate_json", "model_validate_strings", "__init__")),
    *((TypeAdapter, name) for name in ("validate_python", "validate_json", "validate_strings")),
)
_PRINTERS = ((BaseModel, "model_dump"), (BaseModel, "model_dump_json"), (TypeAdapter, "dump_json"), (TypeAdapter, "dump_python"))


@dataclass
class Work:
    """Characters of each JSON text that Python parsed or printed, and the classes that pydantic validated or printed."""

    parsed: list[int] = field(default_factory=list)
    printed: list[int] = field(default_factory=list)
    validated: list[str] = field(default_factory=list)
    dumped: list[str] = field(default_factory=list)

    @property
    def large(self) -> int:
        """How often Python parsed or printed a text as large as the rows."""
        return sum(size >= LARGE for size in (*self.parsed, *self.printed))


def of(call: Call) -> tuple[Work, dict[str, Any]]:
    """The work of one call, and its answer."""
    work = Work()
    with pytest.MonkeyPatch.context() as patch, _counting(work, patch):
        answer = call()
    return work, answer


@contextmanager
def _counting(work: Work, patch: pytest.MonkeyPatch) -> Iterator[None]:
    loads, dumps = json.loads, json.dumps
    encode, decode = json.JSONEncoder.encode, json.JSONDecoder.decode
    busy: list[bool] = []  # dumps and loads end in encode and decode: each text counts once

    def once(original: Callable[..., Any], sizes: list[int], size: Callable[[Any, Any], int]) -> Callable[..., Any]:
        def counted(*arguments: Any, **options: Any) -> Any:
            if busy:
                return original(*arguments, **options)
            busy.append(True)
            try:
                result = original(*arguments, **options)
            finally:
                busy.pop()
            sizes.append(size(arguments, result))
            return result

        return counted

    patch.setattr(json, "loads", once(loads, work.parsed, lambda arguments, _: len(arguments[0])))
    patch.setattr(json, "dumps", once(dumps, work.printed, lambda _, result: len(result)))
    patch.setattr(json.JSONDecoder, "decode", once(decode, work.parsed, lambda arguments, _: len(arguments[1])))
    patch.setattr(json.JSONEncoder, "encode", once(encode, work.printed, lambda _, result: len(result)))
    for methods, seen in ((_VALIDATORS, work.validated), (_PRINTERS, work.dumped)):
        for owner, name in methods:
            _note(patch, owner, name, seen)
    yield


def _note(patch: pytest.MonkeyPatch, owner: Any, name: str, seen: list[str]) -> None:
    original = owner.__dict__[name]
    function = original.__func__ if isinstance(original, classmethod) else original

    def noting(self: Any, *arguments: Any, **options: Any) -> Any:
        seen.append(self.__name__ if isinstance(self, type) else type(self).__name__)
        return function(self, *arguments, **options)

    patch.setattr(owner, name, classmethod(noting) if isinstance(original, classmethod) else noting)
