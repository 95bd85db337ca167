"""The course page: who sees what of a course, in one statement."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api import Client
from tests.factories import Factory
from tests.integration.learning.conftest import Learner

PATH = "/courses/{course}"


def test_a_stranger_sees_the_outline_but_no_content(learner: Learner, make: Factory) -> None:
    module = make.rows("select * from modules order by position")[0]
    make.quiz(module)

    reply = learner.get(PATH, user=None)

    assert reply.status == 200
    data = reply.data
    assert [len(lesson["sections"]) for m in data["modules"] for lesson in m["lessons"]] == [2, 2, 2, 2]
    assert data["instructor"] == {"id": str(learner.teacher["id"]), "fullName": learner.teacher["full_name"]}
    assert data["statistics"]["sectionCount"] == 8
    assert (data["quizzes"][0]["questionCount"], data["assignments"]) == (1, [])
    assert "A variable is a name" not in reply.text
    assert "correct" not in reply.text
    assert "enrollment" not in data
    assert "progress" not in data


def test_the_public_page_may_be_cached_and_asked_for_again(learner: Learner) -> None:
    reply = learner.get(PATH, user=None)
    assert reply.headers["Cache-Control"] == "public, max-age=60, stale-while-revalidate=300"
    assert reply.headers["ETag"].startswith('"v1-')

    again = learner.get(PATH, user=None, headers={"If-None-Match": reply.headers["ETag"]})
    assert (again.status, again.text) == (304, "")
    assert learner.get(PATH).headers["Cache-Control"] == "private, no-store"


def test_a_learner_sees_their_enrolment_and_on_request_their_progress(learner: Learner) -> None:
    learner.report(learner.sections[0])

    plain = learner.get(PATH).data
    assert plain["enrollment"]["id"] == str(learner.enrollment["id"])
    assert "progress" not in plain
    progress = learner.get(PATH + "?includeProgress=true").data["progress"]
    assert (progress["completionPercentage"], progress["completedSections"]) == (12.5, 1)
    assert progress["sections"][0]["sectionId"] == str(learner.sections[0]["id"])


def test_a_signed_in_stranger_is_told_that_they_are_not_in(learner: Learner, make: Factory) -> None:
    data = learner.get(PATH + "?includeProgress=true", user=make.user()).data

    assert (data["enrollment"], data["progress"]) == (None, None)
    assert "progress" not in learner.get(PATH + "?includeProgress=true", user=None).data


@pytest.mark.parametrize("status", ["draft", "in_review", "archived"])
def test_what_is_not_published_is_for_its_owner_and_reviewers(make: Factory, client: Client, status: str) -> None:
    owner = make.user("instructor")
    path = f"/courses/{make.course(owner, status=status)['id']}"

    assert client.get(path, user=owner).data["status"] == status
    assert client.get(path, user=make.user("admin")).status == 200
    for user in (None, make.user(), make.user("instructor")):
        assert client.get(path, user=user).code == "COURSE_NOT_FOUND"


def test_an_archived_course_stays_with_its_learners(learner: Learner, make: Factory) -> None:
    make.execute("update courses set status = 'archived'")

    assert learner.get(PATH).status == 200
    assert learner.get(PATH, user=make.user()).status == 404


def test_a_private_course_is_its_owners_alone(make: Factory, client: Client) -> None:
    owner = make.user()
    path = f"/courses/{make.course(owner, visibility='private')['id']}"

    assert client.get(path, user=owner).status == 200
    for user in (None, make.user(), make.user("admin")):
        assert client.get(path, user=user).status == 404


def test_a_removed_course_is_gone_even_for_its_owner(make: Factory, client: Client) -> None:
    owner = make.user("instructor")

    assert client.get(f"/courses/{make.course(owner, deleted_at=datetime.now(UTC))['id']}", user=owner).status == 404


def test_prerequisites_and_latest_ratings_are_shown(make: Factory, client: Client) -> None:
    from academy.catalog.models import CoursePrerequisite, CourseRating

    teacher = make.user("instructor")
    basics, course, after = (make.course(teacher, title=title) for title in ("Basics", "This", "After"))
    make.row(CoursePrerequisite, course_id=course["id"], required_id=basics["id"])
    make.row(CoursePrerequisite, course_id=after["id"], required_id=course["id"])
    for n in range(7):
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=n)
        make.row(CourseRating, course_id=course["id"], user_id=make.user()["id"], rating=1 + n % 5, review=f"r{n}", updated_at=at)

    data = client.get(f"/courses/{course['id']}").data

    assert [c["title"] for c in data["prerequisites"]] == ["Basics"]
    assert [c["title"] for c in data["requiredBy"]] == ["After"]
    assert [r["review"] for r in data["ratings"]] == ["r6", "r5", "r4", "r3", "r2"]


def test_an_empty_draft_has_a_page(make: Factory, client: Client) -> None:
    owner = make.user("instructor")
    course = make.course(owner, status="draft")
    make.module(course)

    [module] = client.get(f"/courses/{course['id']}", user=owner).data["modules"]
    assert module["lessons"] == []


@pytest.mark.parametrize("signed_in", [True, False])
def test_the_page_is_one_statement(learner: Learner, db: Any, signed_in: bool) -> None:
    options: dict[str, Any] = {} if signed_in else {"user": None}
    learner.get(PATH, **options)
    before = db.trips
    learner.get(PATH + "?includeProgress=true", **options)

    assert db.trips - before == 2


def test_an_unknown_or_malformed_id(client: Client) -> None:
    assert client.get("/courses/0198c0de-0000-7000-8000-000000000000").code == "COURSE_NOT_FOUND"
    assert client.get("/courses/1").status == 400
