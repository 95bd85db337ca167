"""Lists of courses stay off sequential scans: their plans over a few thousand courses."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from academy.catalog import jobs, outline_repository, repository, search
from academy.platform.db import Database, Statement, connect, sql
from tests.conftest import Databases
from tests.factories import Factory

COURSES = 6000
BIG = {"courses", "course_search", "users", "modules", "lessons", "sections"}

_FILL_USERS = """
    insert into users (id, sub, role, full_name, onboarded_at)
    select gen_random_uuid(), 'seed-' || n, 'instructor', 'Teacher ' || n, now() from generate_series(1, 15000) n
"""
_FILL = f"""
    insert into courses (id, instructor_id, title, description, domain, category, difficulty, price, tags, status, published_at, submitted_at,
        created_at, total_enrollments, rating_count, rating_sum)
    select gen_random_uuid(), (select array_agg(id) from users)[1 + n % 600], w[1 + n % 40] || ' and ' || w[1 + n % 37] || ' ' || n,
        'All of ' || w[1 + n % 31] || ' with ' || w[1 + n % 29] || ' for everybody.',
        (array['engineering','law','science','arts','design'])[1 + n % 5], (array['programming','art','music'])[1 + n % 3],
        (array['beginner','intermediate','advanced'])[1 + n % 3], n % 4 * 100, array['tag' || n % 500],
        case when n % 50 = 0 then 'in_review' else 'published' end, now() - n * interval '1 minute', now() - n * interval '1 minute',
        now() - n * interval '1 minute', n % 1000, n % 20, n % 20 * 4
    from generate_series(1, {COURSES}) n, (select array_agg(md5(i::text)) as w from generate_series(1, 40) i) words
"""
FILTERS: dict[str, Any] = dict.fromkeys(["domain", "category", "difficulty", "language", "tag", "free", "instructor_id", "both"])
PAGE = {"limit": 20, "offset": 0, "counted": False, "media": ""}
KEYS = {"after_key": None, "after_id": None}
FIRST = "c4ca4238a0b923820dcc509a6f75849b"


@pytest.fixture(scope="module")
def full_url(databases: Databases) -> Iterator[str]:
    name = databases.copy()
    owner = Factory(databases.owner_url(name))
    owner.execute(_FILL_USERS)
    owner.execute(_FILL)
    db = Database(databases.app_url(name))
    jobs.refresh_search(db)
    db.discard()
    owner.execute("analyze")
    owner.close()
    yield databases.app_url(name)
    databases.drop(name)


def _scans(url: str, statement: Statement, values: dict[str, Any]) -> set[str]:
    """The large tables that the plan reads from end to end."""
    connection = connect(url)
    rows = connection.run(f"explain (format json, costs off) {statement.text}", statement.values(values)).rows
    connection.close()
    plan = json.loads(rows[0][0]) if isinstance(rows[0][0], str) else rows[0][0]
    found: set[str] = set()

    def walk(node: dict[str, Any]) -> None:
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in BIG:
            found.add(node["Relation Name"])
        for child in node.get("Plans", []):
            walk(child)

    walk(plan[0]["Plan"])
    return found


@pytest.mark.parametrize("sort", ["newest", "popular", "rating", "price"])
@pytest.mark.parametrize(
    "filters",
    [{}, {"tag": "tag7"}, {"domain": "law", "difficulty": "beginner"}, {"free": True}, {"both": f"'{FIRST}'"}],
    ids=["all", "tag", "domain", "free", "search"],
)
def test_lists_in_every_order_use_an_index(full_url: str, sort: str, filters: dict[str, Any]) -> None:
    assert _scans(full_url, search._SORTED[sort], {**FILTERS, **PAGE, **KEYS, **filters}) == set()


def test_search_uses_its_indexes(full_url: str) -> None:
    after = {"after_tier": None, "after_quality": None, "after_id": None}
    question = {"both": f"'{FIRST}'", "either": f"'{FIRST}'", "words": 1}

    assert _scans(full_url, search._BY_RELEVANCE, {**FILTERS, **PAGE, **after, **question}) == set()


def test_mine_use_an_index(full_url: str) -> None:
    db = Database(full_url)
    caller = db.read(lambda work: work.value(sql("select instructor_id from courses limit 1")))
    db.discard()
    filters = {name: None for name in FILTERS if name != "instructor_id"}

    assert _scans(full_url, search._OWN["newest"], {**filters, **PAGE, **KEYS, "caller": caller, "status": None}) == set()


def test_the_review_queue_uses_an_index(full_url: str) -> None:
    assert _scans(full_url, repository.REVIEW_QUEUE, {**PAGE, "status": "in_review", "after_at": None, "after_id": None}) == set()


def test_the_outline_uses_indexes(full_url: str) -> None:
    assert _scans(full_url, outline_repository.OUTLINE, {"course_id": "01890000-0000-7000-8000-000000000000"}) <= {
        "modules",
        "lessons",
        "sections",
    }
