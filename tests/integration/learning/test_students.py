"""Who learns in a course, for its instructor: in pages, by status, and as a file for a spreadsheet."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest

from academy.learning.service import enrolling
from tests.api import Client, Reply
from tests.factories import Factory


@pytest.fixture
def course(make: Factory) -> dict[str, Any]:
    """A course with five learners, who came on five days; the first has completed it."""
    course = make.course(make.user("instructor"), section_count=8)
    for n in range(5):
        make.enrollment(make.user(username=f"learner{n}"), course, enrolled_at=datetime(2026, 1, 1 + n, tzinfo=UTC))
    make.execute(
        """update enrollments set status = 'completed', completed_at = '2026-02-03T04:05:06Z', completed_sections = 8, time_spent = 90,
           last_accessed_at = '2026-02-04T00:00:00Z' where enrolled_at = '2026-01-01T00:00:00Z'"""
    )
    return course


def students(client: Client, make: Factory, course: dict[str, Any], *, accept: str = "application/json", **query: Any) -> Reply:
    (owner,) = make.rows("select * from users where id = :id", id=course["instructor_id"])
    return client.get(f"/courses/{course['id']}/students", user=owner, headers={"Accept": accept}, query=query)


def names(reply: Reply) -> list[str]:
    return [row["student"]["username"] for row in reply.data]


def table(reply: Reply) -> list[list[str]]:
    return list(csv.reader(io.StringIO(reply.text, newline="")))


def test_pages_follow_each_other_latest_first(course: dict[str, Any], make: Factory, client: Client) -> None:
    first = students(client, make, course, limit=2)
    second = students(client, make, course, limit=2, cursor=first.json["pagination"]["nextCursor"])
    third = students(client, make, course, limit=2, page=3)

    assert [names(reply) for reply in (first, second, third)] == [["learner4", "learner3"], ["learner2", "learner1"], ["learner0"]]
    assert (first.json["pagination"]["totalCount"], second.json["pagination"]["totalCount"]) == (5, None)


def test_those_of_one_status_are_asked_for_in_both_forms(course: dict[str, Any], make: Factory, client: Client) -> None:
    assert names(students(client, make, course, status="completed")) == ["learner0"]
    assert [row[1] for row in table(students(client, make, course, status="completed", accept="text/csv"))] == ["Username", "learner0"]


def test_a_file_tells_of_each_learner_what_the_list_does(course: dict[str, Any], make: Factory, client: Client) -> None:
    reply = students(client, make, course, accept="text/csv")

    header, *rows = table(reply)
    assert header == [
        "Name", "Username", "Status", "Enrolled at", "Completed at", "Completed sections", "Total sections", "Progress (%)", "Time spent (s)",
        "Last accessed at",
    ]  # fmt: skip
    assert [row[1] for row in rows] == ["learner4", "learner3", "learner2", "learner1", "learner0"]
    assert rows[0][2:] == ["active", "2026-01-05 00:00:00+00", "", "0", "8", "0.0", "0", ""]
    last = ["completed", "2026-01-01 00:00:00+00", "2026-02-03 04:05:06+00", "8", "8", "100.0", "90", "2026-02-04 00:00:00+00"]
    assert rows[-1][2:] == last
    assert reply.text.endswith("\r\n")
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert reply.headers["Content-Disposition"] == f'attachment; filename="students-{course["id"]}.csv"'
    assert reply.headers["Vary"] == "Accept", "a cache must not give the file to who wants the list"


def test_a_course_without_learners_is_a_file_with_a_header(make: Factory, client: Client) -> None:
    empty = make.course(make.user("instructor"))

    assert [row[0] for row in table(students(client, make, empty, accept="text/csv"))] == ["Name"]


def test_an_admin_gets_the_file_of_any_course(course: dict[str, Any], make: Factory, client: Client) -> None:
    reply = client.get(f"/courses/{course['id']}/students", user=make.user("admin"), headers={"Accept": "text/csv"})

    assert len(table(reply)) == 6


def test_a_file_that_would_be_too_large_is_refused(
    course: dict[str, Any], make: Factory, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enrolling, "EXPORT_LIMIT", 5)
    assert students(client, make, course, accept="text/csv").status == 200

    monkeypatch.setattr(enrolling, "EXPORT_LIMIT", 4)
    refused = students(client, make, course, accept="text/csv")
    assert (refused.status, refused.code) == (422, "EXPORT_TOO_LARGE")
    assert students(client, make, course, accept="text/csv", status="active").status == 200


def test_a_file_is_for_who_prefers_it(course: dict[str, Any], make: Factory, client: Client) -> None:
    for accept in (
        "text/csv",
        "Text/CSV",
        "text/csv;q=0.1",
        "application/json;q=0.4, text/csv;q=0.5",
        "text/csv; header=present; q=0.5, application/json; q=0.4",
        "text/csv;q=0.5, application/json;q=0",
        "text/csv, application/json;q=high",
    ):
        assert students(client, make, course, accept=accept).headers["Content-Type"].startswith("text/csv"), accept


def test_everybody_else_gets_the_list(course: dict[str, Any], make: Factory, client: Client) -> None:
    equal = "text/csv;q=0.5, application/json;q=0.5"
    for accept in ("text/csv, application/json", equal, "text/csv;q=0", "text/csv;q=low", "text/html, text/*", "csv", "*/*", ""):
        assert len(students(client, make, course, accept=accept).data) == 5, accept
