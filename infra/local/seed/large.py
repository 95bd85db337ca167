"""The large academy, for measuring: by COPY and a few statements over everything."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pg8000.exceptions import DatabaseError

from infra.local.seed.database import Writer, writer
from infra.local.seed.large_rows import (
    COURSE_COLUMNS,
    ENROLLMENT_COLUMNS,
    LESSON_COLUMNS,
    MODULE_COLUMNS,
    SECTION_COLUMNS,
    USER_COLUMNS,
    LargeAcademy,
    chunked,
)
from infra.local.seed.marker import Marker
from infra.local.seed.search import index_all

# The n-th section was completed 3n hours after enrolment, as the enrolments' own times say.
_SECTION_PROGRESS = """
    insert into section_progress
        (enrollment_id, section_id, lesson_id, time_spent, time_added, first_seen_at, last_seen_at, completed_at, newly_completed)
    select e.id, s.id, s.lesson_id, 240, 240, e.enrolled_at + s.n * interval '3 hours' - interval '4 minutes',
        e.enrolled_at + s.n * interval '3 hours', e.enrolled_at + s.n * interval '3 hours', true
    from enrollments e join (
        select s.id, s.lesson_id, s.course_id, row_number() over (partition by s.course_id order by m.position, l.position, s.position) as n
        from sections s join lessons l on l.id = s.lesson_id join modules m on m.id = l.module_id
    ) s on s.course_id = e.course_id and s.n <= e.completed_sections
    join users u on u.id = e.user_id and u.sub like 'large-%'
"""
_LESSON_PROGRESS = """
    insert into lesson_progress (enrollment_id, lesson_id, completed_sections, time_spent, started_at, completed_at, newly_completed)
    select p.enrollment_id, p.lesson_id, count(*), sum(p.time_spent), min(p.first_seen_at),
        case when count(*) = t.total then max(p.completed_at) end, count(*) = t.total
    from section_progress p join enrollments e on e.id = p.enrollment_id join users u on u.id = e.user_id and u.sub like 'large-%'
    join (select lesson_id, count(*) as total from sections where deleted_at is null group by lesson_id) t on t.lesson_id = p.lesson_id
    group by p.enrollment_id, p.lesson_id, t.total
"""
# One learner in seven says something; popular courses are liked a little better.
_RATINGS = """
    insert into course_ratings (course_id, user_id, rating, created_at, updated_at)
    select e.course_id, e.user_id, (array[5, 4, 5, 3, 4, 5, 2, 4, 5, 1, 4, 5])[1 + abs(hashtext(e.id::text || 'r')) % 12],
        e.enrolled_at + interval '2 days', e.enrolled_at + interval '2 days'
    from enrollments e join users u on u.id = e.user_id and u.sub like 'large-%' where abs(hashtext(e.id::text)) % 7 = 0
"""
_COUNTERS = """
    update courses c set total_enrollments = e.learners, rating_count = coalesce(r.ratings, 0), rating_sum = coalesce(r.stars, 0)
    from (select course_id, count(*) filter (where status <> 'ended') as learners from enrollments group by course_id) e
    left join (select course_id, count(*) as ratings, sum(rating) as stars from course_ratings group by course_id) r using (course_id)
    where c.id = e.course_id
        and (c.total_enrollments, c.rating_count, c.rating_sum) is distinct from (e.learners, coalesce(r.ratings, 0), coalesce(r.stars, 0))
"""
_TABLES = "users, courses, modules, lessons, sections, enrollments, section_progress, lesson_progress, course_ratings"


def seed_large(
    owner_url: str,
    *,
    courses: int = 100_000,
    users: int = 1_000_000,
    enrollments: int | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> bool:
    """Fill a migrated database, beside what is there. The rows come all or not at all; a second time is none. Returns whether there was anything to do.

    People are `large-0000000` onwards by `sub` (every hundredth an instructor) and can't sign in. `enrollments`: about two a user.
    """
    with writer(owner_url) as database:
        marker = Marker(database, "large")
        if marker.read() is not None:
            return False
        academy = LargeAcademy(courses=courses, users=users, enrollments=2 * users if enrollments is None else enrollments)
        if not database.run("select 1 from users where sub = 'large-0000000'"):  # else only the index is left to be made
            with database.transaction():
                _trust_foreign_keys(database)
                _fill(database, academy, say)
        with _step("vacuum and statistics", say):
            database.run(f"vacuum (analyze) {_TABLES}")
        with _step("search index", say):
            index_all(owner_url)
        database.run("vacuum (analyze) course_search, search_lexemes")
        marker.write(f"{courses} courses, {users} users")
    return True


def _fill(database: Writer, academy: LargeAcademy, say: Callable[[str], None]) -> None:
    for table, columns, lines in (
        ("users", USER_COLUMNS, academy.user_lines()),
        ("courses", COURSE_COLUMNS, academy.course_lines()),
        ("modules", MODULE_COLUMNS, academy.module_lines()),
        ("lessons", LESSON_COLUMNS, academy.lesson_lines()),
        ("sections", SECTION_COLUMNS, academy.section_lines()),
        ("enrollments", ENROLLMENT_COLUMNS, academy.enrollment_lines()),
    ):
        with _step(table, say):
            database.copy(table, columns, chunked(lines))
    with _step("statistics", say):
        database.run("analyze enrollments, sections, users")
    for what, statement in (
        ("section progress", _SECTION_PROGRESS),
        ("lesson progress", _LESSON_PROGRESS),
        ("ratings", _RATINGS),
        ("counters", _COUNTERS),
    ):
        with _step(what, say):
            database.run(statement)


def _trust_foreign_keys(database: Writer) -> None:
    """What is made here refers only to what is made here; checking that row by row takes as long as all the rest. Needs a superuser."""
    database.run("savepoint trust")
    try:
        database.run("set local session_replication_role = replica")
    except DatabaseError as error:
        if error.args[0].get("C") != "42501":  # insufficient privilege
            raise
        database.run("rollback to savepoint trust")


@contextmanager
def _step(what: str, say: Callable[[str], None]) -> Iterator[None]:
    began = time.monotonic()
    yield
    say(f"{time.monotonic() - began:6.1f} s  {what}")
