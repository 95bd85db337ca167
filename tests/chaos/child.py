"""A process of the tests' own at the other end of a socket: a line of JSON each way."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
"""Seconds for an answer, beyond anything that a busy machine needs."""


class Child:
    """`python -m module <socket> arguments…`; what it prints goes to `log`."""

    def __init__(self, module: str, *arguments: str, log: Path = Path(os.devnull)) -> None:
        self._socket, theirs = socket.socketpair()
        self._socket.settimeout(PATIENCE)
        with theirs, log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, str(theirs.fileno()), *arguments],
                pass_fds=[theirs.fileno()],
                stdout=output,
                stderr=output,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/academy'}", "POWERTOOLS_LOG_LEVEL": "CRITICAL"},
            )
        self._stream = self._socket.makefile("rwb")

    def send(self, command: dict[str, Any]) -> None:
        self._stream.write(json.dumps(command).encode() + b"\n")
        self._stream.flush()

    def receive(self) -> dict[str, Any]:
        line = self._stream.readline()
        assert line, "a process ended by itself; its log says why"
        received: dict[str, Any] = json.loads(line)
        return received

    def close(self) -> None:
        self._stream.close()
        self._socket.close()
        try:
            self._process.wait(PATIENCE)
        finally:
            self._process.kill()
