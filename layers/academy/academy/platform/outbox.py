"""The outbox: what was committed is published, once at least. The order is about that of writing; no consumer relies on it."""

from typing import NamedTuple

from academy.platform import events
from academy.platform.db import Database, UnitOfWork, sql
from academy.platform.observability import logger

_TAKE = sql(f"""
    select {events.ENVELOPE} as event from outbox
    where published_at is null and occurred_at < now() - :older::interval [? and id > :after::uuid ?]
    order by id limit :limit::int for update skip locked
""")
_MARK = sql("update outbox set published_at = now() where id = any(:ids::uuid[])")
_WAITING = sql("select count(*) from outbox where published_at is null and occurred_at < now() - interval '5 minutes'")
_DISCARD = sql("delete from outbox where id in (select id from outbox where published_at < now() - interval '7 days' limit 5000)")
_CONSUME = sql(
    "insert into consumed_events (consumer, event_id, consumed_at) values (:consumer, :event_id::uuid, now()) on conflict do nothing"
)

SWEEP_LIMIT = 10
"""Events of one transaction of the sweep: one call. Should the bus be slow, what was published is marked before the server ends an idle transaction."""
SWEEP_AGE = "10 seconds"
"""Younger events are still being published by the request that wrote them."""


FAILURES_BORNE = 3
"""Calls that the bus may refuse as a whole in one sweep. Beyond that it is down, and the next sweep will see."""


class _Round(NamedTuple):
    taken: int
    last: str
    published: int = 0
    failure: Exception | None = None


def _publish(work: UnitOfWork, after: str | None) -> _Round | None:
    rows = work.rows(_TAKE, older=SWEEP_AGE, after=after, limit=SWEEP_LIMIT)
    if not rows:
        return None
    envelopes = [events.Envelope.model_validate_json(row.event) for row in rows]
    try:
        accepted = events.put(envelopes)
    except Exception as error:  # noqa: BLE001 - whatever it was, the events are safe here, and the caller is told
        return _Round(len(rows), envelopes[-1].id, failure=error)
    work.with_commit(_MARK, ids=accepted)
    return _Round(len(rows), envelopes[-1].id, len(accepted))


def finish(db: Database, work: UnitOfWork) -> None:
    """What a committed unit of work still has to do: its actions, then publishing its events.

    The answer to the caller depends on none of it, because what it tells of is committed. A failure is logged; events are left to the sweep, and
    every action is one that a schedule does later, or that can be missed.

    Nobody else takes events that are so young; one that is published twice acts once.
    """
    for action in work.after_commit:
        try:
            action()
        except Exception:  # noqa: BLE001 - whatever it was, to call the request failed would be wrong
            logger().exception("an action after the commit failed")
    if not work.outgoing:
        return
    try:
        accepted = events.put(work.outgoing)
        db.at_once(lambda marking: marking.execute(_MARK, ids=accepted))
    except Exception:  # noqa: BLE001 - whatever it was, the events are safe in the outbox
        logger().exception("events not published; the sweep will", extra={"event_ids": [event.id for event in work.outgoing]})


def sweep(db: Database) -> int:
    """Publish what was left behind, and drop what was published long ago. Returns the number published.

    Each event is tried once: one that the bus did not accept keeps none of those behind it waiting. Raises the bus's error in the end if it
    refused whole calls.
    """
    total, last = 0, None
    failures: list[Exception] = []
    while True:
        done, _ = db.transact(lambda work, after=last: _publish(work, after))  # type: ignore[misc]
        if done is None:
            break
        total, last = total + done.published, done.last
        if done.failure is not None:
            failures.append(done.failure)
        if done.taken < SWEEP_LIMIT or len(failures) >= FAILURES_BORNE:
            break
    db.transact(lambda work: work.execute(_DISCARD))
    if failures:
        raise failures[0]
    return total


def waiting(db: Database) -> int:
    """Events that should have been published long ago."""
    return int(db.read(lambda work: work.value(_WAITING)))


def first_time(work: UnitOfWork, *, consumer: str, event_id: str) -> bool:
    """Note that this consumer handles this event in the present transaction. False: it already did."""
    return work.execute(_CONSUME, consumer=consumer, event_id=event_id) == 1
