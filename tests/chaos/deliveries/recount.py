"""The harness's own count, apart from the auditor's: what had to happen once, and how often it did."""

from collections import Counter
from dataclasses import dataclass, field

from tests.factories import Factory


@dataclass
class Edges:
    """What the journal says: an event's mails and starts by the transaction that they were made in, and what was published."""

    published: set[str] = field(default_factory=set)
    mails: list[tuple[str, str]] = field(default_factory=list)
    parcels: list[str] = field(default_factory=list)
    """What every mail calls itself: the rows that went with it name it, if their transaction came to be."""
    starts: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Count:
    lost: Counter[str] = field(default_factory=Counter)
    doubled: Counter[str] = field(default_factory=Counter)
    figures: Counter[str] = field(default_factory=Counter)


ONCE = {
    "completions": "select payload->>'enrollmentId' from outbox where kind = 'course.completed'",
    "lessons": "select payload->>'enrollmentId' || (payload->>'lessonId') from outbox where kind = 'lesson.completed'",
    "sections": "select payload->>'enrollmentId' || (payload->>'sectionId') from outbox where kind = 'section.completed'",
    "certificates_told": "select payload->>'certificateId' from outbox where kind = 'certificate.issued'",
    "certificates": "select user_id::text || course_id::text from certificates",
    "notices": "select event_id::text from deliveries where channel = 'in_app'",
    "mailed_events": "select event_id::text from deliveries where channel = 'email' and status = 'sent'",
    "enrollments": "select user_id::text || course_id::text from enrollments where status <> 'ended'",
}
"""Of each of these there is one."""

LOST = {
    "events_unpublished": "select count(*) from outbox where published_at is null",
    "completions_untold": "select count(*) from enrollments e where completed_at is not null and not exists "
    "(select from outbox o where o.kind = 'course.completed' and o.payload->>'enrollmentId' = e.id::text)",
    "certificates": "select count(*) from enrollments e where status = 'completed' and not exists "
    "(select from certificates k where k.user_id = e.user_id and k.course_id = e.course_id and k.status = 'issued')",
    "certificates_untold": "select count(*) from certificates k where status = 'issued' and not exists "
    "(select from outbox o where o.kind = 'certificate.issued' and o.payload->>'certificateId' = k.id::text)",
    "notices": "select count(*) from outbox o where kind = any(:noticed) and not exists "
    "(select from deliveries d where d.event_id = o.id and d.channel = 'in_app')",
    "notices_in_rows": "select (select count(*) from deliveries where channel = 'in_app' and status = 'sent') - "
    "(select coalesce(sum(count), 0) from notifications)",
    "mails_unplanned": "select count(*) from outbox o where kind = any(:noticed) and not exists "
    "(select from deliveries d where d.event_id = o.id and d.channel = 'email')",
    "points": "select count(*) from outbox o where kind in ('lesson.completed', 'course.completed') and not exists (select from xp x "
    "where x.user_id::text = o.payload->>'userId' and x.source = coalesce(o.payload->>'lessonId', o.payload->>'courseId'))",
    "points_in_sums": "select count(*) from users u where xp_total <> (select coalesce(sum(points), 0) from xp x where x.user_id = u.id)",
    "mails_unsent": "select count(*) from deliveries where channel = 'email' and status in ('waiting', 'failed')",
}


def count(make: Factory, routes: dict[str, set[str]], edges: Edges, completed: set[tuple[str, str]], noticed: set[str]) -> Count:
    result = Count()
    make.execute("create index if not exists chaos_enrollments on outbox ((payload->>'enrollmentId')) where kind = 'course.completed'")
    make.execute("create index if not exists chaos_certificates on outbox ((payload->>'certificateId')) where kind = 'certificate.issued'")
    make.execute("create index if not exists chaos_notices on deliveries (event_id)")
    for name, statement in ONCE.items():
        row = make.rows(f"select count(*) as n, count(distinct x) as one from ({statement}) as t(x)")[0]
        result.figures[name] = row["one"]
        result.doubled[name] = row["n"] - row["one"]
    for name, statement in LOST.items():
        result.lost[name] = make.value(statement, noticed=sorted(noticed)) if ":noticed" in statement else make.value(statement)

    events = {row["id"]: row["kind"] for row in make.rows("select id::text as id, kind from outbox")}
    result.figures["events"] = len(events)
    result.lost["events_unsent"] = len(events.keys() - edges.published)
    notes = {(row["consumer"], row["id"]) for row in make.rows("select consumer, event_id::text as id from consumed_events")}
    due = {(consumer, event) for consumer, kinds in routes.items() for event, kind in events.items() if kind in kinds}
    result.figures["consumed"] = len(due & notes)
    result.lost["undelivered"] = len(due - notes)
    result.doubled["handled_without_an_event"] = len(notes - due)

    done = {
        (row["u"], row["c"])
        for row in make.rows("select user_id::text as u, course_id::text as c from enrollments where completed_at is not null")
    }
    result.lost["completions"] = len(completed - done)

    good = _committed(make, {transaction for _, transaction in edges.mails + edges.starts})
    mails = Counter(event for event, transaction in edges.mails if transaction in good)
    result.doubled["mails"] = mails.total() - len(mails)
    noted = {
        row["id"]
        for row in make.rows("select distinct parcel_id::text as id from deliveries where channel = 'email' and parcel_id is not null")
    }
    parcels = Counter(parcel for parcel in edges.parcels if parcel in noted)
    result.figures["mails"] = len(parcels)
    result.figures["mails_of_transactions_that_never_were"] = len(edges.parcels) - parcels.total()
    result.doubled["parcels"] = parcels.total() - len(parcels)
    result.lost["mails"] = len(noted - parcels.keys())
    starts = Counter(event for event, transaction in edges.starts if transaction in good)
    result.doubled["starts"] = starts.total() - len(starts)
    return result


def _committed(make: Factory, transactions: set[str]) -> set[str]:
    """PostgreSQL remembers of every transaction whether it came to be."""
    rows = make.rows(
        "select x from unnest(cast(:all as text[])) as t(x) where pg_xact_status(cast(x as xid8)) = 'committed'", all=sorted(transactions)
    )
    return {row["x"] for row in rows}
