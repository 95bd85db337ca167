"""Closing a period: what was booked in it goes in first, then its boards are closed, some a transaction. Killed at any moment, it goes on from there."""

from academy.engagement.boards import repository
from academy.engagement.boards.folding import fold, take
from academy.platform.config import config
from academy.platform.db import Database, UnitOfWork

GRACE = "5 minutes"
"""After midnight: longer than any statement that books may take."""
MISSED = "1 hour"
"""After midnight: what was not closed by then has missed its schedule."""
BOARDS_AT_ONCE = 100
MOST_CHAMPIONS = 100
"""Of a board: a place that more would share is nobody's."""
LEAST_LEARNERS = 10
"""On a course's board: below that its places are no news."""


def close(db: Database, *, grace: str = GRACE) -> dict[str, int]:
    """Every board of every period that is over. `closed` boards, `champions`; `awaited` is 1 if something of the period may still be booked."""
    figures = {"closed": 0, "champions": 0, "awaited": 0}
    over = {"grace": grace, "zone": config().academy_time_zone}
    while True:
        state = db.read(lambda work: work.first(repository.DUE, **over))
        if state is None:
            raise AssertionError("the statement always returns a row")
        if not state.due:
            return figures
        if state.awaited:
            return {**figures, "awaited": 1}
        (folded, closed, champions), _ = db.transact(lambda work: _some(work, over))
        figures["closed"] += closed
        figures["champions"] += champions
        if not folded and not closed:
            return figures  # another has closed what was due meanwhile


def _some(work: UnitOfWork, over: dict[str, str]) -> tuple[int, int, int]:
    work.execute(repository.LOCK)
    folded = take(work)
    row = work.first(repository.CLOSE, limit=BOARDS_AT_ONCE, most=MOST_CHAMPIONS, least=LEAST_LEARNERS, **over)
    if row is None:
        raise AssertionError("the statement always returns a row")
    return folded, row.closed, row.champions


def tend(db: Database) -> dict[str, int]:
    """Each minute: what no event has folded in, who has come of age, and periods that their schedule did not close."""
    db.transact(lambda work: work.execute(repository.COMES_OF_AGE))
    return {"folded": fold(db), **close(db, grace=MISSED)}
