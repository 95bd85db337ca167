"""The small academy: courses, and the people in them, put where they are missing."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Protocol

from academy.generation import thumbnail
from infra.local.seed import coupons, course_files, people, rows
from infra.local.seed.counters import recount
from infra.local.seed.database import Renewal, Writer, writer
from infra.local.seed.effort import reward_all
from infra.local.seed.marker import Marker
from infra.local.seed.people import Person
from infra.local.seed.rows import Academy
from infra.local.seed.search import index_all
from infra.local.seed.sign_ins import SignIns

# An edited course file reaches the rows that were made of it, until somebody edits the course in the academy itself.
_UNTOUCHED = "exists (select from courses c where c.id = present.course_id and c.version = 1)"
_UNTOUCHED_QUIZ = "exists (select from courses c join quizzes q on q.course_id = c.id where q.id = present.quiz_id and c.version = 1)"
_COURSES = Renewal(
    ("title", "description", "domain", "category", "difficulty", "language", "price", "tags", "objectives"), "present.version = 1"
)
_CONTENT = {  # parents before their children
    "modules": Renewal(("title", "description"), _UNTOUCHED),
    "lessons": Renewal(("title", "description", "estimated_minutes", "is_preview"), _UNTOUCHED),
    "sections": Renewal(("title", "type", "content", "estimated_minutes"), _UNTOUCHED),
    "quizzes": Renewal(("title", "description"), _UNTOUCHED),
    "questions": Renewal(("type", "question", "options", "correct_answer", "tolerance", "explanation"), _UNTOUCHED_QUIZ),
}
# Each is a run of the real state machine, beside which the academy starts.
_CERTIFICATES = 8
_LEARNING = ("section_progress", "lesson_progress")


class Pictures(Protocol):
    def has(self, key: str) -> bool: ...

    def put(self, key: str, png: bytes) -> None: ...


class Certificates(Protocol):
    def issue(self, user_id: str, course_id: str) -> None:
        """Begin issuing; twice is once."""
        ...


def seed_small(
    owner_url: str,
    sign_ins: SignIns,
    *,
    pictures: Pictures | None = None,
    certificates: Certificates | None = None,
    now: datetime | None = None,
) -> bool:
    """Bring the small academy into a migrated database. Returns whether there was anything to do; what people did is left as it is."""
    with writer(owner_url) as database:
        marker = Marker(database, "small")
        version = f"{_version()} {sign_ins.name} {'pictures' if pictures else ''}".strip()
        if marker.read() == version:
            return False
        academy = Academy(course_files.read_all(), people.read_all())
        subs = sign_ins.ensure(academy.people)
        if pictures is not None:
            for course in academy.courses:
                key = rows.thumbnail_key(course.slug)
                if not pictures.has(key):
                    pictures.put(key, thumbnail.drawn(course.title, course.values["category"]))
        with database.transaction():
            _write(database, academy, subs, now=now or datetime.now(UTC), pictures=pictures is not None)
        database.run("analyze")
        reward_all(owner_url)
        index_all(owner_url, anew=[rows.course_id(course.slug) for course in academy.courses])
        marker.write(version)
    if certificates is not None:
        for person, slug in islice(_first_completions(academy), _CERTIFICATES):
            certificates.issue(str(person.id), rows.course_id(slug))
    return True


def _first_completions(academy: Academy) -> Iterator[tuple[Person, str]]:
    for person in academy.people:
        completed = [taken.course for taken in person.takes if taken.percent == 100]
        if completed:
            yield person, completed[0]


def _write(database: Writer, academy: Academy, subs: dict[str, str], *, now: datetime, pictures: bool) -> None:
    users = rows.users(academy.people, subs, now=now)
    database.insert("users", users)
    _renew_subs(database, users)
    courses = rows.courses(academy, now=now, pictures=pictures)
    database.insert("courses", courses, renew=_COURSES)
    content = rows.content(academy, now=now)
    for table, renewal in _CONTENT.items():
        database.insert(table, content[table], renew=renewal)
    database.insert("course_prerequisites", rows.prerequisites(academy))
    learning = rows.learning(academy, now=now)
    # Invoices are numbered without a gap: where there are any, nobody's is put between them.
    bought = None
    if not database.run("select 1 from orders union all select 1 from invoice_series union all select 1 from enrollments limit 1"):
        bought = coupons.purchases(academy, learning["enrollments"], {str(course["id"]): course["instructor_id"] for course in courses})
    database.insert("enrollments", learning["enrollments"])
    database.insert("coupons", coupons.coupons(academy, used=coupons.PASSES if bought else 0))
    for table, made in (bought or {}).items():
        database.insert(table, made)
    _leave_out_progress_elsewhere(database, learning)
    for table in (*_LEARNING, "study_sessions", "course_ratings"):
        database.insert(table, learning[table])
    _set_streaks(database, learning["streaks"])
    recount(database, [rows.course_id(course.slug) for course in academy.courses])


def _renew_subs(database: Writer, users: rows.Rows) -> None:
    """A new user pool knows the same people by other names. A person who is somebody else's row by now is not touched."""
    database.run(
        """
        update users u set sub = t.sub from unnest(cast(:ids as uuid[]), cast(:subs as text[])) as t(id, sub)
        where u.id = t.id and u.sub is distinct from t.sub and u.status <> 'erased'
        """,
        ids=[str(user["id"]) for user in users],
        subs=[user["sub"] for user in users],
    )


def _leave_out_progress_elsewhere(database: Writer, learning: dict[str, rows.Rows]) -> None:
    """Whoever enrolled by themselves meanwhile has an enrolment of their own, with progress of their own."""
    ids = [str(row["id"]) for row in learning["enrollments"]]
    there = {str(row[0]) for row in database.run("select id from enrollments where id = any(cast(:ids as uuid[]))", ids=ids)}
    for table in _LEARNING:
        learning[table] = [row for row in learning[table] if str(row["enrollment_id"]) in there]


def _set_streaks(database: Writer, streaks: rows.Rows) -> None:
    """Only of people who have not learned anything since."""
    database.run(
        """
        update users u set current_streak = t.current_streak, longest_streak = t.longest_streak,
            last_learned_on = t.last_learned_on, last_learned_at = t.last_learned_at
        from json_populate_recordset(null::users, cast(:rows as json)) t where u.id = t.id and u.last_learned_at is null
        """,
        rows=Writer.as_json(streaks),
    )


@cache
def _version() -> str:
    """Of the seeds themselves: another text or another way of writing it is another version."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("*.py"), *folder.glob("*.psv"), *folder.glob("courses/*.md")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
