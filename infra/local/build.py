"""sam build, once for each state of template and requirements; sources that changed since are laid over what it built.

An artifact is SAM's: the pinned wheels, then our sources. Installing wheels takes most of a minute and copying
sources a blink, and it is sources that change from start to start.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.processes import run_tool
from infra.local.settings import REPOSITORY, Settings
from infra.local.tools import ensure_tool

LAYERS = {"DepsLayer": "deps", "AcademyLayer": "academy"}


def function_folder(logical_id: str) -> Path:
    """GenerationTasksFunction → functions/generation_tasks"""
    words = re.findall("[A-Z][a-z0-9]*", logical_id.removesuffix("Function"))
    return REPOSITORY / "functions" / "_".join(words).lower()


def source_hash() -> str:
    """One hash over all that a deployment is made from."""
    roots = ("template.yaml", "requirements.txt", "functions", "layers", "infra/openapi/gateway.json", "infra/statemachines")
    return _digest([*(REPOSITORY / name for name in roots), *REPOSITORY.glob("infra/*.yaml")])


def sam_environment(settings: Settings) -> dict[str, str]:
    """SAM looks for the runtime's interpreter, with pip, on the PATH."""
    python = ensure_tool(settings, "build", seed=True)
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PYTHON"))},
        **settings.aws_environment(),
        "PATH": f"{python}{os.pathsep}{os.environ.get('PATH', '')}",
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_BETA_FEATURES": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_WARN_SCRIPT_LOCATION": "1",
    }


@contextmanager
def built(settings: Settings) -> Iterator[Path]:
    """The built template, with its artifacts beside it; nobody else changes them meanwhile."""
    settings.cache.mkdir(parents=True, exist_ok=True)
    with (settings.cache / ".build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wheels = [*REPOSITORY.glob("requirements.txt"), *REPOSITORY.glob("functions/*/requirements.txt")]
        templates = [REPOSITORY / "template.yaml", *REPOSITORY.glob("infra/*.yaml")]
        shape = _digest([*templates, *wheels, *REPOSITORY.glob("layers/*/requirements.txt")])
        target = settings.cache / "builds" / shape
        if not (target / "template.yaml").exists():
            _sam_build(settings, target)
        _lay_over(target)
        yield target / "template.yaml"


def _sam_build(settings: Settings, target: Path) -> None:
    sam = ensure_tool(settings, "sam") / "sam"
    making = settings.cache / "builds" / "making"
    run_tool(
        [
            sam, "build", "--parallel", "--cached", "--template", REPOSITORY / "template.yaml",
            "--build-dir", making, "--cache-dir", settings.cache / "sam",
        ],
        cwd=REPOSITORY, env=sam_environment(settings), log=settings.logs / "sam-build.log",
        failure="sam build failed",
    )  # fmt: skip
    (making / "sources.json").write_text(json.dumps(_sources(making)))
    for old in sorted(target.parent.iterdir(), key=lambda path: path.stat().st_mtime)[:-3]:
        shutil.rmtree(old, ignore_errors=True) if old.is_dir() else old.unlink()
    making.rename(target)


def _lay_over(target: Path) -> None:
    """Brings the artifacts' sources up to date, and takes away those that are gone."""
    index = target / "sources.json"
    before: list[str] = json.loads(index.read_text())
    now = _sources(target)
    for name in set(before) - now.keys():
        (target / name).unlink(missing_ok=True)
    for name, source in now.items():
        copy = target / name
        if not copy.exists() or copy.read_bytes() != Path(source).read_bytes():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy)
    index.write_text(json.dumps(now))


def _sources(target: Path) -> dict[str, str]:
    """Where in the artifacts each source file goes: {"LearningFunction/app.py": ".../functions/learning/app.py"}."""
    found = {}
    for artifact in target.iterdir():
        if not artifact.is_dir():
            continue
        layer = LAYERS.get(artifact.name)
        root = REPOSITORY / "layers" / layer if layer else function_folder(artifact.name)
        for path in _files([root]):
            inside = Path(artifact.name, "python" if layer else "", path.relative_to(root))
            found[str(inside)] = str(path)
    return found


def live_sources(resources: dict[str, str]) -> str:
    """Which work tree folders stand in for which function's code, by the functions' deployed names."""
    layer = REPOSITORY / "layers" / "academy"
    folders = {
        deployed: [str(folder), str(layer)]
        for name, deployed in resources.items()
        if name.endswith("Function") and (folder := function_folder(name)).is_dir()
    }
    return json.dumps({"functions": folders, "watch": [str(REPOSITORY / "functions"), str(layer)]})


def _digest(roots: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in _files(roots):
        digest.update(f"{path.relative_to(REPOSITORY)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _files(roots: Iterable[Path]) -> Iterator[Path]:
    for root in sorted(roots):
        if root.is_file():
            yield root
        for path in sorted(root.rglob("*")) if root.is_dir() else ():
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
                yield path
