"""Drafts made, changed and removed: by their authors and by nobody else."""

from typing import Any
from uuid import uuid4

import pytest

from academy.platform.events import Envelope
from tests.api import Client
from tests.factories import Factory
from tests.integration.catalog.writing import NEW_COURSE, publish


def test_an_instructor_makes_a_draft(client: Client, make: Factory) -> None:
    teacher = make.user("instructor")

    reply = client.post("/courses", NEW_COURSE, user=teacher)

    assert reply.status == 201
    assert reply.headers["Location"] == f"/api/v1/courses/{reply.data['id']}"
    assert {name: reply.data[name] for name in NEW_COURSE} == NEW_COURSE
    assert reply.data["status"] == "draft"
    assert reply.data["instructor"] == {"id": str(teacher["id"]), "fullName": teacher["full_name"]}
    assert make.value("select action from audit_log") == "course.create"
    assert [card["id"] for card in client.get("/courses?mine=true", user=teacher).data] == [reply.data["id"]]


def test_a_student_may_not_make_courses(client: Client, make: Factory) -> None:
    reply = client.post("/courses", NEW_COURSE, user=make.user("student"))

    assert (reply.status, reply.code) == (403, "FORBIDDEN")


def test_nobody_makes_courses_without_a_token_not_even_wrong_ones(client: Client) -> None:
    assert client.post("/courses", {"title": 1}).status == 401


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "ab"),
        ("title", "x" * 201),
        ("title", "   a   "),
        ("title", 5),
        ("title", "nul\x00byte"),
        ("title", "half \ud800"),
        ("description", "too short"),
        ("domain", "alchemy"),
        ("category", "cooking"),
        ("difficulty", "expert"),
        ("price", -1),
        ("price", 499.5),
        ("price", "499"),
        ("price", 10**18),
        ("currency", "rupees"),
        ("tags", "python"),
        ("tags", ["x" * 51]),
        ("objectives", [7]),
        ("language", "not a language"),
        ("estimatedMinutes", -5),
        ("thumbnailKey", "certificates/somebody-elses.pdf"),
        ("thumbnailKey", "media/../certificates/a.pdf"),
        ("status", "published"),
        ("instructorId", "01900000-0000-7000-8000-000000000000"),
        ("role", "admin"),
        ("totalEnrollments", 1000),
    ],
)
def test_what_is_wrong_is_told_by_field_and_changes_nothing(client: Client, make: Factory, field: str, value: Any) -> None:
    reply = client.post("/courses", {**NEW_COURSE, field: value}, user=make.user("instructor"))

    assert (reply.status, reply.code) == (400, "VALIDATION_FAILED")
    assert reply.json["details"][0]["field"].startswith(f"body.{field}")
    assert make.value("select count(*) from courses") == 0


@pytest.mark.parametrize("field", ["title", "description", "domain", "category", "difficulty"])
def test_a_course_needs_its_first_facts(client: Client, make: Factory, field: str) -> None:
    body = {name: value for name, value in NEW_COURSE.items() if name != field}

    reply = client.post("/courses", body, user=make.user("instructor"))

    assert reply.status == 400
    assert reply.json["details"][0]["field"] == f"body.{field}"


def test_text_is_stored_as_given_and_never_as_markup(client: Client, make: Factory) -> None:
    title = "<script>alert('x')</script> & \"quotes\" %_\\ देवनागरी"

    reply = client.post("/courses", {**NEW_COURSE, "title": title}, user=make.user("instructor"))

    assert reply.data["title"] == title


def test_a_change_leaves_alone_what_it_does_not_name(client: Client, make: Factory) -> None:
    teacher = make.user("instructor")
    course = client.post("/courses", {**NEW_COURSE, "thumbnailKey": "media/thumbnails/a.png"}, user=teacher).data

    renamed = client.put(f"/courses/{course['id']}", {"title": "Python, again", "price": None}, user=teacher)
    cleared = client.put(f"/courses/{course['id']}", {"thumbnailKey": None}, user=teacher)

    assert (renamed.status, course["thumbnailUrl"]) == (200, "http://127.0.0.1:3000/media/thumbnails/a.png")
    assert renamed.data == {**course, "title": "Python, again", "version": 2, "updatedAt": renamed.data["updatedAt"]}
    gone = {"thumbnailKey": None, "thumbnailUrl": None, "version": 3, "updatedAt": cleared.data["updatedAt"]}
    assert cleared.data == {**renamed.data, **gone}


def test_a_stale_change_is_refused(client: Client, make: Factory) -> None:
    teacher = make.user("instructor")
    made = client.post("/courses", NEW_COURSE, user=teacher)
    first = client.put(f"/courses/{made.data['id']}", {"title": "First"}, user=teacher, headers={"If-Match": made.headers["ETag"]})

    second = client.put(f"/courses/{made.data['id']}", {"title": "Second"}, user=teacher, headers={"If-Match": made.headers["ETag"]})

    assert first.status == 200
    assert (second.status, second.code) == (412, "PRECONDITION_FAILED")
    assert make.value("select title from courses") == "First"


def test_a_field_of_study_that_does_not_exist_is_refused_on_change_too(client: Client, make: Factory) -> None:
    teacher = make.user("instructor")
    course = make.course(teacher, status="draft")

    reply = client.put(f"/courses/{course['id']}", {"domain": "alchemy"}, user=teacher)

    assert (reply.status, reply.json["details"][0]["field"]) == (400, "body.domain")


@pytest.mark.parametrize("field", ["status", "instructorId", "version", "publishedAt", "ratingSum"])
def test_nobody_sets_what_is_not_theirs_to_set(client: Client, make: Factory, field: str) -> None:
    teacher = make.user("instructor")
    course = make.course(teacher, status="draft")

    reply = client.put(f"/courses/{course['id']}", {field: "published"}, user=teacher)

    assert (reply.status, reply.json["details"][0]["field"]) == (400, f"body.{field}")


def test_an_admin_changes_any_course(client: Client, make: Factory) -> None:
    course = make.course(make.user("instructor"), status="draft")

    assert client.put(f"/courses/{course['id']}", {"title": "Checked"}, user=make.user("admin")).status == 200


AUTHORS_ROUTES: list[tuple[str, str, Any]] = [
    ("PUT", "/courses/{course}", {"title": "Mine now"}),
    ("DELETE", "/courses/{course}", None),
    ("POST", "/courses/{course}/submit", None),
    ("POST", "/courses/{course}/withdraw", None),
    ("PUT", "/courses/{course}/prerequisites", {"courseIds": []}),
    ("PUT", "/courses/{course}/structure", []),
    ("POST", "/courses/{course}/modules", {"title": "Mine now"}),
    ("POST", "/courses/{course}/lessons", {"title": "Mine now"}),
    ("PUT", "/modules/{module}", {"title": "Mine now"}),
    ("DELETE", "/modules/{module}", None),
    ("POST", "/modules/{module}/lessons", {"title": "Mine now"}),
    ("PUT", "/lessons/{lesson}", {"title": "Mine now"}),
    ("DELETE", "/lessons/{lesson}", None),
    ("PUT", "/courses/{course}/lessons/{lesson}", {"title": "Mine now"}),
    ("DELETE", "/courses/{course}/lessons/{lesson}", None),
    ("POST", "/lessons/{lesson}/sections", {"title": "Mine now"}),
    ("PUT", "/sections/{section}", {"title": "Mine now"}),
    ("DELETE", "/sections/{section}", None),
]


@pytest.mark.parametrize(("method", "path", "body"), AUTHORS_ROUTES)
def test_anothers_course_is_as_if_absent(client: Client, make: Factory, method: str, path: str, body: Any) -> None:
    course = make.course(make.user("instructor"))
    section = make.outline(course, modules=1, lessons=1, sections=1)[0]
    lesson = section["lesson_id"]
    ids = {
        "course": course["id"],
        "lesson": lesson,
        "section": section["id"],
        "module": make.value("select module_id from lessons where id = :id", id=lesson),
    }
    stranger = make.user("instructor")

    theirs = client.call(method, path.format(**ids), body, user=stranger)
    nothing = client.call(method, path.format(**dict.fromkeys(ids, uuid4())), body, user=stranger)

    assert theirs.status == nothing.status == 404
    assert {**theirs.json, "requestId": ""} == {**nothing.json, "requestId": ""}
    assert client.call(method, path.format(**ids), body, user=make.user("student")).status == 403
    assert client.call(method, path.format(**ids), body).status == 401
    assert client.call(method, path.replace("{", "x{").format(**ids), body, user=stranger).status == 400
    assert make.value("select count(*) from audit_log") == 0


def test_a_draft_is_removed_softly(client: Client, make: Factory) -> None:
    teacher = make.user("instructor")
    course = make.course(teacher, status="draft")

    assert client.delete(f"/courses/{course['id']}", user=teacher).status == 204
    assert client.delete(f"/courses/{course['id']}", user=teacher).status == 404
    assert make.value("select deleted_at is not null from courses") is True


def test_a_published_course_with_learners_is_archived_never_pulled(client: Client, make: Factory, published: list[Envelope]) -> None:
    teacher, admin = make.user("instructor"), make.user("admin")
    course = publish(client, make, teacher, admin)
    make.execute("update courses set total_enrollments = 3")

    reply = client.delete(f"/courses/{course['id']}", user=teacher)

    assert reply.status == 204
    assert make.rows("select status, deleted_at from courses") == [{"status": "archived", "deleted_at": None}]
    assert client.get("/courses").data == []
    assert [event.kind for event in published] == ["course.published", "course.archived"]


def test_a_published_course_without_learners_goes_and_is_found_no_more(client: Client, make: Factory) -> None:
    teacher = make.user("instructor")
    course = publish(client, make, teacher, make.user("admin"))

    client.delete(f"/courses/{course['id']}", user=teacher)

    assert client.get("/courses").data == []
    assert client.get("/courses", query={"mine": "true"}, user=teacher).data == []
    assert make.value("select count(*) from course_search") == 0


def test_a_changed_published_course_is_found_by_its_new_words_at_once(client: Client, make: Factory, published: list[Envelope]) -> None:
    teacher = make.user("instructor")
    course = publish(client, make, teacher, make.user("admin"), title="Pottery for all")

    client.put(f"/courses/{course['id']}", {"title": "Astronomy for all", "price": 100}, user=teacher)

    assert [row["price"] for row in client.get("/courses?search=astronomy").data] == [100]
    assert client.get("/courses?search=pottery").data == []
    assert published[-1].kind == "course.updated"
    assert published[-1].payload == {"courseId": str(course["id"]), "fields": ["title", "price"]}


def test_the_same_key_makes_one_course(client: Client, make: Factory) -> None:
    teacher = make.user("instructor")

    replies = [client.post("/courses", NEW_COURSE, user=teacher, headers={"Idempotency-Key": "once-only"}) for _ in range(2)]

    assert [reply.status for reply in replies] == [201, 201]
    assert replies[0].data["id"] == replies[1].data["id"]
    assert make.value("select count(*) from courses") == 1


def test_what_is_as_it_was_is_no_change(client: Client, make: Factory, published: list[Envelope]) -> None:
    teacher = make.user("instructor")
    course = make.course(teacher, title="Bridges", tags=["steel"])
    path = f"/courses/{course['id']}"
    before = client.get(path, user=teacher)

    for body in ({}, {"title": "Bridges", "tags": ["steel"], "price": before.data["price"]}):
        same = client.put(path, body, user=teacher, headers={"If-Match": before.headers["ETag"]})
        assert (same.status, same.data["updatedAt"]) == (200, before.data["updatedAt"])
    assert (published, make.value("select count(*) from audit_log")) == ([], 0)

    client.put(path, {"title": "Bridges", "tags": ["stone"]}, user=teacher)
    assert [event.payload["fields"] for event in published] == [["tags"]]
    assert make.value("select after->>'tags' from audit_log where action = 'course.update'") == '["stone"]'
    assert make.value("select after ? 'title' from audit_log where action = 'course.update'") is False


def test_a_learner_changes_and_removes_the_private_course_written_for_them(client: Client, make: Factory) -> None:
    learner = make.user()
    course = make.course(learner, visibility="private")
    client.post(f"/courses/{course['id']}/enroll", user=learner)

    changed = client.put(f"/courses/{course['id']}", {"title": "My own words"}, user=learner)

    assert (changed.status, changed.data["title"], changed.data["visibility"]) == (200, "My own words", "private")
    assert client.put(f"/courses/{course['id']}", {"title": "Late"}, user=learner, headers={"If-Match": '"v1-x"'}).status == 412
    assert client.delete(f"/courses/{course['id']}", user=learner).status == 204
    assert client.get(f"/courses/{course['id']}", user=learner).status == 404
    assert client.get("/enrollments", user=learner).data == []
    assert make.value("select count(*) from course_search") == 0


def test_a_learner_changes_no_other_course(client: Client, make: Factory) -> None:
    learner = make.user()
    others = [make.course(make.user(), visibility="private"), make.course(make.user("instructor")), make.course(learner)]

    for course in others:
        assert client.put(f"/courses/{course['id']}", {"title": "Mine now"}, user=learner).status == 403
        assert client.delete(f"/courses/{course['id']}", user=learner).status == 403
    assert make.value("select count(*) from courses where title = 'Mine now' or deleted_at is not null") == 0


def test_a_learner_writes_no_content_into_their_private_course(client: Client, make: Factory) -> None:
    learner = make.user()
    course = make.course(learner, visibility="private")

    assert client.post(f"/courses/{course['id']}/modules", {"title": "One more"}, user=learner).status == 403
