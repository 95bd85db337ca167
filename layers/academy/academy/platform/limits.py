"""Rate limits: fixed windows counted in PostgreSQL, per class of route and user, or address where nobody is signed in."""

from dataclasses import dataclass
from typing import Final

from academy.platform.config import config
from academy.platform.db import Database, UnitOfWork, sql
from academy.platform.errors import RateLimited


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `hits` in a window of `seconds`."""

    hits: int
    seconds: int


PRODUCTION: Final = {
    "general": Limit(1000, 900),
    "progress": Limit(100, 60),
    "authentication": Limit(5, 900),
    "authentication_calls": Limit(100, 900),
    "generation": Limit(5, 900),
    "coupons": Limit(10, 900),
}
ADDRESS_FACTOR: Final = 10
"""Visitors who are not signed in are counted by their address, which may be a whole school's: ten times the calls of one user."""

GENEROUS_FACTOR: Final = 1000
"""The local cloud's: nobody meets a limit by working or testing."""

_COUNT = sql("""
    insert into rate_counters as c (bucket, window_start, hits)
    values (:bucket, to_timestamp(floor(extract(epoch from now()) / :seconds::int) * :seconds::int), :hits::bigint)
    on conflict (bucket) do update set
        hits = case when c.window_start = excluded.window_start then c.hits + excluded.hits else excluded.hits end,
        window_start = excluded.window_start
    returning hits, ceil(extract(epoch from window_start) + :seconds::int - extract(epoch from now()))::int as reset
""")


HITS = """(
        select jsonb_build_object('hits', c.hits, 'reset', ceil(extract(epoch from c.window_start) + :seconds::int - extract(epoch from now()))::int)
        from rate_counters c where c.bucket = :bucket and c.window_start > now() - make_interval(secs => :seconds::int))"""
"""What is counted in a bucket's present window, as an expression in another statement: `{"hits", "reset"}`, or null."""


def limit_of(name: str) -> Limit:
    limit = PRODUCTION[name]
    return limit if config().rate_limits == "production" else Limit(limit.hits * GENEROUS_FACTOR, limit.seconds)


def count(db: Database, name: str, bucket: str, *, hits: int = 1) -> None:
    """Count hits against a limit in a statement of its own, so that they stay counted when the request fails. Raises RateLimited beyond it.

    `hits=0` only asks.
    """
    limit = limit_of(name)
    row = db.read(lambda work: work.first(_COUNT, bucket=f"{name}:{bucket}", seconds=limit.seconds, hits=hits))
    if row is not None and row.hits + (1 if hits == 0 else 0) > limit.hits:
        raise RateLimited(row.reset)


def note(work: UnitOfWork, name: str, bucket: str) -> None:
    """Count a hit in the caller's transaction; whether there were too many was asked before (`HITS`)."""
    work.execute(_COUNT, bucket=f"{name}:{bucket}", seconds=limit_of(name).seconds, hits=1)
