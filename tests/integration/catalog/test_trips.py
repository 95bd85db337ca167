"""How often a write asks the database: admission, at most four statements, the commit."""

from academy.platform.db import Database
from tests.api import Client
from tests.factories import Factory
from tests.integration.catalog.writing import NEW_COURSE, ready_course

MOST = 1 + 4 + 1


def test_writing_asks_seldom(client: Client, make: Factory, db: Database) -> None:
    teacher = make.user("instructor")
    course = ready_course(make, teacher)
    section = make.rows("select id, lesson_id from sections")[0]
    module = make.value("select id from modules")
    other = make.course(teacher)
    client.get("/courses", user=teacher)
    structure = [{"moduleId": str(module), "lessons": [{"lessonId": str(section["lesson_id"]), "sections": [str(section["id"])]}]}]
    calls = [
        ("POST", "/courses", NEW_COURSE),
        ("PUT", f"/courses/{course['id']}", {"title": "Changed"}),
        ("PUT", f"/courses/{course['id']}/prerequisites", {"courseIds": [str(other["id"])]}),
        ("PUT", f"/courses/{course['id']}/structure", structure),
        ("POST", f"/courses/{course['id']}/modules", {"title": "Added"}),
        ("PUT", f"/modules/{module}", {"title": "Changed"}),
        ("POST", f"/courses/{course['id']}/lessons", {"title": "Added"}),
        ("PUT", f"/lessons/{section['lesson_id']}", {"title": "Changed", "order": 1}),
        ("POST", f"/lessons/{section['lesson_id']}/sections", {"title": "Added"}),
        ("PUT", f"/sections/{section['id']}", {"content": "Changed."}),
        ("DELETE", f"/sections/{section['id']}", None),
        ("DELETE", f"/modules/{module}", None),
        ("POST", f"/courses/{course['id']}/submit", None),
        ("DELETE", f"/courses/{course['id']}", None),
    ]

    for method, path, body in calls:
        before = db.trips
        reply = client.call(method, path, body, user=teacher)
        assert reply.status in {200, 201, 204, 422}, reply.text
        assert db.trips - before <= MOST, (method, path, db.trips - before)
