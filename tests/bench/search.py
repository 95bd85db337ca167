"""Search as people type it, and what the database does for it: common words, two words, typing errors, beginnings, no hit; with and without a filter.

Where the server is on this machine, its process for this connection tells what CPU it took (planning, execution, and building the answer),
which a busy machine leaves alone; of another server the clock is taken, the trip included.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from academy.catalog.schemas import CourseQuery
from academy.catalog.search import Found as FoundCourses
from academy.catalog.search import find_courses
from academy.platform.db import Database
from tests.bench.measure import quantile

P95, P95_FACETS = 5.0, 12.0
"""Milliseconds in the database."""

SEARCHES = {
    "common word": ("python", "introduction", "learning", "data", "design", "marketing", "music", "guitar", "engineering", "statistics"),
    "two words": (
        "python data", "introduction music", "machine design", "web security", "guitar beginner",
        "cloud networks", "business english", "accounting finance", "data analytics", "physics practice",
    ),
    "typing error": ("pyhton", "statisitcs", "guitr", "marketting", "enginering", "phyiscs", "anatmoy", "algbera", "calclus", "desing"),
    "beginning": ("prog", "des", "mark", "stati", "eng", "alg", "p", "sec", "anim", "calc"),
    "no hit": ("xylqzwv", "qqqqqqqq", "zzzzz", "wubbalubba", "kwyjibo", "blorptang frobz", "hgfdsa", "asdfghjk", "vvvvvvvvvv", "ytrewq uiop"),
}  # fmt: skip
TYPED = {
    "pyhton": "python",
    "statisitcs": "statistics",
    "guitr": "guitar",
    "phyiscs": "physics",
    "anatmoy": "anatomy",
    "algbera": "algebra",
}
"""Typing errors and what has to be found for them."""
FILTERS: tuple[dict[str, str], ...] = ({}, {}, {"difficulty": "beginner"}, {"domain": "engineering"})
"""Every second search is without one."""


@dataclass(frozen=True, slots=True)
class Found:
    """Milliseconds in the database. `worst` is the median of the `slowest` search."""

    kind: str
    p50: float
    p95: float
    worst: float
    slowest: str


def measure(database: Database, *, facets: bool, samples: int = 20, seed: int = 1) -> list[Found]:
    """By kind of search, all of them together last. In an order drawn by lot, on one connection, as a warm function's."""
    asked = [(kind, text, filters) for kind, texts in SEARCHES.items() for text in texts for filters in FILTERS]
    order = asked * samples
    random.Random(seed).shuffle(order)
    clock = _clock(database)
    for each in asked:
        _search(database, each, facets=facets)
    taken: dict[str, list[tuple[float, str]]] = {kind: [] for kind in SEARCHES}
    for each in order:
        before = clock()
        _search(database, each, facets=facets)
        taken[each[0]].append((clock() - before, f"{each[1]} {' '.join(each[2].values())}".strip()))
    every = [sample for of_kind in taken.values() for sample in of_kind]
    return [_found(kind, of_kind) for kind, of_kind in (*taken.items(), ("all", every))]


def _found(kind: str, taken: list[tuple[float, str]]) -> Found:
    times = [milliseconds for milliseconds, _ in taken]
    by_text: dict[str, list[float]] = {}
    for milliseconds, text in taken:
        by_text.setdefault(text, []).append(milliseconds)
    worst, slowest = max((quantile(own, 0.5), text) for text, own in by_text.items())
    return Found(kind, quantile(times, 0.5), quantile(times, 0.95), worst, slowest)


def corrections(database: Database) -> dict[str, str | None]:
    """What each of TYPED is understood as."""
    return {typed: _search(database, ("", typed, {}), facets=False).corrected for typed in TYPED}


def _search(database: Database, asked: tuple[str, str, dict[str, str]], *, facets: bool) -> FoundCourses:
    _, text, filters = asked
    query = CourseQuery.model_validate({"search": text, "facets": facets, **filters})
    return database.read(lambda work: find_courses(work, query, caller=None))


def _clock(database: Database) -> Callable[[], float]:
    """Milliseconds: the CPU of the server's process for this connection where it can be seen (Linux, this machine), else the time."""
    process = Path(f"/proc/{database.connection().run('select pg_backend_pid()').rows[0][0]}")
    try:
        seen = "postgres" in (process / "comm").read_text() and bool((process / "schedstat").read_text())
    except OSError:
        seen = False
    if not seen:
        return lambda: time.perf_counter() * 1000
    return lambda: int((process / "schedstat").read_text().split()[0]) / 1e6
