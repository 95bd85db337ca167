"""Deliveries that were not sent with their event: put off, gathered, for many people at once, or failed. A schedule takes them every minute.

A person at a time, each in a transaction of its own: rows are marked, the parcel is sent, the transaction is committed. A crash after the vendor's
answer and before the commit sends it once more; nothing is ever lost by one.
"""

import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from academy.community import parcels
from academy.community.notices import KINDS
from academy.community.parcels import Parcel
from academy.community.values import Channel
from academy.platform.aws import out_of_reach
from academy.platform.db import Database, UnitOfWork, sql
from academy.platform.observability import logger

PIECE = 50
"""People whose turn it is, before it is looked anew who waits."""
TRIES = 6
"""How often what the vendor refuses is tried, each time after twice as many minutes: two hours in all."""

# Each kind shows its oldest: a thousand deliveries of one are seen no earlier than one of another. The weight decides between kinds.
_PEOPLE = sql("""
    with near as (
        select d.user_id, d.weight, row_number() over (partition by d.kind order by d.due_at, d.id) as turn
        from unnest(:kinds::text[]) as k(kind) cross join lateral (
            select user_id, weight, kind, due_at, id from deliveries
            where channel = :channel::text and kind = k.kind and status = 'waiting' and due_at <= now() order by due_at limit :limit::int
        ) d
    )
    select user_id::text as id from near group by user_id order by min(weight), min(turn), user_id limit :limit::int
""")
_FAILED = sql(f"""
    update deliveries set attempts = attempts + 1, due_at = now() + interval '1 minute' * 2 ^ (attempts + 1),
        status = case when attempts + 1 >= {TRIES} then 'failed' else status end, reason = case when attempts + 1 >= {TRIES} then 'refused' end,
        settled_at = case when attempts + 1 >= {TRIES} then now() end
    where id = any(:ids::uuid[]) and status = 'waiting'
""")

Send = Callable[[UnitOfWork, Parcel], None]
"""Hands a parcel to the vendor, in the transaction that notes it as sent. Raises what the vendor's client raises."""


class _Unsent(Exception):
    def __init__(self, parcel: Parcel, error: Exception) -> None:
        super().__init__(str(error))
        self.parcel, self.error = parcel, error


class _Pumped(NamedTuple):
    """`passed`: another worker has this person."""

    sent: bool = False
    failed: bool = False
    passed: bool = False
    vendor_away: bool = False


def pump(db: Database, channel: Channel, send: Send, *, seconds: float) -> dict[str, int]:
    """Send what is due, for about so long. Counts parcels `sent`, those that `failed`, and people who were `passed` over as another worker has them."""
    counts: Counter[str] = Counter(sent=0, failed=0, passed=0)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        people = db.read(lambda work: work.rows(_PEOPLE, channel=channel, kinds=sorted(KINDS), limit=PIECE))
        progress = False
        for person in people:
            if time.monotonic() >= until:
                break
            done = _one(db, channel, UUID(person.id), send)
            counts["sent"] += done.sent
            counts["failed"] += done.failed
            counts["passed"] += done.passed
            # Whoever was not passed has one delivery less that is due: sent, skipped or put off.
            progress = progress or not done.passed
            if done.vendor_away:
                return dict(counts)
        if not progress:
            break
    return dict(counts)


def _one(db: Database, channel: Channel, user_id: UUID, send: Send) -> _Pumped:
    def act(work: UnitOfWork) -> _Pumped:
        if not work.value(parcels.TRY_LOCK, channel=channel, user_id=user_id):
            return _Pumped(passed=True)
        parcel = parcels.take(work, channel, user_id)
        if parcel is None:
            return _Pumped()
        try:
            send(work, parcel)
        except Exception as error:
            raise _Unsent(parcel, error) from error
        return _Pumped(sent=True)

    try:
        done, _ = db.transact(act)
    except _Unsent as unsent:
        if out_of_reach(unsent.error):
            logger().warning("the vendor is out of reach; deliveries wait", extra={"channel": channel})
            return _Pumped(vendor_away=True)
        # What the vendor says of it may name the address.
        code = getattr(unsent.error, "response", {}).get("Error", {}).get("Code")
        where = {"channel": channel, "user_id": str(user_id), "refused_as": code}
        logger().error("a delivery failed", extra=where, exc_info=None if code else unsent.error)
        ids = list(unsent.parcel.delivery_ids)
        db.transact(lambda work: work.execute(_FAILED, ids=ids))
        return _Pumped(failed=True)
    return done
