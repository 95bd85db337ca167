"""No list reads a large table from end to end: every statement that a list route runs, as the planner would run it in a filled academy."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from academy.platform import config as configuration
from academy.platform.db import connect
from academy.platform.db import work as unit_of_work
from academy.platform.db.connection import OneTripConnection
from academy.platform.db.statement import Statement
from academy.platform.db.work import UnitOfWork
from infra.local.seed import seed_large
from tests.api import Client, Reply
from tests.conftest import Databases
from tests.factories import Factory
from tests.issuer import Issuer

COURSES, USERS = 3_000, 20_000
LARGE = {
    *("users", "courses", "course_search", "enrollments", "section_progress", "lesson_progress"),
    *("certificates", "audit_log", "outbox", "notifications"),
}
"""As the seed fills them; few of its courses have content."""

# What the large seed leaves out: everybody who completed a course has a certificate, everybody did something, some courses wait longer.
_CERTIFICATES = """
    insert into certificates (id, user_id, course_id, serial, status, learner_name, course_title, instructor_name, issue_date, pdf_key, issued_at)
    select gen_random_uuid(), e.user_id, e.course_id, e.id::text, 'issued', 'Asha Rao', 'Course', 'A Teacher', e.enrolled_at::date, 'x.pdf', e.enrolled_at
    from (select distinct on (user_id, course_id) * from enrollments) e
"""
_AUDIT_LOG = """
    insert into audit_log (id, actor_id, action, target_type, target_id)
    select gen_random_uuid(), u.id, 'course.enroll', 'course', c.id::text
    from users u, lateral (select id from courses offset abs(hashtext(u.sub)) % 1000 limit 1) c
"""
_OUTBOX = """
    insert into outbox (id, kind, version, payload, occurred_at, published_at) select id, 'user.joined', 1, '{}', now(), now() from users
"""


class World:
    """A filled academy, seen by its admin, a learner with many courses and a teacher of a course with many learners."""

    def __init__(self, make: Factory) -> None:
        self.admin = make.user("admin")
        self.learner = self._user(make, "select user_id from enrollments group by 1 order by count(*) desc limit 1")
        self.course = make.rows("select id, instructor_id from courses where status = 'published' order by total_enrollments desc limit 1")[
            0
        ]
        self.teacher = self._user(make, f"select '{self.course['instructor_id']}'::uuid")

    @staticmethod
    def _user(make: Factory, which: str) -> dict[str, Any]:
        return make.rows(f"select * from users where id = ({which})")[0]


@pytest.fixture(scope="module")
def filled(databases: Databases) -> Iterator[tuple[str, World]]:
    name = databases.copy()
    url = databases.server.url(name)
    seed_large(url, courses=COURSES, users=USERS, enrollments=USERS)
    make = Factory(url)
    for statement in (_CERTIFICATES, _AUDIT_LOG, _OUTBOX):
        make.execute(statement)
    world = World(make)
    make.execute("analyze")
    make.close()
    yield databases.app_url(name), world
    databases.drop(name)


class Planner:
    """A client that remembers the statements of its last request and asks for their plans."""

    def __init__(self, client: Client, url: str, patch: pytest.MonkeyPatch) -> None:
        self._client, self._connection = client, connect(url)
        self._asked: list[tuple[str, tuple[Any, ...]]] = []
        run = UnitOfWork._execute

        def remember(work: UnitOfWork, statement: Statement, parameters: dict[str, Any]) -> Any:
            self._asked.append((statement.text, statement.values(parameters)))
            return run(work, statement, parameters)

        patch.setattr(UnitOfWork, "_execute", remember)

    def close(self) -> None:
        self._connection.close()

    def get(self, path: str, user: dict[str, Any] | None) -> Reply:
        self._asked.clear()
        reply = self._client.get(path, user=user)
        assert reply.status == 200, reply.text
        return reply

    def scans(self, *, count: bool = True) -> set[str]:
        """The large tables that the last request reads from end to end; without `count`, not looking at how a page's total is counted."""
        return {table for text, values in self._asked for table in _scanned(_plan(self._connection, text, values), count)}


def _plan(connection: OneTripConnection, text: str, values: tuple[Any, ...]) -> dict[str, Any]:
    rows = connection.run(f"explain (format json, costs off) {text}", values).rows
    plan = json.loads(rows[0][0]) if isinstance(rows[0][0], str) else rows[0][0]
    return dict(plan[0]["Plan"])


def _scanned(node: dict[str, Any], count: bool) -> set[str]:
    if not count and node["Node Type"] == "Aggregate" and node.get("Subplan Name", "").startswith("InitPlan"):
        return set()
    found = {node["Relation Name"]} if node["Node Type"] == "Seq Scan" else set()
    for child in node.get("Plans", []):
        found |= _scanned(child, count)
    return found & LARGE


@pytest.fixture
def planner(filled: tuple[str, World], issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Planner]:
    url, _ = filled
    caches = (configuration.config, unit_of_work.database)
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("USER_POOL_ISSUER", issuer.url)
    for cached in caches:
        cached.cache_clear()
    planner = Planner(Client(issuer), url, monkeypatch)
    yield planner
    planner.close()
    unit_of_work.database().discard()
    for cached in caches:
        cached.cache_clear()


SORTS = ("newest", "popular", "rating", "price")
FILTERS = (
    "domain=law",
    "category=science",
    "difficulty=beginner",
    "domain=engineering&difficulty=advanced",
    "free=true",
    "language=en",
    "search=data",
)
COURSE_LISTS = [
    *(f"/courses?sort={sort}" for sort in SORTS),
    *(f"/courses?{filters}" for filters in FILTERS),
    *(f"/courses?{filters}&sort={sort}" for sort in SORTS for filters in FILTERS),
]


@pytest.mark.parametrize("path", COURSE_LISTS)
def test_lists_of_courses(planner: Planner, path: str) -> None:
    _pages_without_scans(planner, path, None)


@pytest.mark.parametrize("path", ["/courses?instructorId={teacher}", "/courses?tag={tag}"])
def test_lists_of_few_courses_count_by_an_index_too(planner: Planner, filled: tuple[str, World], path: str) -> None:
    tag = planner.get("/courses", None).data[0]["tags"][0]

    planner.get(path.format(teacher=filled[1].teacher["id"], tag=tag), None)

    assert planner.scans() == set()


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("learner", "/enrollments"),
        ("learner", "/enrollments?status=active"),
        ("learner", "/certificates"),
        ("learner", "/progress"),
        ("teacher", "/courses?mine=true"),
        ("teacher", "/courses/{course}/students"),
        ("teacher", "/courses/{course}/students?status=active"),
        ("teacher", "/courses/{course}/lessons"),
        ("teacher", "/courses/{course}/ratings"),
        ("admin", "/users?search={name}"),
        ("admin", "/users/{learner}/activity"),
        ("admin", "/admin/audit-log?actorId={learner}"),
        ("admin", "/admin/audit-log?targetType=course&targetId={course}"),
        ("admin", "/admin/courses"),
        ("admin", "/admin/courses?status=draft"),
    ],
)
def test_lists_of_somebodys_rows_count_by_an_index_too(planner: Planner, filled: tuple[str, World], who: str, path: str) -> None:
    world = filled[1]

    reply = planner.get(
        path.format(course=world.course["id"], learner=world.learner["id"], name=quote(world.learner["username"])), getattr(world, who)
    )

    assert planner.scans() == set()
    assert reply.data


@pytest.mark.parametrize(
    "path", ["/users", "/users?role=instructor", "/users?status=active", "/admin/audit-log", "/admin/audit-log?action=course."]
)
def test_lists_of_everything(planner: Planner, filled: tuple[str, World], path: str) -> None:
    _pages_without_scans(planner, path, filled[1].admin)


def _pages_without_scans(planner: Planner, path: str, user: dict[str, Any] | None) -> None:
    """Counting a whole table takes reading it; its pages don't, neither the first nor one by cursor, which counts nothing."""
    first = planner.get(path, user)
    assert planner.scans(count=False) == set()
    cursor = first.json["pagination"]["nextCursor"]
    assert cursor, "too few rows to tell"
    planner.get(f"{path}{'&' if '?' in path else '?'}cursor={cursor}", user)
    assert planner.scans() == set()
