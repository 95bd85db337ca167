"""What an author's steps leave behind: the log of who did what, and what the rest of the academy is told."""

from typing import Any

from academy.platform.events import Envelope
from tests.api import Client
from tests.factories import Factory
from tests.integration.catalog.writing import NEW_COURSE, publish


def log(make: Factory, actor: dict[str, Any], course: Any) -> list[tuple[str, Any, Any]]:
    """What somebody did to a course."""
    rows = make.rows(
        """select action, before, after from audit_log
           where actor_id = :actor and target_type = 'course' and target_id = cast(:course as text) order by id""",
        actor=actor["id"],
        course=str(course),
    )
    return [(row["action"], row["before"], row["after"]) for row in rows]


def test_the_log_says_what_was_what_before_and_after(client: Client, make: Factory, published: list[Envelope]) -> None:
    # Given an author who makes a draft, writes on it, submits it, takes it back and gives it up
    author = make.user("instructor")
    course = client.post("/courses", NEW_COURSE, user=author).data["id"]
    make.outline({"id": course}, modules=1, lessons=1, sections=1)
    basics = str(make.course(author)["id"])
    path = f"/courses/{course}"
    client.put(path, {"title": "x" * 200, "description": "y" * 201, "price": 0}, user=author)
    client.put(f"{path}/prerequisites", {"courseIds": [basics, basics]}, user=author)
    assert client.post(f"{path}/submit", user=author).status == 200
    client.post(f"{path}/withdraw", user=author)
    client.delete(path, user=author)

    # Then each step is in the log, with long texts named and not repeated
    assert log(make, author, course) == [
        ("course.create", None, {"title": NEW_COURSE["title"]}),
        ("course.update", {"version": 1}, {"title": "x" * 200, "description": "…", "price": 0}),
        ("course.set_prerequisites", None, {"courseIds": [basics]}),
        ("course.submit", {"status": "draft"}, {"status": "in_review"}),
        ("course.withdraw", {"status": "in_review"}, {"status": "draft"}),
        ("course.delete", {"status": "draft"}, None),
    ]
    # And nobody was told anything of a draft
    assert published == []


def test_what_learners_may_be_in_is_told_of(client: Client, make: Factory, published: list[Envelope]) -> None:
    # Given a published course with learners
    author = make.user("instructor")
    course = publish(client, make, author, make.user("admin"), title="Pottery")
    make.execute("update courses set total_enrollments = 1, thumbnail_key = 'media/a.png' where id = :id", id=course["id"])
    basics = make.course(author)
    path, before = f"/courses/{course['id']}", len(published)

    # When its author changes, requires and archives, and then archives again
    client.put(path, {"estimatedMinutes": 20, "thumbnailKey": None}, user=author)
    client.put(f"{path}/prerequisites", {"courseIds": [str(basics["id"])]}, user=author)
    client.delete(path, user=author)
    client.delete(path, user=author)

    # Then others hear of each once, in the API's words
    who = {"courseId": str(course["id"])}
    assert [(event.kind, event.payload) for event in published[before:]] == [
        ("course.updated", {**who, "fields": ["estimatedMinutes", "thumbnailKey"]}),
        ("course.updated", {**who, "fields": ["prerequisites"]}),
        ("course.archived", {**who, "instructorId": str(author["id"]), "title": "Pottery"}),
    ]
    assert log(make, author, course["id"])[-2:] == [
        ("course.archive", {"status": "published"}, None),
        ("course.archive", {"status": "archived"}, None),
    ]


def test_a_published_course_that_nobody_is_in_goes_and_that_is_told_too(client: Client, make: Factory, published: list[Envelope]) -> None:
    author = make.user("instructor")
    course = publish(client, make, author, make.user("admin"))

    client.delete(f"/courses/{course['id']}", user=author)

    assert published[-1].kind == "course.archived"
    assert log(make, author, course["id"])[-1] == ("course.delete", {"status": "published"}, None)


def test_a_change_of_a_listed_course_is_looked_for_by_its_own_words_alone(client: Client, make: Factory) -> None:
    author, admin = make.user("instructor"), make.user("admin")
    listed = publish(client, make, author, admin, title="Pottery")
    draft = make.course(author, status="draft")

    client.put(f"/courses/{draft['id']}", {"title": "Weaving"}, user=author)
    client.put(f"/courses/{listed['id']}", {"title": "Glazing"}, user=author)

    assert make.rows("select course_id from course_search") == [{"course_id": listed["id"]}]
    assert client.get("/courses?search=weaving").data == []
