"""SQL with named parameters, turned once into PostgreSQL's numbered ones."""

import re
from collections.abc import Mapping
from typing import Any

# A name after a single colon. Left alone: casts (::uuid), text in single quotes, comments.
_TOKEN = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|::|:([a-z_][a-z0-9_]*)", re.DOTALL)


class Statement:
    """One SQL statement. Parameters are written `:name`; their types are what PostgreSQL infers, so cast where it can't (`:ids::uuid[]`)."""

    __slots__ = ("names", "text")

    def __init__(self, source: str) -> None:
        positions: dict[str, int] = {}

        def number(match: re.Match[str]) -> str:
            name = match.group(1)
            if name is None:
                return match.group(0)
            return f"${positions.setdefault(name, len(positions) + 1)}"

        self.text = _TOKEN.sub(number, source).strip()
        self.names = tuple(positions)

    def values(self, parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        """The values in the statement's order. Raises KeyError for one that is missing, TypeError for one that the statement does not know."""
        if len(parameters) != len(self.names):
            unknown = parameters.keys() - set(self.names)
            if unknown:
                raise TypeError(f"the statement has no parameter {sorted(unknown)}")
        return tuple([parameters[name] for name in self.names])


def sql(source: str) -> Statement:
    """A statement as a module's constant: `FIND_COURSE = sql("select … where id = :id")`."""
    return Statement(source)
