"""The harness's end of a worker."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.chaos.child import Child


class Worker(Child):
    def __init__(self, folder: Path, number: int, sabotage: str) -> None:
        super().__init__("tests.chaos.deliveries.worker", str(folder), sabotage, log=folder / f"worker-{number}.log")

    def answer(self) -> dict[str, Any]:
        """`result`, or `error` (the invocation failed), or `died`."""
        return self.receive()


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
