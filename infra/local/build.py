"""sam build and sam package: from the work tree to a template that CloudFormation takes."""

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from infra.local.processes import run_tool
from infra.local.settings import REPOSITORY, Settings
from infra.local.tools import ensure_tool

SOURCES = ("template.yaml", "requirements.txt", "functions", "layers", "infra/openapi/gateway.json", "infra/statemachines")
BUCKET = "academy-local-artifacts"


def source_hash() -> str:
    """One hash over all that a deployment is made from."""
    digest = hashlib.sha256()
    for path in _files():
        digest.update(f"{path.relative_to(REPOSITORY)}\0{path.stat().st_mode & 0o111:o}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _files() -> Iterator[Path]:
    for name in (*SOURCES, *(path.name for path in sorted(REPOSITORY.glob("infra/*.yaml")))):
        root = REPOSITORY / name
        if root.is_file():
            yield root
        elif root.is_dir():
            for path in sorted(root.rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
                    yield path


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


def build(settings: Settings, version: str) -> Path:
    """The built template of this version of the sources; kept, so that another academy need not build it again."""
    target = settings.cache / "builds" / version
    if (target / "template.yaml").exists():
        return target / "template.yaml"
    sam = ensure_tool(settings, "sam") / "sam"
    target.parent.mkdir(parents=True, exist_ok=True)
    with (settings.cache / ".build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # SAM's own cache takes one build at a time
        if not (target / "template.yaml").exists():
            making = target.with_name("making")
            run_tool(
                [
                    sam, "build", "--parallel", "--cached", "--template", REPOSITORY / "template.yaml",
                    "--build-dir", making, "--cache-dir", settings.cache / "sam",
                ],
                cwd=REPOSITORY, env=sam_environment(settings), log=settings.logs / "sam-build.log",
                failure="sam build failed",
            )  # fmt: skip
            _keep_newest(target.parent, keep=2)
            making.rename(target)
    return target / "template.yaml"


def _keep_newest(folder: Path, *, keep: int) -> None:
    versions = sorted((path for path in folder.iterdir() if path.name != "making"), key=lambda path: path.stat().st_mtime)
    for old in versions[:-keep] if keep else versions:
        shutil.rmtree(old, ignore_errors=True)


def package(settings: Settings, built: Path) -> Path:
    """Uploads code, layers and included files to the local bucket; returns the template that names them."""
    packaged = settings.home / "packaged.yaml"
    run_tool(
        [
            ensure_tool(settings, "sam") / "sam", "package", "--template-file", built, "--s3-bucket", BUCKET,
            "--output-template-file", packaged, "--region", settings.aws_environment()["AWS_REGION"], "--no-progressbar",
        ],
        cwd=REPOSITORY, env=sam_environment(settings), log=settings.logs / "sam-package.log",
        failure="sam package failed",
    )  # fmt: skip
    return packaged


def live_sources(resources: dict[str, str]) -> str:
    """Which work tree folders stand in for which function's code, by the functions' deployed names."""
    layer = REPOSITORY / "layers" / "academy"
    folders = {
        deployed: [str(folder), str(layer)]
        for name, deployed in resources.items()
        if name.endswith("Function") and (folder := function_folder(name)).is_dir()
    }
    return json.dumps({"functions": folders, "watch": [str(REPOSITORY / "functions"), str(layer)]})


def function_folder(logical_id: str) -> Path:
    """GenerationTasksFunction → functions/generation_tasks"""
    words = re.findall("[A-Z][a-z0-9]*", logical_id.removesuffix("Function"))
    return REPOSITORY / "functions" / "_".join(words).lower()
