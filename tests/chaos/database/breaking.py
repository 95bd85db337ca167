"""A PostgreSQL of its own that is stopped and killed in every way, and comes back with what was committed."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum

from academy.platform.db import ConnectionLost, connect
from academy.platform.db.driver import InterfaceError
from infra.local.postgres import Server, ensure_binaries, free_port, scratch_folder
from tests.conftest import CACHE, Databases, migrated

PATIENCE = 60.0


class Way(StrEnum):
    FAST = "pg_ctl stop -m fast"
    IMMEDIATE = "pg_ctl stop -m immediate"
    BACKEND = "SIGKILL of a backend"
    SERVER = "SIGKILL of the server"


@dataclass(frozen=True)
class Breakable:
    databases: Databases

    @property
    def server(self) -> Server:
        return self.databases.server

    def break_down(self, way: Way, dice: random.Random) -> None:
        """And come back: answers again when this returns."""
        match way:
            case Way.FAST | Way.IMMEDIATE:
                self.server.stop(way.rsplit(" ", 1)[-1])
                self.server.start()
            case Way.BACKEND:
                self._kill_backend(dice)
            case Way.SERVER:
                self._kill_server()
                self.server.start()
        self._wait()

    def _kill_backend(self, dice: random.Random) -> None:
        """The server then ends all the others too, the witness among them, and recovers as after a crash."""
        witness = connect(self.server.url())
        found = witness.run("select pid from pg_stat_activity where backend_type = 'client backend' order by pid").rows
        os.kill(dice.choice([row[0] for row in found]), signal.SIGKILL)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                witness.run("select 1")
            except ConnectionLost:
                break
            assert time.monotonic() < deadline, "the server did not notice"
            time.sleep(0.02)
        with suppress(InterfaceError):  # it says good-bye first, which nobody hears
            witness.close()

    def _kill_server(self) -> None:
        """The server alone; its backends notice by themselves. A new one must not begin before the last of them is gone."""
        lock = self.server.data / "postmaster.pid"
        server = int(lock.read_text().splitlines()[0])
        family = {pid for pid, parent in _processes() if parent == server} | {server}
        os.kill(server, signal.SIGKILL)
        deadline = time.monotonic() + PATIENCE
        while family & {pid for pid, _ in _processes()}:
            assert time.monotonic() < deadline, "a backend outlived its server"
            time.sleep(0.02)
        # Who is dead but was not waited for by its parent would still count as running.
        lock.unlink()

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                connect(self.server.url()).close()
            except ConnectionLost:
                assert time.monotonic() < deadline, "the server does not come back"
                time.sleep(0.02)
            else:
                return


def _processes() -> list[tuple[int, int]]:
    """Who runs: id and parent's id, without the dead that nobody has waited for."""
    listed = subprocess.run(["ps", "-axo", "pid=,ppid=,stat="], capture_output=True, text=True, check=True).stdout
    fields = [line.split() for line in listed.splitlines()]
    return [(int(pid), int(parent)) for pid, parent, state in fields if not state.startswith("Z")]


@contextmanager
def breakable_server() -> Iterator[Breakable]:
    """What is committed survives every death of a process: only the machine's own must not happen (no fsync)."""
    with scratch_folder() as folder:
        server = Server(ensure_binaries(CACHE), folder / "data", free_port(), {"fsync": "off", "synchronous_commit": "on"})
        try:
            server.start()
            yield Breakable(migrated(server))
        finally:
            server.stop()
