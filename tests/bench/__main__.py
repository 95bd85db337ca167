"""`make bench`: what was demanded of the academy's speed, measured. `SCALE=small` for a quick look, subjects by name for a part of it.

Figures are compared within one run, never asserted against a clock. Tables on the terminal; results.json and index.html in .local/bench.
"""

import argparse
import os
import signal
import sys
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
    with_database = [subjects.WITH_DATABASE[name] for name in chosen if name in subjects.WITH_DATABASE]
    if with_database:
        with pytest.MonkeyPatch.context() as patch, Place.open(scale) as place:
            place.ensure_seed()
            with place.copy() as database, scene(place, database, patch) as prepared:
                for measure in with_database:
                    measure(prepared, report)
                    report.note_load()
    for name in chosen:
        if name in subjects.BY_ITSELF:
            subjects.BY_ITSELF[name](report)
            report.note_load()
    print(f"\n{report.summary()}\n")
    for file, text in (("results.json", report.as_json()), ("index.html", page.render(report))):
        (HOME / file).write_text(text)
        print((HOME / file).relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
