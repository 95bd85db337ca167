"""Virtual environments of the tools, one each: their requirements contradict one another."""

import fcntl
import hashlib
import shutil
import sys
from pathlib import Path

from infra.local.errors import LocalCloudError
from infra.local.processes import run_tool
from infra.local.settings import Settings

PINS = Path(__file__).parent / "pins"


def ensure_tool(settings: Settings, name: str, *, seed: bool = False) -> Path:
    """The `bin` folder of the environment made from pins/<name>.txt (hashes checked); empty without that file.

    With `seed` it has pip.
    """
    pins = PINS / f"{name}.txt"
    wanted = hashlib.sha256((pins.read_bytes() if pins.exists() else b"") + sys.version.encode()).hexdigest()[:12]
    target = settings.cache / "environments" / f"{name}-{wanted}"
    if (target / ".complete").exists():
        return target / "bin"
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (target / ".complete").exists():
            _make(settings, target, pins, seed=seed)
    return target / "bin"


def _make(settings: Settings, target: Path, pins: Path, *, seed: bool) -> None:
    uv = Path(sys.prefix) / "bin" / "uv"
    log = settings.cache / "logs" / f"{target.name}.log"
    failure = "The packages could not be fetched from PyPI: check the network and run it again"
    shutil.rmtree(target, ignore_errors=True)
    venv: list[str | Path] = [uv, "venv", "--quiet", "--python", sys.executable, *(["--seed"] if seed else []), target]
    run_tool(venv, log=log, failure="A virtual environment could not be made" if not seed else failure)
    if pins.exists():
        python = target / "bin" / "python"
        run_tool([uv, "pip", "install", "--quiet", "--require-hashes", "--python", python, "-r", pins], log=log, failure=failure)
    (target / ".complete").touch()


def require_python() -> None:
    if sys.version_info[:2] != (3, 13):
        raise LocalCloudError("The academy runs on Python 3.13: remove .venv and start again with python3.13 on the PATH.")
