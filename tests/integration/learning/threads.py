"""Real concurrency: every thread with a connection of its own."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

from academy.platform.db import Database, UnitOfWork, sql

WAITING = sql("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()")


def with_own[T](database_url: str, job: Callable[[Database], T]) -> Callable[[], T]:
    """The job on a connection that is closed after it."""

    def run() -> T:
        db = Database(database_url)
        try:
            return job(db)
        finally:
            db.discard()

    return run


def at_the_same_time(database_url: str, jobs: list[Callable[[Database], Any]]) -> list[Any]:
    """Each job in a thread, all let go at one moment."""
    barrier = Barrier(len(jobs))

    def run(job: Callable[[Database], Any]) -> Any:
        def started(db: Database) -> Any:
            db.connection()
            barrier.wait(timeout=60)
            return job(db)

        return with_own(database_url, started)()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


@contextmanager
def held_open(database_url: str, job: Callable[[UnitOfWork], Any]) -> Iterator[Callable[[], None]]:
    """A transaction that has done its work and is committed when the yielded function is called."""
    db = Database(database_url)
    work = UnitOfWork(db.connection)
    try:
        job(work)
        yield work.commit
    finally:
        db.discard()


def wait_for_a_lock(database_url: str, late: Future[Any] | None = None) -> None:
    """Until somebody waits for somebody: `late`, which is not to come to its end meanwhile."""

    def look(db: Database) -> None:
        deadline = time.monotonic() + 30
        while db.read(lambda work: work.value(WAITING)) == 0:
            assert time.monotonic() < deadline, "nobody waited"
            assert late is None or not late.done(), "it did not wait"
            time.sleep(0.01)

    with_own(database_url, look)()
