"""What learners say of a course, for everybody to read."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from academy.catalog.models import CourseRating
from tests.api import Client
from tests.factories import Factory


def test_opinions_are_read_latest_first_page_by_page(client: Client, make: Factory) -> None:
    course = make.course(make.user("instructor"))
    learners = [make.user() for _ in range(3)]
    for number, learner in enumerate(learners):
        said = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
        make.row(
            CourseRating,
            course_id=course["id"],
            user_id=learner["id"],
            rating=number + 3,
            review=f"Word {number}",
            created_at=said,
            updated_at=said,
        )

    first = client.get(f"/courses/{course['id']}/ratings?limit=2")
    rest = client.get(f"/courses/{course['id']}/ratings?limit=2&cursor={first.json['pagination']['nextCursor']}")
    second = client.get(f"/courses/{course['id']}/ratings?limit=2&page=2")

    assert [row["review"] for row in first.data + rest.data] == ["Word 2", "Word 1", "Word 0"]
    assert second.data == rest.data
    assert first.data[0]["user"] == {"id": str(learners[2]["id"]), "fullName": learners[2]["full_name"]}
    assert (first.data[0]["rating"], first.json["pagination"]["totalCount"]) == (5, 3)
    assert "email" not in first.text


def test_a_course_without_opinions_has_an_empty_page(client: Client, make: Factory) -> None:
    reply = client.get(f"/courses/{make.course(make.user('instructor'))['id']}/ratings")

    assert (reply.status, reply.data, reply.json["pagination"]["totalCount"]) == (200, [], 0)


def test_opinions_of_what_nobody_may_see_are_as_if_absent(client: Client, make: Factory) -> None:
    teacher = make.user("instructor")
    draft = make.course(teacher, status="draft")
    private = make.course(teacher, visibility="private")

    for id in (draft["id"], private["id"], uuid4()):
        reply = client.get(f"/courses/{id}/ratings", user=make.user("instructor"))
        assert (reply.status, reply.code) == (404, "COURSE_NOT_FOUND")
    assert client.get(f"/courses/{draft['id']}/ratings", user=teacher).status == 200
    assert client.get(f"/courses/{draft['id']}/ratings", user=make.user("admin")).status == 200
    assert client.get("/courses/not-an-id/ratings").status == 400
