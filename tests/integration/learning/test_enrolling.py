"""Into a course, out of it, who is in it, and what they think of it."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest

from academy.learning.service.enrolling import refuse
from academy.platform.errors import Conflict
from academy.platform.http.spreadsheet import csv_cell
from tests.api import Client
from tests.factories import Factory
from tests.integration.learning.threads import at_the_same_time


def total(make: Factory, course: dict[str, Any]) -> int:
    return int(make.value("select total_enrollments from courses where id = :id", id=course["id"]))


def test_a_free_course_is_entered_at_once(make: Factory, client: Client, published: list[Any]) -> None:
    student, course = make.user(), make.course(make.user("instructor"))

    reply = client.post(f"/courses/{course['id']}/enroll", user=student)

    assert reply.status == 201
    assert (reply.data["courseId"], reply.data["status"], reply.data["source"]) == (str(course["id"]), "active", "free")
    assert reply.headers["Location"] == f"/api/v1/courses/{course['id']}/progress"
    assert total(make, course) == 1
    assert [(e.kind, e.payload["userId"]) for e in published] == [("enrollment.created", str(student["id"]))]
    assert make.value("select action from audit_log") == "course.enroll"


def test_a_priced_course_says_what_to_pay_and_lets_nobody_in(make: Factory, client: Client) -> None:
    course = make.course(make.user("instructor"), price=49_900)

    reply = client.post(f"/courses/{course['id']}/enroll", user=make.user())

    assert (reply.status, reply.code) == (402, "PAYMENT_REQUIRED")
    price = {"courseId": str(course["id"]), "amount": 49_900, "currency": "INR"}
    assert reply.json["payment"] == {**price, "title": course["title"], "orderPath": "/payments/order"}
    assert {name: reply.json[name] for name in price} == price
    assert make.value("select count(*) from enrollments") == 0


def test_prerequisites_are_named_until_they_are_completed(make: Factory, client: Client) -> None:
    from academy.catalog.models import CoursePrerequisite

    teacher, student = make.user("instructor"), make.user()
    basics, more, course = make.course(teacher, title="Basics"), make.course(teacher, title="More"), make.course(teacher)
    for required in (basics, more):
        make.row(CoursePrerequisite, course_id=course["id"], required_id=required["id"])
    make.enrollment(student, basics)

    reply = client.post(f"/courses/{course['id']}/enroll", user=student)
    assert (reply.status, reply.code) == (422, "PREREQUISITES_NOT_MET")
    missing = [{"courseId": str(required["id"]), "title": required["title"]} for required in (basics, more)]
    assert sorted(reply.json["details"], key=lambda course: course["title"]) == missing
    assert all(word in reply.json["error"] for word in ("“Basics”", "“More”", "”, “"))
    make.enrollment(student, more)

    make.execute("update enrollments set status = 'completed', completed_at = now()")
    assert client.post(f"/courses/{course['id']}/enroll", user=student).status == 201


def test_nobody_enrols_in_their_own_course(make: Factory, client: Client) -> None:
    teacher = make.user("instructor")

    reply = client.post(f"/courses/{make.course(teacher)['id']}/enroll", user=teacher)

    assert (reply.status, reply.code) == (422, "OWN_COURSE")


def test_twice_is_a_conflict(make: Factory, client: Client) -> None:
    student, course = make.user(), make.course(make.user("instructor"))
    client.post(f"/courses/{course['id']}/enroll", user=student)

    reply = client.post(f"/courses/{course['id']}/enroll", user=student)

    assert (reply.status, reply.code) == (409, "ALREADY_ENROLLED")
    assert total(make, course) == 1


def test_who_is_in_a_course_is_refused_before_anything_is_sold_to_them() -> None:
    with pytest.raises(Conflict) as refused:
        refuse("enrolled", "[]")

    assert refused.value.code == "ALREADY_ENROLLED"


@pytest.mark.parametrize(
    "values", [{"status": "draft"}, {"status": "in_review"}, {"status": "archived"}, {"deleted_at": datetime.now(UTC)}]
)
def test_what_is_not_published_is_not_there(make: Factory, client: Client, values: dict[str, Any]) -> None:
    course = make.course(make.user("instructor"), **values)

    reply = client.post(f"/courses/{course['id']}/enroll", user=make.user())

    assert (reply.status, reply.code) == (404, "COURSE_NOT_FOUND")


@pytest.mark.parametrize("status", ["draft", "published"])
def test_a_private_course_is_its_owners_alone(make: Factory, client: Client, status: str) -> None:
    owner = make.user()
    course = make.course(owner, visibility="private", status=status)

    assert client.post(f"/courses/{course['id']}/enroll", user=make.user()).status == 404
    assert client.post(f"/courses/{course['id']}/enroll", user=make.user("admin")).status == 404
    assert client.post(f"/courses/{course['id']}/enroll", user=owner).status == 201


def test_twenty_at_once_are_one(make: Factory, client: Client, db: Any, database_url: str) -> None:
    from academy.learning.service.enrolling import enroll
    from academy.platform.auth.caller import Caller
    from academy.platform.db import Database
    from academy.platform.http import Request

    student, course = make.user(), make.course(make.user("instructor"))
    caller = Caller(student["id"], student["sub"], "student", frozenset(), True, "s")

    def job(own: Database) -> str:
        def call(work: Any) -> str:
            enroll(Request(id="request-1", work=work, headers={}, cookies={}, source_ip="", visitor=caller), course["id"])
            return "in"

        try:
            return own.transact(call)[0]
        except Conflict as clash:
            return clash.code

    results = at_the_same_time(database_url, [job] * 20)

    assert sorted(results) == ["ALREADY_ENROLLED"] * 19 + ["in"]
    assert make.value("select count(*) from enrollments") == 1
    assert make.value("select count(*) from outbox where kind = 'enrollment.created'") == 1
    assert total(make, course) == 1


def test_leaving_ends_it_and_coming_back_begins_anew(make: Factory, client: Client) -> None:
    student, course = make.user(), make.course(make.user("instructor"))
    first = client.post(f"/courses/{course['id']}/enroll", user=student).data["id"]

    assert client.delete(f"/courses/{course['id']}/enroll", user=student).status == 204
    assert total(make, course) == 0
    assert client.delete(f"/courses/{course['id']}/enroll", user=student).code == "ENROLLMENT_NOT_FOUND"
    second = client.post(f"/courses/{course['id']}/enroll", user=student).data["id"]

    assert second != first
    assert make.rows("select status from enrollments order by id") == [{"status": "ended"}, {"status": "active"}]
    assert total(make, course) == 1


def test_coming_rating_and_leaving_are_told_to_others_and_kept(make: Factory, client: Client, published: list[Any]) -> None:
    # Given a learner who comes, rates twice and leaves
    student, course = make.user(), make.course(make.user("instructor"))
    path = f"/courses/{course['id']}"
    enrollment = client.post(f"{path}/enroll", user=student).data["id"]
    client.put(f"{path}/rating", {"rating": 2}, user=student)
    client.put(f"{path}/rating", {"rating": 5}, user=student)
    client.delete(f"{path}/enroll", user=student)

    # Then the others hear of each
    who = {"userId": str(student["id"]), "courseId": str(course["id"])}
    assert [(event.kind, event.payload) for event in published] == [
        ("enrollment.created", {**who, "enrollmentId": enrollment, "source": "free"}),
        ("course.rated", {**who, "rating": 2}),
        ("course.rated", {**who, "rating": 5}),
        ("enrollment.ended", {**who, "enrollmentId": enrollment}),
    ]

    # And the log keeps who did what to what
    log = make.rows("select * from audit_log order by id")
    assert {(entry["actor_id"], entry["target_type"], entry["target_id"]) for entry in log} == {
        (student["id"], "course", str(course["id"]))
    }
    assert [(entry["action"], entry["before"], entry["after"]) for entry in log] == [
        ("course.enroll", None, {"enrollmentId": enrollment, "source": "free"}),
        ("course.rate", None, {"rating": 2}),
        ("course.rate", {"rating": 2}, {"rating": 5}),
        ("course.unenroll", {"enrollmentId": enrollment, "completed": False}, None),
    ]


def test_my_courses_are_mine_in_both_paginations_and_by_status(make: Factory, client: Client) -> None:
    teacher, student, other = make.user("instructor"), make.user(), make.user()
    courses = [make.course(teacher, section_count=4, thumbnail_key=f"media/thumbnails/{n}.png") for n in range(5)]
    for n, course in enumerate(courses):
        make.enrollment(student, course, enrolled_at=datetime(2026, 1, 1 + n, tzinfo=UTC), completed_sections=1, time_spent=60)
    make.enrollment(other, courses[0])
    make.execute("update enrollments set status = 'completed', completed_at = now() where course_id = :id", id=courses[0]["id"])

    page = client.get("/enrollments?limit=2&page=2", user=student).json
    assert page["pagination"] == {"page": 2, "limit": 2, "totalCount": 5, "totalPages": 3, "hasNext": True, "hasPrev": True,
                                  "nextCursor": page["pagination"]["nextCursor"]}  # fmt: skip
    assert [row["courseId"] for row in page["data"]] == [str(courses[2]["id"]), str(courses[1]["id"])]
    first = client.get("/enrollments?limit=3", user=student).json
    rest = client.get(f"/enrollments?limit=3&cursor={first['pagination']['nextCursor']}", user=student).json
    assert [row["courseId"] for row in first["data"] + rest["data"]] == [str(c["id"]) for c in reversed(courses)]
    assert rest["pagination"]["totalCount"] is None
    assert first["data"][0]["progress"]["completionPercentage"] == 25
    assert first["data"][0]["course"]["title"] == courses[4]["title"]
    assert first["data"][0]["course"]["thumbnailUrl"].endswith("/media/thumbnails/4.png")
    assert [row["courseId"] for row in client.get("/enrollments?status=completed", user=student).data] == [str(courses[0]["id"])]
    assert client.get("/enrollments?status=gone", user=student).status == 400
    assert client.get("/enrollments?cursor=xyz", user=student).status == 400
    assert client.get("/enrollments").status == 401


def test_a_courses_learners_are_for_its_owner_and_admins(make: Factory, client: Client) -> None:
    owner, student = make.user("instructor"), make.user(full_name="Meera Iyer")
    course = make.course(owner)
    make.enrollment(student, course)
    path = f"/courses/{course['id']}/students"

    for user in (owner, make.user("admin")):
        page = client.get(path, user=user).json
        assert [row["student"]["fullName"] for row in page["data"]] == ["Meera Iyer"]
        assert page["pagination"]["totalCount"] == 1
        assert "email" not in page["data"][0]["student"]
    assert client.get(path, user=make.user("instructor")).code == "COURSE_NOT_FOUND"
    assert client.get(path, user=student).status == 403
    assert client.get(path).status == 401


def test_learners_as_csv_are_no_formulas(make: Factory, client: Client) -> None:
    owner = make.user("instructor")
    course = make.course(owner)
    names = ['=HYPERLINK("http://evil.test","x")', "+1", "-1", "@SUM(A1)", "\tx", 'Ann "A", B', "अनिल कुमार"]
    for name in names:
        make.enrollment(make.user(full_name=name), course)

    reply = client.get(f"/courses/{course['id']}/students", user=owner, headers={"Accept": "text/csv"})

    assert reply.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in reply.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(reply.text, newline="")))
    assert sorted(row["Name"] for row in rows) == sorted([*("'" + name for name in names[:5]), *names[5:]])
    another = client.get(f"/courses/{course['id']}/students", user=make.user("instructor"), headers={"Accept": "text/csv"})
    assert (another.status, another.code) == (404, "COURSE_NOT_FOUND")


def test_csv_cells_keep_plain_text() -> None:
    assert (csv_cell("Asha"), csv_cell(None), csv_cell(" =1"), csv_cell("a=1")) == ("Asha", "", "' =1", "a=1")


def test_a_rating_counts_once_and_can_be_changed(make: Factory, client: Client) -> None:
    student, course = make.user(), make.course(make.user("instructor"))
    make.enrollment(student, course)
    path = f"/courses/{course['id']}/rating"

    first = client.put(path, {"rating": 2, "review": "  Too fast. "}, user=student)
    assert (first.status, first.data["review"], first.data["averageRating"], first.data["totalRatings"]) == (200, "Too fast.", 2, 1)
    second = client.put(path, {"rating": 5}, user=student)

    assert (second.data["averageRating"], second.data["totalRatings"], second.data["review"]) == (5, 1, None)
    assert make.rows("select rating_count, rating_sum from courses") == [{"rating_count": 1, "rating_sum": 5}]


@pytest.mark.parametrize("body", [{"rating": 0}, {"rating": 6}, {"rating": "5"}, {"rating": 4.5}, {}, {"rating": 5, "userId": "x"}])
def test_a_malformed_rating_is_refused(make: Factory, client: Client, body: dict[str, Any]) -> None:
    student, course = make.user(), make.course(make.user("instructor"))
    make.enrollment(student, course)

    assert client.put(f"/courses/{course['id']}/rating", body, user=student).status == 400
    assert make.value("select rating_count from courses") == 0


def test_only_learners_rate(make: Factory, client: Client) -> None:
    course = make.course(make.user("instructor"))

    assert client.put(f"/courses/{course['id']}/rating", {"rating": 5}, user=make.user()).code == "ENROLLMENT_NOT_FOUND"
    assert make.value("select count(*) from course_ratings") == 0


def test_simultaneous_ratings_of_one_learner_leave_true_sums(make: Factory, client: Client, database_url: str) -> None:
    from academy.learning.repository import enrollments

    student, course = make.user(), make.course(make.user("instructor"))
    make.enrollment(student, course)

    def rating(value: int) -> Any:
        def call(work: Any) -> None:
            work.first(enrollments.LOCK_CURRENT, caller=student["id"], course_id=course["id"])
            work.first(enrollments.RATE, caller=student["id"], course_id=course["id"], rating=value, review=None)

        return lambda own: own.transact(call)

    at_the_same_time(database_url, [rating(1 + n % 5) for n in range(15)])

    row = make.rows("select rating_count, rating_sum from courses")[0]
    assert (row["rating_count"], row["rating_sum"]) == (1, make.value("select rating from course_ratings"))


def test_enrolling_takes_at_most_four_statements(make: Factory, client: Client, db: Any) -> None:
    student, course = make.user(), make.course(make.user("instructor"))
    client.get("/enrollments", user=student)
    before = db.trips
    client.get("/enrollments", user=student)
    assert db.trips - before == 2
    before = db.trips
    client.post(f"/courses/{course['id']}/enroll", user=student)
    # admission, the statement, the event and the audit entry with COMMIT; then the mark of publishing
    assert db.trips - before == 4
