"""What a cold start imports: CPU milliseconds in a fresh interpreter, and the modules that cost most."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
API_FUNCTIONS = ("identity", "catalog", "generation", "learning", "certificates", "admin", "system")
FORBIDDEN = ("anthropic", "openai", "reportlab", "uharfbuzz", "sqlalchemy", "alembic", "boto3", "botocore.client", "razorpay")
REPEATS = 3


@dataclass(frozen=True)
class ImportCost:
    """`milliseconds` of CPU, the least of several runs; `heaviest` by cumulative time; `forbidden` modules that were pulled in."""

    function: str
    milliseconds: float
    heaviest: list[str]
    forbidden: list[str]


def environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/academy'}"}


def measure(function: str) -> ImportCost:
    module = f"functions.{function}.app"
    code = (
        f"import sys, time; start = time.process_time(); import {module}; "
        f"import academy.platform.http.edge; spent = (time.process_time() - start) * 1000; "
        f"print(spent, *[name for name in {FORBIDDEN!r} if name in sys.modules])"
    )
    outputs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment()).stdout.split()
        for _ in range(REPEATS)
    ]
    trace = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", f"import {module}"], capture_output=True, text=True, check=True, env=environment()
    )
    found = re.findall(r"import time:\s+\d+ \|\s+(\d+) \| (\s*)(\S+)", trace.stderr)
    packages = {name: int(cumulative) / 1000 for cumulative, _, name in found if "." not in name and not name.startswith("_")}
    heaviest = sorted(packages.items(), key=lambda item: -item[1])[:6]
    return ImportCost(
        function,
        min(float(output[0]) for output in outputs),
        [f"{name} {ms:.0f}" for name, ms in heaviest if name != "functions"],
        outputs[0][1:],
    )
