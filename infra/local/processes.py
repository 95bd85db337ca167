"""Child processes that end when we do, in order, whatever ends us."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from infra.local.errors import LocalCloudError


def run_tool(
    command: Sequence[str | Path],
    *,
    log: Path,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    failure: str,
) -> None:
    """Runs a tool to its end with its output in `log`; an interruption ends all its children too.

    Raises LocalCloudError(failure) with the last line of its output if it fails.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    if shutil.which(command[0]) is None:
        raise LocalCloudError(f"{Path(command[0]).name} is missing: run `make setup`, or install what brings it (npm: Node.js).")
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=cwd, env=None if env is None else dict(env),
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            code = process.wait()
        except BaseException:
            end_group(process, grace=3)
            raise
    if code != 0:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        raise LocalCloudError(f"{failure} ({lines[-1].strip() if lines else 'no output'}; all of it is in {log}).")


def end_group(process: subprocess.Popen[bytes], *, grace: float) -> None:
    """SIGTERM to the process and its children, SIGKILL to what is left after `grace` seconds."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=grace)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Service:
    """A long-running child, in a session of its own: the terminal's Ctrl-C reaches only us."""

    def __init__(
        self, name: str, command: Sequence[str | Path], *, env: Mapping[str, str], log: Path | None, cwd: Path | None = None
    ) -> None:
        self.name = name
        self.log = log
        if log is not None:
            log.parent.mkdir(parents=True, exist_ok=True)
        output = log.open("ab") if log is not None else None
        try:
            self._process = subprocess.Popen(
                command, env=dict(env), cwd=cwd, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT if output else None, start_new_session=True,
            )  # fmt: skip
        finally:
            if output is not None:
                output.close()

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool], *, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running:
                raise LocalCloudError(f"{self.name} ended while it was starting: {self._last_words()}")
            if time.monotonic() > deadline:
                raise LocalCloudError(f"{self.name} did not answer within {seconds:.0f} s: {self._last_words()}")
            time.sleep(0.05)

    def stop(self, *, grace: float = 20) -> None:
        end_group(self._process, grace=grace)

    def _last_words(self) -> str:
        if self.log is None:
            return "see the lines above."
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return f"{lines[-1].strip() if lines else 'it said nothing'} (its log is {self.log})."


def listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def require_free(port: int, *, name: str, variable: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise LocalCloudError(
                f"Port {port} ({name}) is taken by another program: stop that one, or choose another with {variable}=<port>."
            ) from None
