"""Folding: what was booked becomes part of the boards, a bounded piece a transaction, by one folder at a time."""

from itertools import count

from academy.engagement.boards import repository
from academy.platform.db import Database, UnitOfWork

ROWS_AT_ONCE = 1_000
"""Of the ledger: nine scores each at most."""
PEOPLE_AT_ONCE = 100
"""Whose scores of all boards, closed ones too, are listed or not."""


def fold(db: Database, *, pieces: int | None = None) -> int:
    """How many rows of the ledger went in. Ends when nothing is left, after so many `pieces`, or at once where another is at it."""
    folded = 0
    for _ in count() if pieces is None else range(pieces):
        piece, _ = db.transact(_piece)
        if piece is None:
            break
        folded += piece
    return folded


def _piece(work: UnitOfWork) -> int | None:
    return take(work) if work.value(repository.TRY_LOCK) else None


def take(work: UnitOfWork) -> int:
    """A piece, by who holds the lock."""
    work.execute(repository.RELIST, limit=PEOPLE_AT_ONCE)
    ids = work.value(repository.PREPARE, limit=ROWS_AT_ONCE)
    if ids:
        work.execute(repository.FOLD, ids=ids)
    return len(ids)
