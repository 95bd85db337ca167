"""The harness's end of a worker."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
PATIENCE = 120.0
"""Seconds for an answer, beyond anything that a busy machine needs."""


class Worker:
    def __init__(self, folder: Path, number: int, sabotage: str) -> None:
        ours, theirs = socket.socketpair()
        ours.settimeout(PATIENCE)
        log = (folder / f"worker-{number}.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.deliveries.worker", str(theirs.fileno()), str(folder), sabotage],
            pass_fds=[theirs.fileno()],
            stdout=log,
            stderr=log,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/academy'}", "POWERTOOLS_LOG_LEVEL": "CRITICAL"},
        )
        theirs.close()
        log.close()
        self._socket = ours
        self._stream = ours.makefile("rwb")

    def send(self, command: dict[str, Any]) -> None:
        self._stream.write(json.dumps(command).encode() + b"\n")
        self._stream.flush()

    def answer(self) -> dict[str, Any]:
        """`result`, or `error` (the invocation failed), or `died`."""
        line = self._stream.readline()
        if not line:
            raise AssertionError("a worker ended by itself; its log says why")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        self._stream.close()
        self._socket.close()
        try:
            self._process.wait(PATIENCE)
        finally:
            self._process.kill()


@contextmanager
def running(count: int, folder: Path, sabotage: str) -> Iterator[list[Worker]]:
    workers: list[Worker] = []
    try:
        for number in range(count):
            workers.append(Worker(folder, number, sabotage))
        yield workers
    finally:
        for worker in workers:
            worker.close()
