"""Events: written, published, consumed once by each consumer, and to the effect that they are for."""

from collections import Counter

from academy.admin.auditor import walk
from academy.certificates import consumers as certificates
from academy.community import consumers as community
from academy.engagement import consumers as engagement
from academy.learning import consumers as learning
from academy.learning.events import CourseCompleted
from academy.payments import consumers as payments
from academy.platform.db import Database, sql

HANDLED: dict[str, frozenset[str]] = {
    "certificates": certificates.HANDLES,
    "email": community.NOTICES,
    "engagement": engagement.HANDLES,
    "learning": learning.HANDLES,
    "notifications": community.NOTICES,
    "payments": payments.HANDLES,
    "push": community.NOTICES,
}
"""Which kinds each consumer acts on. Others that its queue brings pass by."""

ROWS_AT_ONCE = 20_000
UNPUBLISHED = "15 minutes"
"""The sweep runs every minute."""
UNDELIVERED = "1 hour"
"""A queue tries five times within half an hour, before it gives up."""
KEPT_DAYS = 6
"""The outbox keeps a published event for seven days."""
NOTED_DAYS = 25
"""The inbox keeps its notes for thirty."""

_OUTBOX = sql("""
    with o as (
        select id, kind, payload, occurred_at, published_at from outbox where id > :after::uuid order by id limit :limit::int
    ), expected as (
        select o.id, o.payload, h.consumer, exists (select from consumed_events k where k.consumer = h.consumer and k.event_id = o.id) as noted
        from o join unnest(:consumers::text[], :kinds::text[]) as h(consumer, kind) on h.kind = o.kind
        where o.published_at < now() - :undelivered::interval
    )
    select (select id::text from o order by id desc limit 1) as last, (select count(*) from o) as checked,
        (select count(*) from o where published_at is null and occurred_at < now() - :unpublished::interval) as events_unpublished,
        (select count(*) from expected where not noted) as events_undelivered,
        -- Whom a notice is for: the teacher of a course that was decided on, else the user.
        (select count(*) from expected x join users u on u.id = coalesce(x.payload->>'userId', x.payload->>'instructorId')::uuid
            left join deliveries d on d.user_id = u.id and d.event_id = x.id and d.channel = 'in_app'
            where x.consumer = 'notifications' and x.noted and u.status <> 'erased'
            -- Unwanted ones were skipped; of a group's events only the newest is still named by its row.
            and (d.id is null or d.status = 'sent' and d.group_key is null
                and not exists (select from notifications n where n.user_id = u.id and n.event_id = x.id))) as notices_missing,
        array(select payload->>'enrollmentId' from o where kind = :completed) as completed
""")

_NOTICES = sql("""
    with n as (
        select id, event_id from notifications where id > :after::uuid order by id limit :limit::int
    )
    select (select id::text from n order by id desc limit 1) as last, count(*) as checked,
        count(*) filter (
            where not exists (select from consumed_events k where k.consumer = 'notifications' and k.event_id = n.event_id)
        ) as notices_unaccounted
    from n
""")

_COMPLETED = sql("""
    with e as (
        select id, completed_at from enrollments where id > :after::uuid order by id limit :limit::int
    )
    select (select id::text from e order by id desc limit 1) as last, count(*) as checked,
        array(select id::text from e where completed_at > now() - make_interval(days => :days::int)) as completed
    from e
""")


_OVERDUE = sql("select count(*) from deliveries where status = 'waiting' and due_at < now() - :undelivered::interval")


def check(db: Database) -> Counter[str]:
    """`events_unpublished`: the sweep did not. `events_undelivered`: a consumer that acts on its kind has no note of it (dead letters, too).
    `notices_missing`, `notices_unaccounted`: a note without its notification, and the other way round. `deliveries_overdue`: mails or push messages that
    should have gone out long ago. `completions_untold`,
    `completions_retold`: completed courses of the last days without an event, and with more than one."""
    # First the completions, then the events: what is completed in between has its event.
    recent: set[str] = set()
    found: Counter[str] = Counter()
    for row in walk.pieces(db, _COMPLETED, limit=ROWS_AT_ONCE, days=KEPT_DAYS):
        recent.update(row.completed)
        found.update(walk.numbers(row))
    told: Counter[str] = Counter()
    pairs = [(consumer, kind) for consumer, kinds in sorted(HANDLED.items()) for kind in sorted(kinds)]
    for row in walk.pieces(
        db,
        _OUTBOX,
        limit=ROWS_AT_ONCE,
        consumers=[consumer for consumer, _ in pairs],
        kinds=[kind for _, kind in pairs],
        unpublished=UNPUBLISHED,
        undelivered=UNDELIVERED,
        completed=CourseCompleted.kind,
    ):
        told.update(row.completed)
        found.update(walk.numbers(row))
    found["completions_untold"] = len(recent - told.keys())
    found["completions_retold"] = sum(n - 1 for n in told.values())
    found["deliveries_overdue"] = db.read(lambda work: work.value(_OVERDUE, undelivered=UNDELIVERED))
    found.update(walk.count(db, _NOTICES, limit=ROWS_AT_ONCE, start=walk.since(NOTED_DAYS)))
    return found
