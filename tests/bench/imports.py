"""What a cold start imports: CPU milliseconds in a fresh interpreter, and the modules that cost most; and how large the packages are."""

import os
import re
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import CACHE

ROOT = Path(__file__).parents[2]
API_FUNCTIONS = ("identity", "catalog", "generation", "learning", "certificates", "admin", "system")
FORBIDDEN = ("anthropic", "openai", "reportlab", "uharfbuzz", "sqlalchemy", "alembic", "boto3", "botocore.client", "razorpay")
REPEATS = 7
IMPORT = 450
"""Milliseconds that importing a handler may take."""
LAYER = 120
"""Megabytes that a layer may have, unzipped."""


@dataclass(frozen=True, slots=True)
class ImportCost:
    """Milliseconds of several runs: median CPU, the least CPU (which a busy machine inflates least), median wall.

    `heaviest` by cumulative time; `forbidden` modules that were pulled in.
    """

    function: str
    cpu: float
    least: float
    wall: float
    heaviest: list[str]
    forbidden: list[str]


def environment() -> dict[str, str]:
    """As deployed: with bytecode, which the first run may write."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/academy'}"}


def measure(function: str) -> ImportCost:
    module = f"functions.{function}.app"
    code = (
        f"import time; cpu, wall = time.process_time(), time.perf_counter(); import {module}; import academy.platform.http.edge; "
        f"print((time.process_time() - cpu) * 1000, (time.perf_counter() - wall) * 1000)"
    )
    outputs = [[float(figure) for figure in _python("-c", code).stdout.split()] for _ in range(REPEATS)]
    found = re.findall(r"import time:\s+\d+ \|\s+(\d+) \| (\s*)(\S+)", _python("-X", "importtime", "-c", f"import {module}").stderr)
    packages = {name: int(cumulative) / 1000 for cumulative, _, name in found if "." not in name and not name.startswith("_")}
    heaviest = sorted(packages.items(), key=lambda item: -item[1])
    return ImportCost(
        function,
        statistics.median(cpu for cpu, _ in outputs),
        min(cpu for cpu, _ in outputs),
        statistics.median(wall for _, wall in outputs),
        [f"{name} {ms:.0f}" for name, ms in heaviest if name != "functions"][:5],
        vendors_of([function]),
    )


def vendors_of(functions: Sequence[str]) -> list[str]:
    """What importing these handlers pulls in that a request's path must not have."""
    modules = ", ".join(f"functions.{function}.app" for function in functions)
    return _python("-c", f"import sys, {modules}; print(*[name for name in {FORBIDDEN!r} if name in sys.modules])").stdout.split()


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True, env=environment())


def sizes() -> dict[str, float]:
    """Unzipped megabytes of what `sam build` made last, by the template's names; empty where nothing was built."""
    builds = sorted((CACHE / "builds").glob("*/template.yaml"), key=lambda path: path.stat().st_mtime)
    if not builds:
        return {}
    folders = sorted(folder for folder in builds[-1].parent.iterdir() if folder.is_dir())
    return {folder.name: sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6 for folder in folders}
