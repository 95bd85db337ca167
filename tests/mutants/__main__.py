"""`python -m tests.mutants AREA [--only WORD] [--again]`: the score, and each survivor with its change.

mutmut makes the mutants and wants its own layout (`src/`), so all happens in a copy in .local/mutants. One PostgreSQL serves all runs.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from infra.local.postgres import temporary_server
from tests.conftest import CACHE, ROOT, SERVER_PORT, migrated
from tests.mutants.areas import AREAS, SPARED_TESTS, Area
from tests.mutants.mutant import REPORT, TODO, VERDICTS, listed, verdicts_of
from tests.mutants.report import ALIVE, Report, only_wording

COPIED = ("tests", "functions", "infra", "events", "requirements.txt", "template.yaml")


def workspace(folder: Path, area: Area) -> None:
    """A copy of the sources in mutmut's layout, and in it the mutants: of the modules that changed, made anew."""
    known = {path: path.read_bytes() for path in (folder / "src").rglob("*.py")}
    for stale in (folder / "src", *(parent / each for each in COPIED for parent in (folder, folder / "mutants"))):
        shutil.rmtree(stale, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(ROOT / "layers" / "academy" / "academy", folder / "src" / "academy", ignore=ignored)
    for path in (folder / "src").rglob("*.py"):
        if known.get(path) != path.read_bytes():
            path.touch()  # mutmut goes by the time alone, and a source may be older than the mutants of what it was
    for each in COPIED:
        source = ROOT / each
        shutil.copytree(source, folder / each, ignore=ignored) if source.is_dir() else shutil.copy(source, folder / each)
    settings = {
        "source_paths": ["src/academy"],
        "only_mutate": [f"src/{pattern}" for pattern in area.modules],
        "do_not_mutate": [f"src/{pattern}" for pattern in area.spared],
        "also_copy": list(COPIED),
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    pytest = 'addopts = ["--import-mode=importlib", "-p", "no:cacheprovider", "-p", "no:xdist"]\npythonpath = [".", "src"]\n'
    markers = 'markers = ["e2e: ", "slow: "]\n'
    (folder / "pyproject.toml").write_text("\n".join(["[tool.mutmut]", *lines, "", "[tool.pytest.ini_options]", pytest + markers]))
    subprocess.run([sys.executable, "-m", "tests.mutants.making"], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def judge(folder: Path, area: Area, children: int) -> None:
    selection = [*area.tests, "-k", " and ".join(f"not {word}" for word in SPARED_TESTS)]
    with temporary_server(CACHE) as server:
        migrated(server)
        environment = {**os.environ, SERVER_PORT: str(server.port), "ACADEMY_CACHE": str(CACHE)}
        with (folder / "judge.log").open("w") as log:
            for temperature, tests in (("warm", selection), ("cold", [])):
                command = [sys.executable, "-m", "tests.mutants.judge", temperature, str(children), *tests]
                subprocess.run(command, cwd=folder / "mutants", env=environment, stdout=log, stderr=log, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make mutants")
    parser.add_argument("area", choices=AREAS)
    parser.add_argument("--only", default="", help="mutants with this word in their name")
    parser.add_argument("--again", action="store_true", help="only those that did not fail the last time, and what is new")
    parser.add_argument("--children", type=int, default=os.cpu_count(), help="mutants at a time")
    options = parser.parse_args()
    folder = ROOT / ".local" / "mutants" / options.area
    workspace(folder, AREAS[options.area])
    mutants = [mutant for mutant in listed(folder) if options.only in mutant.name and not only_wording(mutant.change)]
    if not options.again:
        (folder / VERDICTS).write_text("")
    settled = {key for key, verdict in verdicts_of(folder).items() if verdict not in ALIVE}
    (folder / TODO).write_text(json.dumps([mutant.key for mutant in mutants if mutant.key not in settled], ensure_ascii=False))
    try:
        judge(folder, AREAS[options.area], options.children)
    finally:  # also of a part, where somebody would not wait
        report = Report.of(folder, mutants)
        report.write(folder)
    print(report.text())
    print(f"All of it: {folder / REPORT}")


if __name__ == "__main__":
    main()
