"""Between the look and the write: what was permitted a moment ago and no longer is."""

from concurrent.futures import ThreadPoolExecutor

from academy.platform.db import UnitOfWork, sql
from tests.api import Client
from tests.factories import Factory
from tests.integration.learning.threads import held_open, wait_for_a_lock

CHANGES = {
    "removed": sql("update courses set deleted_at = now() where id = :id"),
    "priced": sql("update courses set price = 49900 where id = :id"),
    "taken back": sql("update courses set status = 'draft' where id = :id"),
}
ANSWERS = {"removed": (404, "COURSE_NOT_FOUND"), "priced": (402, "PAYMENT_REQUIRED"), "taken back": (404, "COURSE_NOT_FOUND")}


def test_nobody_gets_into_a_course_that_changes_at_that_moment(client: Client, make: Factory, database_url: str) -> None:
    for change, statement in CHANGES.items():
        course, student = make.course(make.user("instructor")), make.user()

        def alter(work: UnitOfWork, statement: object = statement, id: object = course["id"]) -> None:
            work.execute(statement, id=id)  # type: ignore[arg-type]  # bound early, for the loop

        with held_open(database_url, alter) as commit, ThreadPoolExecutor(1) as pool:
            enrolling = pool.submit(client.post, f"/courses/{course['id']}/enroll", user=student)
            wait_for_a_lock(database_url)
            commit()
            reply = enrolling.result(timeout=60)

        assert (reply.status, reply.code) == ANSWERS[change], change
        assert make.value("select count(*) from enrollments where course_id = :id", id=course["id"]) == 0
        assert make.value("select total_enrollments from courses where id = :id", id=course["id"]) == 0


def test_a_private_course_that_is_asked_for_first_is_not_named(client: Client, make: Factory) -> None:
    """Its owner may have put it there while it was theirs to show; learners could neither see it nor complete it."""
    teacher, student = make.user("instructor"), make.user()
    course, private = make.course(teacher), make.course(teacher, visibility="private", title="My notes")
    assert client.put(f"/courses/{course['id']}/prerequisites", {"courseIds": [str(private["id"])]}, user=teacher).status == 200

    reply = client.post(f"/courses/{course['id']}/enroll", user=student)

    assert (reply.status, "My notes" in reply.text) == (201, False)
