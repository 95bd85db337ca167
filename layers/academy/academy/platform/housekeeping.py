"""The platform's own chores: sealing the audit log, forgetting what is old."""

import hashlib
from datetime import timedelta
from uuid import UUID

from academy.platform.db import Database, Statement, UnitOfWork, sql
from academy.platform.ids import earlier

SEAL_BATCH = 5000
GENESIS = "0" * 64

_LOCK = sql("select pg_try_advisory_xact_lock(hashtextextended('audit_seals', 0))")
_TAIL = sql("select seq, hash, entry_id::text as entry_id from audit_seals order by seq desc limit 1")
# Older than the longest transaction may last, so that no entry of an open transaction with a smaller id is passed over.
_UNSEALED = sql("""
    select a.id::text as id, to_jsonb(a)::text as entry from audit_log a
    where a.id > :since::uuid and a.occurred_at < now() - interval '1 minute' and not exists (select from audit_seals s where s.entry_id = a.id)
    order by a.id limit :limit::int
""")
CLOCKS_APART = timedelta(hours=1)
"""How far before the last sealed entry one that is not may stand: ids begin with the time of the process that made them. Not all of the log is
searched each minute; what stands further back is found by the night's audit."""
_SEAL = sql("insert into audit_seals (seq, entry_id, hash) select * from unnest(:seqs::bigint[], :ids::uuid[], :hashes::text[])")
_CHAIN = sql("""
    select s.seq, s.hash, to_jsonb(a)::text as entry from audit_seals s left join audit_log a on a.id = s.entry_id
    where s.seq > :after::bigint order by s.seq limit :limit::int
""")
FORGET_BATCH = 10_000


def _forget(table: str, age: str) -> Statement:
    """A batch at a time: all of a busy day at once would take longer than a statement may, and then nothing would ever be forgotten."""
    return sql(f"delete from {table} where ctid = any(array(select ctid from {table} where {age} limit :limit::int))")


_FORGET_KEYS = _forget("idempotency_keys", "created_at < now() - interval '1 day'")
_FORGET_COUNTERS = _forget("rate_counters", "window_start < now() - interval '1 day'")
_FORGET_CONSUMED = _forget("consumed_events", "consumed_at < now() - interval '30 days'")
_FORGET_DELIVERIES = _forget("deliveries", "settled_at < now() - interval '60 days'")


def link(previous: str, entry: str) -> str:
    """The chain's next hash: SHA-256 over the previous one (hex) and the entry's JSON as PostgreSQL prints it."""
    return hashlib.sha256(f"{previous}\n{entry}".encode()).hexdigest()


def seal_audit_log(db: Database) -> int:
    """Chain the entries that are not chained yet; returns how many. One sealer at a time: another returns 0."""

    def seal(work: UnitOfWork) -> int:
        if not work.value(_LOCK):
            return 0
        tail = work.first(_TAIL)
        seq, previous, since = (tail.seq, tail.hash, earlier(UUID(tail.entry_id), CLOCKS_APART)) if tail else (0, GENESIS, UUID(int=0))
        rows = work.rows(_UNSEALED, since=since, limit=SEAL_BATCH)
        hashes = []
        for row in rows:
            previous = link(previous, row.entry)
            hashes.append(previous)
        if rows:
            work.execute(_SEAL, seqs=list(range(seq + 1, seq + 1 + len(rows))), ids=[row.id for row in rows], hashes=hashes)
        return len(rows)

    sealed, _ = db.transact(seal)
    return sealed


def first_broken_seal(db: Database) -> int | None:
    """Recompute the chain; the number of the first seal that does not fit, None if all do."""
    previous, seq = GENESIS, 0
    while True:
        rows = db.read(lambda work, after=seq: work.rows(_CHAIN, after=after, limit=SEAL_BATCH))  # type: ignore[misc]
        for row in rows:
            if row.seq != seq + 1 or row.entry is None or row.hash != link(previous, row.entry):
                return int(row.seq)
            previous, seq = row.hash, row.seq
        if len(rows) < SEAL_BATCH:
            return None


def clean_up(db: Database) -> dict[str, int]:
    """Forget idempotency keys and counters of yesterday, inbox notes older than any redelivery, and what was sent long ago. Returns rows removed."""
    removed: dict[str, int] = {}
    for name, statement in (
        ("idempotency_keys", _FORGET_KEYS),
        ("rate_counters", _FORGET_COUNTERS),
        ("consumed_events", _FORGET_CONSUMED),
        ("deliveries", _FORGET_DELIVERIES),
    ):
        removed[name], batch = 0, FORGET_BATCH
        while batch == FORGET_BATCH:
            batch, _ = db.transact(lambda work, statement=statement: work.execute(statement, limit=FORGET_BATCH))  # type: ignore[misc]
            removed[name] += batch
    return removed
