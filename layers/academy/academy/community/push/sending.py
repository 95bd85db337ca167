"""The consumer `push`, and what the schedule sends later: a parcel to each browser of a person.

Browsers differ: one takes it, one has gone, one's push service asks for a pause. The parcel is sent once somebody has taken it or will; for the browser
that has to wait it is kept as it is (`push_retries`), so that no other is told twice.
"""

import json
import time
from collections import Counter
from uuid import UUID

from academy.community.delivering import deliver
from academy.community.parcels import Parcel
from academy.community.pumping import pump
from academy.community.push import service
from academy.community.push.composing import compose
from academy.community.push.service import Answer, Outcome, Push, Subscription
from academy.community.values import Channel
from academy.platform.db import Database, Row, UnitOfWork, database, sql
from academy.platform.events import Envelope
from academy.platform.ids import NEW_ID

SECONDS = 20.0
"""What a schedule that begins anew every minute gives to parcels, and to retries."""
TRIES = 8
"""How often a push service that is in trouble is asked, each time after twice as many minutes, if it does not say when."""

# A service that asked for a pause for this browser gets the next message when the pause is over, too.
_BROWSERS = sql("""
    select s.id::text as id, s.endpoint, s.p256dh, s.auth,
        coalesce((select ceil(extract(epoch from max(r.due_at) - now()))::int from push_retries r where r.subscription_id = s.id), 0) as pause
    from push_subscriptions s where s.user_id = :user_id::uuid order by s.id
""")
_RECORD = sql(f"""
    with gone as (
        delete from push_subscriptions where id = any(:gone::uuid[])
    ), kept as (
        insert into push_retries (id, subscription_id, topic, message, urgency, due_at, expires_at)
        select {NEW_ID}, s.id, :topic, :message, :urgency, now() + make_interval(secs => l.after), now() + make_interval(secs => :seconds::int)
        from json_to_recordset(:later::json) as l(id uuid, after int) join push_subscriptions s on s.id = l.id
        on conflict (subscription_id, topic) do update set
            message = excluded.message, urgency = excluded.urgency, due_at = excluded.due_at, expires_at = excluded.expires_at, attempts = 1
    )
    update deliveries set status = :status, reason = :reason where id = any(:ids::uuid[]) and :status::text is not null
""")
_RETRY = sql("""
    select r.id::text as id, r.topic, r.message, r.urgency, r.attempts, s.id::text as subscription_id, s.endpoint, s.p256dh, s.auth,
        ceil(extract(epoch from r.expires_at - now()))::int as seconds
    from push_retries r join push_subscriptions s on s.id = r.subscription_id
    where r.due_at <= now() order by r.due_at, r.id limit 1 for update of r skip locked
""")
_DONE = sql("delete from push_retries where id = :id::uuid")
_GONE = sql("delete from push_subscriptions where id = :id::uuid")
_AGAIN = sql("""
    update push_retries set attempts = attempts + 1, due_at = now() + greatest(make_interval(secs => :after::int), interval '1 minute' * 2 ^ attempts)
    where id = :id::uuid
""")


def deliver_push(work: UnitOfWork, envelope: Envelope) -> None:
    """Plan an event's push messages, and send what is due at once."""
    deliver(work, envelope, Channel.PUSH, send, lambda: send_due(database()))


def send(work: UnitOfWork, parcel: Parcel) -> None:
    """To each browser once. Without any, or where none of them can ever take it, the deliveries say so."""
    browsers = work.rows(_BROWSERS, user_id=parcel.reader.user_id)
    push = compose(parcel)
    answers = [Answer(Outcome.LATER, each.pause) if each.pause > 0 else service.send(_subscription(each), push) for each in browsers]
    told = [(each, answer) for each, answer in zip(browsers, answers, strict=True)]
    outcomes = {answer.outcome for answer in answers}
    status, reason = None, None
    if not outcomes - {Outcome.GONE}:
        status, reason = "skipped", "no_address"
    elif not outcomes - {Outcome.GONE, Outcome.REFUSED}:
        status, reason = "failed", "refused"
    gone = [each.id for each, answer in told if answer.outcome is Outcome.GONE]
    later = [{"id": each.id, "after": answer.after} for each, answer in told if answer.outcome is Outcome.LATER]
    if status or gone or later:
        work.execute(
            _RECORD,
            gone=gone,
            later=json.dumps(later),
            topic=push.topic,
            message=push.text.decode(),
            urgency=push.urgency,
            seconds=push.seconds,
            status=status,
            reason=reason,
            ids=list(parcel.delivery_ids),
        )


def send_due(db: Database, *, seconds: float = SECONDS) -> dict[str, int]:
    """Push messages whose time has come, and those that a push service did not take before."""
    counts = pump(db, Channel.PUSH, send, seconds=seconds)
    return {**counts, "retried": send_again(db, seconds=seconds)}


def send_again(db: Database, *, seconds: float) -> int:
    """A browser a transaction, so that a crash repeats one message at the most."""
    counts: Counter[Outcome] = Counter()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        outcome, _ = db.transact(_again)
        if outcome is None:
            break
        counts[outcome] += 1
    return counts[Outcome.TAKEN]


def _again(work: UnitOfWork) -> Outcome | None:
    row = work.first(_RETRY)
    if row is None:
        return None
    push = Push(text=row.message.encode(), topic=row.topic, seconds=row.seconds, urgency=row.urgency)
    answer = service.send(_subscription(row), push) if row.seconds > 0 else Answer(Outcome.REFUSED)
    if answer.outcome is Outcome.GONE:
        work.execute(_GONE, id=UUID(row.subscription_id))
    elif answer.outcome is Outcome.LATER and row.attempts < TRIES:
        work.execute(_AGAIN, id=UUID(row.id), after=answer.after)
    else:
        work.execute(_DONE, id=UUID(row.id))
    return answer.outcome


def _subscription(row: Row) -> Subscription:
    return Subscription(row.endpoint, row.p256dh, row.auth)
