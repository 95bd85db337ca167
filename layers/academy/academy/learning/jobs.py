"""What is done by schedule: counters are kept incrementally, so somebody has to look whether they still tell the truth."""

from collections import Counter
from typing import Any
from uuid import UUID

from academy.learning.repository import counting
from academy.learning.service.counting import repair_course
from academy.platform import outbox
from academy.platform.db import Database
from academy.platform.observability import logger

COURSES_AT_ONCE = 200


def check_counters(db: Database) -> dict[str, Any]:
    """Compare every counter with the rows it counts; report what drifted and put it right, a course a transaction.

    `drift` says how many rows were wrong, by kind: enrollments, lessons, completions, learners, ratings. All zero is the rule.
    """
    drift: Counter[str] = Counter()
    checked = 0
    wrong: set[str] = set()
    after: str | None = None
    while True:
        last = after
        rows = db.read(lambda work, last=last: work.rows(counting.CHECK, after=last, limit=COURSES_AT_ONCE))  # type: ignore[misc]
        after = rows[0].last
        checked += rows[0].checked
        for row in rows:
            if row.course_id is not None:
                drift[row.what] += row.n
                wrong.add(row.course_id)
        if rows[0].checked < COURSES_AT_ONCE:
            break
    if wrong:
        logger().error("counters drifted", extra={"drift": dict(drift), "courses": sorted(wrong)[:50]})
    for course in sorted(wrong):
        _, work = db.transact(lambda unit, course=course: repair_course(unit, UUID(course)))  # type: ignore[misc]
        outbox.finish(db, work)
    kinds = ("enrollments", "lessons", "completions", "learners", "ratings")
    return {"courses": checked, "drift": {kind: drift[kind] for kind in kinds}, "repaired": len(wrong)}
