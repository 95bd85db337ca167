"""`make bench`: what was demanded of the academy's speed, measured. `SCALE=small` for a quick look, subjects by name for a part of it.

Figures are compared within one run, never asserted against a clock. Tables on the terminal; results.json and index.html in .local/bench.
"""

import argparse
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bench import page, subjects
from tests.bench.place import HOME, SCALES, Place
from tests.bench.report import Report
from tests.bench.scene import scene
from tests.conftest import TEST_ENVIRONMENT

ROOT = Path(__file__).parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the academy.")
    parser.add_argument(
        "subjects", nargs="*", choices=[[], *subjects.WITH_DATABASE, *subjects.BY_ITSELF], help="all, unless some are named"
    )
    asked = parser.parse_args()
    chosen = asked.subjects or [*subjects.WITH_DATABASE, *subjects.BY_ITSELF]
    scale = os.environ.get("SCALE") or "large"
    if scale not in SCALES:
        parser.error(f"SCALE is one of {', '.join(SCALES)}, not {scale!r}")
    HOME.mkdir(parents=True, exist_ok=True)
    os.environ.update(TEST_ENVIRONMENT)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)  # whatever was started is stopped in order, in the background too
    report = Report(scale)
    with_database = [(name, subjects.WITH_DATABASE[name]) for name in chosen if name in subjects.WITH_DATABASE]
    if with_database:
        with pytest.MonkeyPatch.context() as patch, Place.open(scale) as place:
            place.ensure_seed()
            with place.copy() as database, scene(place, database, patch) as prepared:
                for name, measure in with_database:
                    _take(name, lambda measure=measure: measure(prepared, report), report)  # type: ignore[misc]
    for name in chosen:
        if name in subjects.BY_ITSELF:
            _take(name, lambda name=name: subjects.BY_ITSELF[name](report), report)  # type: ignore[misc]
    print(f"\n{report.summary()}\n")
    for file, text in (("results.json", report.as_json()), ("index.html", page.render(report))):
        (HOME / file).write_text(text)
        print((HOME / file).relative_to(ROOT))
    return 1 if "failed" in report.data else 0


def _take(name: str, measure: Callable[[], None], report: Report) -> None:
    """Minutes of measuring are not lost over a subject that fails: it is told as a goal that was missed, and by the exit code."""
    try:
        measure()
    except Exception as error:  # noqa: BLE001 - whatever it was, it is told below and in the end
        traceback.print_exc()
        report.data.setdefault("failed", []).append(name)
        report.goal(name, "measured", "not measured", met=False, note=f"{type(error).__name__}: {error}"[:200])
    report.note_load()


if __name__ == "__main__":
    sys.exit(main())
