"""Where the bench measures: a PostgreSQL that is seeded once and kept, and a copy of the seed for each run.

Under .local/bench, or on the server that DATABASE_URL names (its administrator's URL). `SCALE=small` measures a hundredth of the data.
"""

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from academy.migrations import runner
from academy.platform.db import connect
from infra.local.postgres import THROWAWAY_SETTINGS, Server, ensure_binaries, free_port, server_folder
from infra.local.seed import seed_large
from infra.local.seed.search import index_all
from tests.conftest import CACHE

HOME = Path(__file__).parents[2] / ".local" / "bench"
SCALES = {"large": (100_000, 1_000_000), "small": (1_000, 10_000)}
"""Courses and users."""
SERVER_SETTINGS = {**THROWAWAY_SETTINGS, "shared_buffers": "1GB", "max_wal_size": "4GB"}


@dataclass(frozen=True, slots=True)
class Place:
    """A server by its administrator's URL; `password` is that of the two roles, where the server looks at it."""

    admin: str
    scale: str
    password: str | None = None

    @property
    def seed(self) -> str:
        return f"academy_bench_{self.scale}"

    def url(self, database: str, user: str | None = None) -> str:
        server = urlsplit(self.admin)
        if user is None:
            return urlunsplit(server._replace(path=f"/{database}"))
        login = f"{user}:{self.password}" if self.password else user
        return urlunsplit(server._replace(path=f"/{database}", netloc=f"{login}@{server.hostname}:{server.port or 5432}"))

    def app_url(self, database: str) -> str:
        return self.url(database, runner.APP)

    def owner_url(self, database: str) -> str:
        return self.url(database, runner.OWNER)

    def command(self, statement: str) -> None:
        connection = connect(self.url("postgres"))
        connection._usock.settimeout(None)  # copying the large seed takes longer than a request may wait
        try:
            connection.command(statement)
        finally:
            connection.close()

    def ensure_seed(self) -> None:
        """Seeds once (the large one takes minutes); later migrations are applied to what is there."""
        admin = connect(self.url("postgres"))
        there = admin.run("select from pg_database where datname = $1", (self.seed,)).row_count
        admin.close()
        if not there:
            self.command(f"create database {self.seed}")
        runner.prepare(self.url(self.seed), owner_password=self.password, app_password=self.password)
        before = self._revision() if there else None
        runner.upgrade(self.owner_url(self.seed))
        courses, users = SCALES[self.scale]
        seeded = seed_large(self.url(self.seed), courses=courses, users=users, say=print)
        if not seeded and self._revision() != before:
            index_all(self.owner_url(self.seed))  # what a migration added to the index is filled by the catalog's own job
            connection = connect(self.url(self.seed))
            connection._usock.settimeout(None)
            connection.command("vacuum (analyze)")
            connection.close()

    def _revision(self) -> str:
        connection = connect(self.url(self.seed))
        try:
            return str(connection.run("select version_num from alembic_version").rows[0][0])
        finally:
            connection.close()

    @contextmanager
    def copy(self) -> Iterator[str]:
        """A database of this run's own, as it was seeded."""
        name = f"bench_{secrets.token_hex(4)}"
        started = time.monotonic()
        self.command(f"create database {name} template {self.seed} strategy file_copy")
        runner.prepare(self.url(name))
        print(f"{time.monotonic() - started:6.1f} s  a copy of the {self.scale} seed")
        try:
            yield name
        finally:
            self.command(f"drop database if exists {name} with (force)")

    @classmethod
    @contextmanager
    def open(cls, scale: str) -> Iterator[Self]:
        """Start the kept server, or take the given one."""
        if given := os.environ.get("DATABASE_URL"):
            yield cls(given, scale, password=secrets.token_urlsafe(18))
            return
        folder = server_folder(HOME) / scale
        folder.mkdir(parents=True, exist_ok=True)
        with (HOME / f"{scale}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # a second bench would stop the first one's server, and measure nothing but the other
            server = Server(ensure_binaries(CACHE), folder / "data", free_port(), SERVER_SETTINGS)
            server.start()
            try:
                yield cls(server.url("postgres"), scale)
            finally:
                server.stop()
