"""The audit log: sealed, and the seals hold."""

from collections import Counter

from academy.admin.auditor import walk
from academy.platform import housekeeping
from academy.platform.db import Database, sql

ROWS_AT_ONCE = 20_000
DAYS = 2
OVERDUE = "15 minutes"
"""Every minute what is older than a minute is sealed."""

_ENTRIES = sql("""
    with a as (
        select id, occurred_at from audit_log where id > :after::uuid order by id limit :limit::int
    )
    select (select id::text from a order by id desc limit 1) as last, count(*) as checked,
        count(*) filter (
            where occurred_at < now() - :overdue::interval and not exists (select from audit_seals s where s.entry_id = a.id)
        ) as acts_unsealed
    from a
""")


def check(db: Database) -> Counter[str]:
    """`acts_unsealed`: entries of the last days that no seal covers. `seals_broken`: 1 if the chain does not verify."""
    found = walk.count(db, _ENTRIES, limit=ROWS_AT_ONCE, start=walk.since(DAYS), overdue=OVERDUE)
    found["seals_broken"] = int(housekeeping.first_broken_seal(db) is not None)
    return found
