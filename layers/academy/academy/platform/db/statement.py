"""SQL with named parameters, turned once into PostgreSQL's numbered ones."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

# A name after a single colon. Left alone: casts (::uuid), text in single quotes, comments.
_TOKEN = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|::|:([a-z_][a-z0-9_]*)", re.DOTALL)
_OPTIONAL = re.compile(r"\[\?(.*?)\?\]", re.DOTALL)


LONGEST_PAGE = 100


class Bound(NamedTuple):
    """A statement's text with `$1, $2, …` and the values for them."""

    text: str
    values: tuple[Any, ...]


class Statement:
    """One SQL statement. Parameters are written `:name`; their types are what PostgreSQL infers, so cast where it can't (`:ids::uuid[]`).

    What stands in `[? … ?]` is left out where one of its parameters is None: a filter that nobody asked for is no part of the statement. Written as
    `:role is null or u.role = :role` it would be a part of the plan, which the server may keep for all values of the parameters.
    """

    __slots__ = ("_known", "_optional", "_source", "_variants", "names", "text")

    def __init__(self, source: str, known: frozenset[str] | None = None) -> None:
        positions: dict[str, int] = {}

        def number(match: re.Match[str]) -> str:
            name = match.group(1)
            if name is None:
                return match.group(0)
            return f"${positions.setdefault(name, len(positions) + 1)}"

        self._source = source
        self._optional = [_names(part) for part in _OPTIONAL.findall(source)]
        self._variants: dict[tuple[bool, ...], Statement] = {}
        self.text = _TOKEN.sub(number, _OPTIONAL.sub(r"\1", source)).strip()
        self.names = tuple(positions)
        self._known = known or frozenset(positions)

    def asked_with(self, parameters: Mapping[str, Any]) -> "Statement":
        """This statement without the optional parts that these parameters leave out."""
        if not self._optional:
            return self
        kept = tuple([all(parameters[name] is not None for name in names) for names in self._optional])
        variant = self._variants.get(kept)
        if variant is None:
            parts = iter(kept)
            source = _OPTIONAL.sub(lambda match: match.group(1) if next(parts) else "", self._source)
            variant = self._variants[kept] = Statement(source, self._known)
        return variant

    def bind(self, **parameters: Any) -> Bound:
        """As it will be sent. Raises KeyError for a value that is missing, TypeError for one that the statement does not know."""
        asked = self.asked_with(parameters)
        return Bound(asked.text, asked.values(parameters))

    def values(self, parameters: Mapping[str, Any]) -> tuple[Any, ...]:
        """The values in the statement's order. Raises KeyError for one that is missing, TypeError for one that the statement does not know."""
        if len(parameters) != len(self._known):
            unknown = parameters.keys() - self._known
            if unknown:
                raise TypeError(f"the statement has no parameter {sorted(unknown)}")
        return tuple([parameters[name] for name in self.names])


def _names(part: str) -> list[str]:
    return [name for name in _TOKEN.findall(part) if name]


def nearest(select: str) -> str:
    """The rows of a page: an ordered `select` from `:offset` (None: its beginning), one more than `:limit`, to know of a next page.

    The limit inside is for the planner: where the number is a parameter it takes a tenth of a table to be wanted, and reads and sorts all of it.
    """
    return f"select * from ({select} limit {LONGEST_PAGE + 1} [? offset :offset::int ?]) as near limit :limit::int + 1"


def sql(source: str) -> Statement:
    """A statement as a module's constant: `FIND_COURSE = sql("select … where id = :id")`."""
    return Statement(source)
