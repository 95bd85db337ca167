"""What has to be learned before: never in a circle."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

from academy.catalog import service
from academy.catalog.schemas import Prerequisites
from academy.platform.auth.caller import Caller
from academy.platform.db import UnitOfWork
from academy.platform.http import Request
from tests.api import Client
from tests.factories import Factory
from tests.integration.learning.threads import held_open, wait_for_a_lock


def _ask(client: Client, teacher: dict[str, Any], course: dict[str, Any], *required: dict[str, Any]) -> Any:
    return client.put(f"/courses/{course['id']}/prerequisites", {"courseIds": [str(one["id"]) for one in required]}, user=teacher)


def test_the_set_is_replaced(client: Client, make: Factory) -> None:
    teacher, other = make.user("instructor"), make.user("instructor")
    course, first, second = make.course(teacher, status="draft"), make.course(other), make.course(teacher, status="draft")

    both = _ask(client, teacher, course, second, first, second)
    one = _ask(client, teacher, course, first)
    none = _ask(client, teacher, course)

    assert [row["id"] for row in both.data] == [str(second["id"]), str(first["id"])]
    assert one.data == [{"id": str(first["id"]), "title": first["title"], "status": "published"}]
    assert (none.status, none.data) == (200, [])
    assert make.value("select count(*) from course_prerequisites") == 0


def test_a_circle_is_refused_however_long(client: Client, make: Factory) -> None:
    teacher = make.user("instructor")
    a, b, c = (make.course(teacher) for _ in range(3))
    _ask(client, teacher, a, b)
    _ask(client, teacher, b, c)

    long, short = _ask(client, teacher, c, a), _ask(client, teacher, a, a)

    assert (long.status, long.code) == (short.status, short.code) == (422, "PREREQUISITE_CYCLE")
    assert make.value("select count(*) from course_prerequisites") == 2


def test_what_is_not_there_for_the_author_can_not_be_required(client: Client, make: Factory) -> None:
    teacher = make.user("instructor")
    course, hidden = make.course(teacher), make.course(make.user("instructor"), status="draft")

    reply = client.put(
        f"/courses/{course['id']}/prerequisites",
        {"courseIds": [str(make.course(teacher)["id"]), str(hidden["id"]), str(uuid4())]},
        user=teacher,
    )

    assert (reply.status, reply.code) == (422, "PREREQUISITE_NOT_FOUND")
    absent = {"message": "There is no such course.", "type": "not_found"}
    problems = sorted(reply.json["details"], key=lambda problem: str(problem["field"]))
    assert problems == [{"field": "body.courseIds.1", **absent}, {"field": "body.courseIds.2", **absent}]
    assert make.value("select count(*) from course_prerequisites") == 0


def test_a_wrong_body_is_refused(client: Client, make: Factory) -> None:
    teacher = make.user("instructor")
    course = make.course(teacher)
    path = f"/courses/{course['id']}/prerequisites"

    assert client.put(path, {"courseIds": ["not an id"]}, user=teacher).status == 400
    assert client.put(path, {}, user=teacher).status == 400
    assert client.put(path, {"courseIds": [str(uuid4()) for _ in range(21)]}, user=teacher).status == 400


def test_two_halves_of_a_circle_at_the_same_moment_do_not_both_get_in(make: Factory, client: Client, database_url: str) -> None:
    # Given two halves of a circle, that have no course in common
    teacher = make.user("instructor")
    a, b, c, d = (make.course(teacher) for _ in range(4))
    _ask(client, teacher, b, c)
    _ask(client, teacher, d, a)
    caller = Caller(teacher["id"], teacher["sub"], "instructor", frozenset({"course:edit"}), True, "session")

    def close(work: UnitOfWork) -> None:
        request = Request(id="first", work=work, headers={}, cookies={}, source_ip="", visitor=caller)
        service.set_prerequisites(request, a["id"], Prerequisites(course_ids=[b["id"]]))

    # When they are joined at one end, in a transaction that is not over yet, and at the other
    with ThreadPoolExecutor(1) as pool, held_open(database_url, close) as commit:
        reply = pool.submit(_ask, client, teacher, c, d)
        wait_for_a_lock(database_url)
        commit()

    # Then the other end has waited, and sees what the first did
    assert reply.result().code == "PREREQUISITE_CYCLE"
    assert make.value("select count(*) from course_prerequisites") == 3
