"""`make bench`: import times, what the frame costs a warm request, round trips of every route, package sizes.

Prints tables and writes .local/bench/results.json. Figures are compared within one run, never asserted against a clock.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from academy.platform import config as configuration
from academy.platform.auth import tokens
from academy.platform.db import work as unit_of_work
from academy.platform.http import Endpoint
from infra.local.postgres import temporary_server
from tests import conftest
from tests.api import Client, load_endpoints
from tests.authorization.requests import SAMPLES
from tests.authorization.rule import expected
from tests.authorization.stage import ask
from tests.authorization.world import World, build
from tests.bench import generation, imports, overhead
from tests.cloud import mocked_cloud
from tests.conftest import CACHE, TEST_ENVIRONMENT, Databases
from tests.factories import Factory
from tests.issuer import running_issuer

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / ".local" / "bench" / "results.json"
INIT_BUDGET = 450
"""Milliseconds of CPU that importing a handler may take."""


def table(title: str, head: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    body = [[str(cell) for cell in row] for row in rows]
    columns = list(zip(list(head), *body, strict=True)) if body else []
    widths = [max(len(cell) for cell in column) for column in columns]
    print(f"\n{title}")
    for line in (list(head), *body):
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))


def bench_imports() -> list[dict[str, Any]]:
    costs = [imports.measure(function) for function in imports.API_FUNCTIONS]
    table(
        f"INIT: CPU to import a handler (goal {INIT_BUDGET} ms), and what costs most (ms, cumulative)",
        ("function", "ms", "heaviest", "forbidden"),
        ((cost.function, f"{cost.milliseconds:.0f}", ", ".join(cost.heaviest), ", ".join(cost.forbidden) or "-") for cost in costs),
    )
    return [asdict(cost) for cost in costs]


def bench_requests(databases: Databases, issuer: Any, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    name = databases.copy()
    make = Factory(databases.owner_url(name))
    world = build(make)
    make.close()
    patch.setenv("DATABASE_URL", databases.app_url(name))
    patch.setenv("USER_POOL_ISSUER", issuer.url)
    for cached in (configuration.config, tokens.verifier, unit_of_work.database):
        cached.cache_clear()
    client = Client(issuer)
    client.checked = False
    db = unit_of_work.database()
    warm = [
        overhead.measure(f"{endpoint.method} {endpoint.path}", db, _caller(client, endpoint, world))
        for endpoint in load_endpoints()
        if endpoint.method == "GET" and endpoint.access.limit and endpoint.media_type == "application/json" and endpoint.status == 200
    ]
    table(
        "Warm reads: medians in ms; `python` is all but the connection (goal < 1 ms)",
        ("route", "total", "database", "python", "trips"),
        ((w.route, f"{w.total:.2f}", f"{w.database:.2f}", f"{w.python:.2f}", f"{w.trips:.1f}") for w in warm),
    )
    unit_of_work.database().discard()
    return {"reads": [{**asdict(w), "python": w.python} for w in warm]}


def _caller(client: Client, endpoint: Endpoint, world: World) -> Callable[[], Any]:
    """The route's call by somebody who may, with one token as a frontend keeps it."""
    sample = SAMPLES[endpoint.operation_id]
    caller = next(c for c in ("enrolled", "owner", "admin", "anonymous") if not expected(endpoint, c, sample))
    token = None if caller == "anonymous" else client.token(world.users[caller])
    return lambda: ask(client, endpoint, sample, world, caller, token=token)


def bench_generation() -> list[dict[str, Any]]:
    figures = generation.measure_all()
    table(
        "Lessons written side by side, vendors answering in a second (s); beyond six in two waves",
        ("lessons", "wall", "one after the other", "slowest chain"),
        ((f.lessons, f"{f.wall:.1f}", f"{f.summed:.1f}", f"{f.chain:.1f}") for f in figures),
    )
    return [asdict(figure) for figure in figures]


def bench_sizes() -> dict[str, float]:
    """Unzipped megabytes of what `sam build` made, where it has been run."""
    builds = sorted((CACHE / "builds").glob("*/template.yaml"), key=lambda path: path.stat().st_mtime)
    built = builds[-1].parent if builds else None
    if built is None:
        print("\nPackage sizes: nothing built yet (make run builds)")
        return {}
    sizes = {
        folder.name: sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
        for folder in sorted(built.iterdir())
        if folder.is_dir()
    }
    table("Packages, unzipped (MB)", ("package", "MB"), ((name, f"{size:.1f}") for name, size in sizes.items()))
    return sizes


def main() -> int:
    os.environ.update(TEST_ENVIRONMENT)
    results: dict[str, Any] = {"imports": bench_imports()}
    with temporary_server(CACHE) as server, running_issuer() as issuer, pytest.MonkeyPatch.context() as patch, mocked_cloud(patch, issuer):
        databases = conftest.migrated(server)
        results |= bench_requests(databases, issuer, patch)
    results["generation"] = bench_generation()
    results["sizes"] = bench_sizes()
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2))
    print(f"\n{RESULTS.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
