"""Progress as trees: right to the section, scoped by who asks, in one statement."""

from typing import Any

import pytest

from tests.api import Client
from tests.factories import Factory
from tests.integration.learning.conftest import Learner


def test_a_course_is_told_down_to_each_section(learner: Learner) -> None:
    # Given three of eight sections completed, one with a score
    for section in learner.sections[:3]:
        learner.report(section, score=90)

    # When
    data = learner.get("/progress/courses/{course}").data

    # Then
    assert data["courseTitle"] == "Variables and loops"
    first = data["modules"][0]
    assert (first["completedLessons"], first["totalLessons"], first["completed"]) == (1, 2, False)
    assert [lesson["completed"] for lesson in first["lessons"]] == [True, False]
    states = [s["completed"] for m in data["modules"] for lesson in m["lessons"] for s in lesson["sections"]]
    assert states == [True] * 3 + [False] * 5
    section = first["lessons"][0]["sections"][0]
    assert (section["id"], section["timeSpent"], section["score"]) == (str(learner.sections[0]["id"]), 60, 90)
    assert data["statistics"] == {
        "totalModules": 2, "completedModules": 0, "totalLessons": 4, "completedLessons": 1, "totalSections": 8, "completedSections": 3,
        "completionPercentage": 37.5, "totalTimeSpent": 180, "estimatedTimeRemaining": 1500, "averageScore": 90,
    }  # fmt: skip
    assert data["summary"]["nextSection"]["sectionId"] == str(learner.sections[3]["id"])
    assert data["completionPercentage"] == 37.5


def test_a_course_not_begun_is_a_tree_too(learner: Learner) -> None:
    data = learner.get("/courses/{course}/progress").data

    assert data["statistics"]["completedSections"] == 0
    assert data["summary"]["nextSection"]["sectionId"] == str(learner.sections[0]["id"])


def test_a_course_without_content_is_zero_percent(make: Factory, client: Client) -> None:
    student, course = make.user(), make.course(make.user("instructor"))
    make.enrollment(student, course)

    data = client.get(f"/progress/courses/{course['id']}", user=student).data

    assert (data["modules"], data["completionPercentage"], data["summary"]["nextSection"]) == ([], 0, None)


def test_a_lesson_is_told_with_its_sections(learner: Learner) -> None:
    learner.report(learner.sections[0])

    data = learner.get(f"/progress/lessons/{learner.sections[0]['lesson_id']}").data

    assert [section["completed"] for section in data["sections"]] == [True, False]
    assert (data["completionPercentage"], data["timeSpent"], data["completed"]) == (50, 60, False)
    assert data["summary"]["estimatedTimeRemaining"] == 300


def test_all_courses_are_summed_up(learner: Learner, make: Factory) -> None:
    other = make.course(learner.teacher)
    make.outline(other, modules=1, lessons=1, sections=2)
    make.enrollment(learner.student, other, enrolled_at=learner.enrollment["enrolled_at"])
    for section in learner.sections:
        learner.report(section)

    data = learner.get("/progress").data

    assert [course["courseId"] for course in data["courses"]] == [str(learner.course["id"]), str(other["id"])]
    assert data["statistics"] == {
        "totalCourses": 2, "activeCourses": 1, "completedCourses": 1, "totalLessons": 5, "completedLessons": 4, "totalSections": 10,
        "completedSections": 8, "totalTimeSpent": 480, "averageCompletion": 50,
    }  # fmt: skip
    assert data["summary"]["currentStreak"] == 1
    assert data["summary"]["nextSection"]["courseId"] == str(other["id"])


@pytest.mark.parametrize(
    "path", ["/progress/courses/{course}?userId={student}", "/courses/{course}/progress?userId={student}", "/progress/{student}"]
)
def test_a_learners_progress_is_for_themselves_their_teacher_and_admins(learner: Learner, make: Factory, path: str) -> None:
    other_student = make.user()
    make.enrollment(other_student, learner.course)

    for user in (learner.student, learner.teacher, make.user("admin")):
        assert learner.get(path, user=user).status == 200
    for user in (other_student, make.user("instructor"), make.user()):
        assert learner.get(path, user=user).status == 404
    assert learner.get(path, user=None).status == 401


def test_a_lessons_progress_is_scoped_the_same_way(learner: Learner, make: Factory) -> None:
    path = f"/progress/lessons/{learner.sections[0]['lesson_id']}?userId={learner.student['id']}"

    assert learner.get(path, user=learner.teacher).status == 200
    assert learner.get(path, user=make.user("instructor")).code == "LESSON_NOT_FOUND"


def test_an_instructor_sees_only_their_own_courses_of_a_learner(learner: Learner, make: Factory) -> None:
    make.enrollment(learner.student, make.course(make.user("instructor")))

    data = learner.get("/progress/{student}", user=learner.teacher).data

    assert [course["courseId"] for course in data["courses"]] == [str(learner.course["id"])]
    assert data["statistics"]["totalCourses"] == 1


def test_an_unknown_learner_course_or_lesson_is_not_found(learner: Learner, make: Factory) -> None:
    nobody = "0198c0de-0000-7000-8000-000000000000"
    admin = make.user("admin")

    for path in (f"/progress/{nobody}", f"/progress/courses/{nobody}", f"/progress/lessons/{nobody}"):
        assert learner.get(path, user=admin).status == 404
    assert learner.get("/progress/not-an-id").status == 400


def test_removed_content_is_not_in_the_tree(learner: Learner, make: Factory) -> None:
    learner.report(learner.sections[0])
    make.execute("update lessons set deleted_at = now() where id = :id", id=learner.sections[0]["lesson_id"])

    statistics = learner.get("/progress/courses/{course}").data["statistics"]

    assert (statistics["totalSections"], statistics["completedSections"], statistics["totalLessons"]) == (6, 0, 3)


@pytest.mark.parametrize("path", ["/progress", "/progress/{student}", "/progress/courses/{course}", "/progress/streak", "/progress/achievements",
                                  "/progress/time/summary", "/progress/analytics/dashboard", "/progress/analytics/learning-path"])  # fmt: skip
def test_each_page_is_one_statement(learner: Learner, db: Any, path: str) -> None:
    learner.report(learner.sections[0])
    before = db.trips
    assert learner.get(path).status == 200
    assert db.trips - before == 2


@pytest.mark.parametrize("path", ["/progress", "/progress/streak", "/progress/achievements", "/progress/time/summary",
                                  "/progress/analytics/dashboard", "/progress/analytics/learning-path"])  # fmt: skip
def test_a_newcomer_gets_empty_pages_not_errors(make: Factory, client: Client, path: str) -> None:
    assert client.get(path, user=make.user()).status == 200
    assert client.get(path).status == 401
    assert client.get(path, user=make.user(onboarded_at=None)).code == "ONBOARDING_REQUIRED"
