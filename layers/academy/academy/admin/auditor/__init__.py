"""The auditor: recomputes from the rows what must hold, and reports what does not. It repairs nothing and writes nothing.

Every finding is a count of things that are wrong; all zero is the rule. Each statement is one snapshot, so work under way is no drift; what
travels between transactions (an event, a certificate being drawn) is given time to arrive. It walks by keyset, a bounded piece a statement.
"""

from collections import Counter

from academy.admin.auditor import badges, books, certificates, courses, deliveries, engagement, generation, journal, leaderboards
from academy.platform.db import Database
from academy.platform.observability import logger

CHECKS = {
    "courses": courses.check,
    "certificates": certificates.check,
    "deliveries": deliveries.check,
    "generation": generation.check,
    "journal": journal.check,
    "books": books.check,
    "engagement": engagement.check,
    "badges": badges.check,
    "leaderboards": leaderboards.check,
}


def audit(db: Database) -> dict[str, int]:
    """`checked` says how many rows were looked at, `drift` how much is wrong in all, the rest how much of what (see the checks)."""
    checked = 0
    found: Counter[str] = Counter()
    for check in CHECKS.values():
        figures = check(db)
        checked += figures.pop("checked")
        found.update(figures)
    drift = sum(found.values())
    if drift:
        logger().error("the audit found drift", extra={"found": {name: n for name, n in found.items() if n}})
    return {"checked": checked, "drift": drift, **found}
