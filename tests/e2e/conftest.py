"""One started academy for all end-to-end tests: `make run`'s own launcher, in a folder and on ports of its own.

E2E_PORT=3000 uses the academy that already runs there (with ACADEMY_HOME as it was started), which saves the start.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local import addresses
from infra.local.postgres import free_port
from infra.local.processes import listening
from infra.local.settings import Settings
from infra.local.stack import Stack, client
from infra.openapi.routes import load_apis
from tests.contract.schema import Contract, watched

ROOT = Path(__file__).parents[2]
START_SECONDS = 280


@dataclass(frozen=True, slots=True)
class LiveAcademy:
    settings: Settings
    stack: Stack

    @property
    def url(self) -> str:
        return self.settings.url

    @property
    def variables(self) -> dict[str, str]:
        """What `make env` prints."""
        return addresses.variables(self.settings, self.stack)

    def aws(self, service: str) -> Any:
        """A boto3 client with the local administrator's credentials."""
        return client(self.settings, service)


@pytest.fixture(scope="session", autouse=True)
def contract(environment: None) -> Iterator[None]:
    """Every answer of every test is what the OpenAPI document says."""
    with watched(Contract(load_apis())):
        yield


@pytest.fixture(scope="session")
def academy(environment: None) -> Iterator[LiveAcademy]:
    if port := os.environ.get("E2E_PORT"):
        yield live(Settings.read({**os.environ, "PORT": port}))
        return
    with started(ROOT / ".local" / "e2e", PORT=str(free_ports())) as running:
        yield running


@contextmanager
def started(home: Path, *, anew: bool = True, **settings: str) -> Iterator[LiveAcademy]:
    """An academy in this folder, `anew` without what it knew; it is stopped at the end. `settings` as for `make run`."""
    variables = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "DATABASE_URL"))},
        "ACADEMY_HOME": str(home),
        "ACADEMY_CACHE": os.environ.get("ACADEMY_CACHE") or str(ROOT / ".local" / "cache"),
        "PYTHONUNBUFFERED": "1",
        **settings,
    }
    launcher = [sys.executable, "-m", "infra.local"]
    if anew:
        subprocess.run([*launcher, "reset"], cwd=ROOT, env=variables, check=True, stdout=subprocess.DEVNULL)
    output = home / "run.log"
    with output.open("wb") as log:
        process = subprocess.Popen([*launcher, "run"], cwd=ROOT, env=variables, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait_for_start(process, output)
        yield live(Settings.read(variables))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


@pytest.fixture
def web(academy: LiveAcademy) -> Iterator[httpx.Client]:
    """HTTP as a frontend speaks it, relative to the academy's address."""
    with httpx.Client(base_url=academy.url, timeout=30) as session:
        yield session


def live(settings: Settings) -> LiveAcademy:
    stack = Stack.load(settings)
    assert stack is not None, f"nothing is deployed in {settings.home}"
    return LiveAcademy(settings, stack)


def free_ports() -> int:
    """A port from which all the others that follow from it are free too, below those that the system gives away meanwhile."""
    for _ in range(50):
        port = free_port() % 10000 + 20000
        settings = Settings.read({"PORT": str(port)})
        taken = (
            settings.port,
            settings.aws_port,
            settings.postgres_port,
            settings.google_port,
            settings.vendors_port,
            settings.razorpay_port,
            settings.push_port,
        )
        if not any(listening(number) for number in taken):
            return port
    raise AssertionError("no free ports")


def _wait_for_start(process: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while "Ctrl-C stops it" not in output.read_text():
        assert process.poll() is None, output.read_text()
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.2)
