"""`python -m tests.mutants AREA [--children N]`: the score, and each survivor with its change.

mutmut wants its own layout (`src/`), so it works on a copy in .local/mutants. One PostgreSQL serves all its runs.
"""

import argparse
import io
import json
import os
import shutil
import subprocess
import sys
import tokenize
from collections import Counter
from pathlib import Path

from infra.local.postgres import temporary_server
from tests.conftest import CACHE, ROOT, SERVER_PORT, migrated
from tests.mutants.areas import AREAS, SPARED_TESTS, Area
from tests.mutants.justified import JUSTIFIED

COPIED = ("tests", "functions", "infra", "events", "requirements.txt", "template.yaml")
STATUS = {0: "survived", 1: "killed", 3: "killed", 5: "untested", 33: "untested", 24: "timeout", 36: "timeout", -24: "timeout"}
"""mutmut's exit codes: pytest's own, and 36 for one that ran too long (an endless loop is as good as killed)."""


def workspace(name: str, area: Area) -> Path:
    """A fresh copy of the sources in mutmut's layout; verdicts of an earlier run are kept by mutmut beside it."""
    folder = ROOT / ".local" / "mutants" / name
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(ROOT / "layers" / "academy" / "academy", folder / "src" / "academy", ignore=ignored)
    for each in COPIED:
        source = ROOT / each
        shutil.copytree(source, folder / each, ignore=ignored) if source.is_dir() else shutil.copy(source, folder / each)
    settings = {
        "source_paths": ["src/academy"],
        "only_mutate": [f"src/{pattern}" for pattern in area.modules],
        "do_not_mutate": [f"src/{pattern}" for pattern in area.spared],
        "also_copy": list(COPIED),
        # Where what runs at import (declarations of routes) is mutated too, each mutant has a process that has imported nothing of ours.
        "process_isolation": "forkserver",
        "forkserver_warmup": "collect" if area.imported else "none",
        "pytest_add_cli_args_test_selection": [*area.tests, "-k", " and ".join(f"not {word}" for word in SPARED_TESTS)],
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    pytest = 'addopts = ["--import-mode=importlib", "-p", "no:cacheprovider", "-p", "no:xdist"]\npythonpath = [".", "src"]\ntimeout = 120\n'
    markers = 'markers = ["e2e: ", "slow: "]\n'
    (folder / "pyproject.toml").write_text("\n".join(["[tool.mutmut]", *lines, "", "[tool.pytest.ini_options]", pytest + markers]))
    return folder


def verdicts(folder: Path) -> dict[str, str]:
    """{mutant: killed | survived | untested | timeout} of all that were run."""
    found = {}
    for path in (folder / "mutants").rglob("*.meta"):
        for name, code in json.loads(path.read_text())["exit_code_by_key"].items():
            if code is not None:
                found[name] = STATUS.get(code, f"exit {code}")
    return found


def change(folder: Path, mutant: str) -> str:
    """The lines that the mutant takes away and puts in."""
    shown = subprocess.run([_mutmut(), "show", mutant], cwd=folder, capture_output=True, text=True, check=True).stdout
    return "\n".join(line for line in shown.splitlines() if line[:1] in "+-" and line[:3] not in {"+++", "---"})


def only_wording(text: str) -> bool:
    """Whether the change is one of a sentence's words: what people read is not what tests should repeat."""
    pairs = [[token for token in _tokens(line[1:]) if token] for line in text.splitlines()]
    if len(pairs) != 2 or len(pairs[0]) != len(pairs[1]):
        return False
    differing = [both for both in zip(*pairs, strict=True) if both[0] != both[1]]
    return len(differing) == 1 and all(word[:1] in "\"'" and " " in word for word in differing[0])


def _tokens(line: str) -> list[str]:
    try:
        return [token.string for token in tokenize.generate_tokens(io.StringIO(line.strip()).readline)]
    except tokenize.TokenError:  # a line that opens a bracket is enough of a line here
        return line.split()


def _mutmut() -> str:
    return str(Path(sys.executable).with_name("mutmut"))


def main() -> int:
    parser = argparse.ArgumentParser(prog="make mutants")
    parser.add_argument("area", choices=AREAS)
    parser.add_argument("--children", type=int, default=os.cpu_count())
    options = parser.parse_args()
    folder = workspace(options.area, AREAS[options.area])
    with temporary_server(CACHE) as server:
        migrated(server)
        environment = {**os.environ, SERVER_PORT: str(server.port), "ACADEMY_CACHE": str(CACHE)}
        with (folder / "mutmut.log").open("w") as log:
            command = [_mutmut(), "run", "--max-children", str(options.children)]
            done = subprocess.run(command, cwd=folder, env=environment, stdout=log, stderr=log, check=False)
    found = verdicts(folder)
    counts = Counter(found.values())
    survivors = {name: change(folder, name) for name, verdict in sorted(found.items()) if verdict in {"survived", "untested"}}
    open_ones = {name: text for name, text in survivors.items() if text not in JUSTIFIED and not only_wording(text)}
    for name, text in open_ones.items():
        print(f"\n{found[name]}: {name}\n{text}")
    judged = sum(counts.values()) - (len(survivors) - len(open_ones))
    score = (judged - len(open_ones)) / judged if judged else 0.0
    report = {
        "area": options.area,
        "counts": counts,
        "justified": len(survivors) - len(open_ones),
        "score": round(score, 4),
        "open": open_ones,
    }
    (folder / "report.json").write_text(json.dumps(report, indent=1))
    print(f"\n{options.area}: {dict(counts)}, justified {report['justified']}; score {score:.1%}. All of it: {folder / 'report.json'}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
