"""Some processes at a time, each for one mutant, whose end tells what came of it."""

import os
import sys
from collections.abc import Callable


class Forks:
    """`start(work, done)`: `done` is called with what `work` returned; less than 0 is the signal that ended it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._running: dict[int, Callable[[int], None]] = {}

    def start(self, work: Callable[[], int], done: Callable[[int], None], *, quiet: bool = True) -> None:
        while len(self._running) >= self._most:
            self._wait()
        self._running[_forked(work, quiet=quiet)] = done

    def finish(self) -> None:
        while self._running:
            self._wait()

    def _wait(self) -> None:
        pid, status = os.wait()
        self._running.pop(pid)(os.waitstatus_to_exitcode(status))


def _forked(work: Callable[[], int], *, quiet: bool) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 2
    try:
        if quiet:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
        code = work()
    except BaseException as error:  # noqa: BLE001 - a mutant may raise anything
        sys.stderr.write(f"{error!r}\n")
    finally:
        os._exit(code)
