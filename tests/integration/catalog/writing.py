"""What tests of the catalog begin with."""

from typing import Any

from academy.catalog import jobs
from academy.platform.db import Database
from tests.api import Client
from tests.factories import Factory

NEW_COURSE: dict[str, Any] = {
    "title": "Python from zero",
    "description": "A first course on programming, with loops and functions.",
    "domain": "engineering",
    "category": "programming",
    "difficulty": "beginner",
    "price": 49900,
    "currency": "INR",
    "tags": ["Python", "loops"],
    "objectives": ["Write a loop that ends"],
    "language": "en",
    "estimatedMinutes": 90,
}


def positions(make: Factory, table: str, parent: str, id: Any) -> list[tuple[str, int]]:
    """Titles and positions of the living children, in order."""
    rows = make.rows(f"select title, position from {table} where {parent} = :id and deleted_at is null order by position, id", id=id)
    return [(row["title"], row["position"]) for row in rows]


def counters(make: Factory, course_id: Any) -> tuple[int, int, int]:
    row = make.rows("select module_count, lesson_count, section_count from courses where id = :id", id=course_id)[0]
    return row["module_count"], row["lesson_count"], row["section_count"]


def counted(make: Factory, course_id: Any) -> tuple[int, int, int]:
    """What the counters have to be."""
    return tuple(
        make.value(f"select count(*) from {table} where course_id = :id and deleted_at is null", id=course_id)
        for table in ("modules", "lessons", "sections")
    )


def ready_course(make: Factory, teacher: dict[str, Any], **values: Any) -> dict[str, Any]:
    """A draft that can be submitted."""
    course = make.course(teacher, **{"status": "draft", **values})
    make.outline(course, modules=1, lessons=1, sections=1)
    return course


def publish(client: Client, make: Factory, teacher: dict[str, Any], admin: dict[str, Any], **values: Any) -> dict[str, Any]:
    """A course that went the whole way."""
    course = ready_course(make, teacher, **values)
    assert client.post(f"/courses/{course['id']}/submit", user=teacher).status == 200
    assert client.post(f"/admin/courses/{course['id']}/approve", user=admin).status == 200
    return course


def listed(db: Database, make: Factory, teacher: dict[str, Any], *titles: str, **values: Any) -> list[dict[str, Any]]:
    """Published courses that lists and search find."""
    courses = [make.course(teacher, title=title, **values) for title in titles]
    jobs.refresh_search(db)
    return courses
