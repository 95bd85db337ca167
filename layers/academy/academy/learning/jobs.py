"""What is done by schedule: counters are kept incrementally, so somebody has to look whether they still tell the truth."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from academy.learning.repository import counting
from academy.learning.service.counting import repair_course
from academy.platform import outbox
from academy.platform.db import Database
from academy.platform.observability import logger

COURSES_AT_ONCE = 200


KINDS = ("enrollments", "lessons", "completions", "learners", "ratings")


@dataclass(frozen=True, slots=True)
class Drift:
    """`checked` courses; how many rows were wrong, by kind; in which courses."""

    checked: int
    kinds: dict[str, int]
    courses: list[str]


def find_drift(db: Database) -> Drift:
    """Compare every counter with the rows it counts."""
    found: Counter[str] = Counter()
    checked = 0
    wrong: set[str] = set()
    after: str | None = None
    while True:
        rows = db.read(lambda work, after=after: work.rows(counting.CHECK, after=after, limit=COURSES_AT_ONCE))  # type: ignore[misc]
        after = rows[0].last
        checked += rows[0].checked
        for row in rows:
            if row.course_id is not None:
                found[row.what] += row.n
                wrong.add(row.course_id)
        if rows[0].checked < COURSES_AT_ONCE:
            return Drift(checked, {kind: found[kind] for kind in KINDS}, sorted(wrong))


def check_counters(db: Database) -> dict[str, Any]:
    """Report what drifted and put it right, a course a transaction. All zero is the rule."""
    drift = find_drift(db)
    if drift.courses:
        logger().error("counters drifted", extra={"drift": drift.kinds, "courses": drift.courses[:50]})
    for course in drift.courses:
        _, work = db.transact(lambda unit, course=course: repair_course(unit, UUID(course)))  # type: ignore[misc]
        outbox.finish(db, work)
    return {"courses": drift.checked, "drift": drift.kinds, "repaired": len(drift.courses)}
