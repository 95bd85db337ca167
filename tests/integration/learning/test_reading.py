"""Reading lessons and sections: who may, what they get, and where it goes on."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from academy.platform.db import Database
from tests.api import Client
from tests.factories import Factory
from tests.integration.learning.conftest import Learner

CONTENT = "A variable is a name for a value."


@pytest.fixture
def paths(learner: Learner) -> list[str]:
    """The three addresses of what only readers may read."""
    first = learner.sections[0]
    course, lesson = learner.course["id"], first["lesson_id"]
    return [f"/sections/{first['id']}", f"/lessons/{lesson}", f"/courses/{course}/lessons/{lesson}"]


def statuses(client: Client, paths: list[str], user: dict[str, Any]) -> set[int]:
    return {client.get(path, user=user).status for path in paths}


# ---- a section ----


def test_a_learner_reads_a_section_with_its_content_and_their_state(learner: Learner) -> None:
    first, second, third = learner.sections[:3]
    citations = [{"start": 0, "end": 10, "quote": "A variable"}]
    learner.make.execute(
        """update sections set citations = '[{"start": 0, "end": 10, "quote": "A variable"}]', accessibility = '{"language": "en"}',
           data = '{"language": "python"}', type = 'code' where id = :id""",
        id=second["id"],
    )
    learner.report(second, timeSpent=90, score=80)

    data = learner.get(f"/sections/{second['id']}").data

    assert data["content"].startswith(CONTENT)
    assert (data["data"], data["citations"], data["accessibility"]) == ({"language": "python"}, citations, {"language": "en"})
    state = data["progress"]
    assert (state["completed"], state["timeSpent"], state["score"]) == (True, 90, 80)
    assert state["completedAt"] == state["lastSeenAt"]
    assert (data["previousSectionId"], data["nextSectionId"]) == (str(first["id"]), str(third["id"]))
    assert (data["courseTitle"], data["lessonTitle"]) == ("Variables and loops", "Lesson 1")


def test_sections_follow_each_other_over_lessons_and_modules_to_the_end(learner: Learner) -> None:
    gone = learner.sections[3]
    learner.make.execute("update sections set deleted_at = now() where id = :id", id=gone["id"])
    walked: list[str] = []
    at = str(learner.sections[0]["id"])
    while at:
        data = learner.get(f"/sections/{at}").data
        assert data["previousSectionId"] == (walked[-1] if walked else None)
        walked.append(at)
        at = data["nextSectionId"]

    assert walked == [str(section["id"]) for section in learner.sections if section is not gone]


def test_an_untouched_section_is_not_completed(learner: Learner) -> None:
    progress = learner.get(f"/sections/{learner.sections[0]['id']}").data["progress"]

    assert progress == {"completed": False, "completedAt": None, "timeSpent": 0, "score": None, "lastSeenAt": None}


def test_a_quiz_in_a_section_keeps_its_answers_from_learners_but_not_from_its_author(learner: Learner) -> None:
    section = learner.sections[0]
    learner.make.execute(
        """update sections set type = 'quiz', data = '{"quizId": "q-1", "shuffle": true, "correctAnswer": "B",
            "questions": [{"question": "What?", "correctAnswer": "A name"}], "hints": {"solution": "A name"}}' where id = :id""",
        id=section["id"],
    )

    assert learner.get(f"/sections/{section['id']}").data["data"] == {"quizId": "q-1", "shuffle": True}
    assert learner.get(f"/sections/{section['id']}", user=learner.teacher).data["data"]["correctAnswer"] == "B"


def test_answers_of_a_modules_quiz_are_nowhere(learner: Learner, paths: list[str]) -> None:
    learner.make.quiz(learner.make.rows("select * from modules order by position")[0])

    for path in [*paths, f"/courses/{learner.course['id']}/lessons"]:
        text = learner.get(path).text
        assert "correct" not in text
        assert "It names a value" not in text


# ---- a lesson ----


def test_a_learner_reads_a_lesson_with_its_sections_states(learner: Learner) -> None:
    learner.report(learner.sections[2])
    lessons = learner.make.rows("select l.* from lessons l join modules m on m.id = l.module_id order by m.position, l.position")
    learner.make.execute("update lessons set video_url = 'https://video.test/1', materials_key = 'materials/a.pdf'")

    data = learner.get(f"/lessons/{lessons[1]['id']}").data

    assert [(s["title"], s["completed"]) for s in data["sections"]] == [("Section 1", True), ("Section 2", False)]
    assert (data["progress"]["completed"], data["progress"]["completedSections"]) == (False, 1)
    assert (data["previousLessonId"], data["nextLessonId"]) == (str(lessons[0]["id"]), str(lessons[2]["id"]))
    assert (data["videoUrl"], data["materialsKey"]) == ("https://video.test/1", "materials/a.pdf")
    assert (data["moduleTitle"], data["courseTitle"]) == ("Module 1", "Variables and loops")


def test_a_lesson_is_found_by_its_own_course_alone(learner: Learner, make: Factory, paths: list[str]) -> None:
    other = make.course(learner.teacher)
    lesson = learner.sections[0]["lesson_id"]

    assert learner.get(paths[2]).data == learner.get(paths[1]).data
    assert learner.get(f"/courses/{other['id']}/lessons/{lesson}", user=learner.teacher).code == "LESSON_NOT_FOUND"


# ---- who ----


def test_owner_admin_and_learner_read(learner: Learner, make: Factory, paths: list[str], client: Client) -> None:
    for user in (learner.student, learner.teacher, make.user("admin")):
        assert statuses(client, paths, user) == {200}
    assert learner.get(paths[0], user=learner.teacher).data["progress"] is None


def test_others_find_nothing(learner: Learner, make: Factory, paths: list[str], client: Client) -> None:
    for user in (make.user(), make.user("instructor")):
        assert [client.get(path, user=user).code for path in paths] == ["SECTION_NOT_FOUND", "LESSON_NOT_FOUND", "LESSON_NOT_FOUND"]
    assert client.get(paths[0]).status == 401


def test_having_completed_a_course_its_learner_still_reads(learner: Learner, paths: list[str], client: Client) -> None:
    learner.make.execute("update enrollments set status = 'completed', completed_at = now()")

    assert statuses(client, paths, learner.student) == {200}


def test_an_enrolment_that_ended_reads_no_more(learner: Learner, paths: list[str], client: Client) -> None:
    client.delete(f"/courses/{learner.course['id']}/enroll", user=learner.student)

    assert statuses(client, paths, learner.student) == {404}


def test_an_archived_course_stays_with_its_learners(learner: Learner, make: Factory, paths: list[str], client: Client) -> None:
    make.execute("update courses set status = 'archived'")
    make.execute("update lessons set is_preview = true")

    assert statuses(client, paths, learner.student) == {200}
    assert statuses(client, [*paths, f"/courses/{learner.course['id']}/lessons"], make.user()) == {404}


@pytest.mark.parametrize("status", ["draft", "in_review", "rejected"])
def test_what_is_not_published_is_for_its_owner_and_admins(
    learner: Learner, make: Factory, paths: list[str], client: Client, status: str
) -> None:
    make.execute("update courses set status = :status, rejection_reason = 'Too short.'", status=status)
    make.execute("update lessons set is_preview = true")
    every = [*paths, f"/courses/{learner.course['id']}/lessons"]

    for user in (learner.teacher, make.user("admin")):
        assert statuses(client, every, user) == {200}
    for user in (learner.student, make.user()):
        assert statuses(client, every, user) == {404}


def test_a_private_course_is_its_owners_alone(learner: Learner, make: Factory, paths: list[str], client: Client) -> None:
    make.execute("update courses set visibility = 'private'")
    make.execute("update lessons set is_preview = true")
    every = [*paths, f"/courses/{learner.course['id']}/lessons"]

    assert statuses(client, every, learner.teacher) == {200}
    for user in (learner.student, make.user(), make.user("admin")):
        assert statuses(client, every, user) == {404}


@pytest.mark.parametrize("what", ["sections", "lessons", "modules", "courses"])
def test_what_is_removed_is_gone_for_everybody(learner: Learner, make: Factory, paths: list[str], client: Client, what: str) -> None:
    make.execute(f"update {what} set deleted_at = :now", now=datetime.now(UTC))

    for user in (learner.student, learner.teacher, make.user("admin")):
        assert client.get(paths[0], user=user).code == "SECTION_NOT_FOUND"
        assert (client.get(paths[1], user=user).status == 404) is (what != "sections")


# ---- previews ----


def test_a_preview_is_every_members_and_leads_only_to_previews(learner: Learner, make: Factory, client: Client) -> None:
    lessons = make.rows("select l.id from lessons l join modules m on m.id = l.module_id order by m.position, l.position")
    make.execute("update lessons set is_preview = true where id in (:a, :b)", a=lessons[0]["id"], b=lessons[2]["id"])
    sections = learner.sections
    stranger = make.user()

    data = client.get(f"/sections/{sections[1]['id']}", user=stranger).data

    assert data["content"].startswith(CONTENT)
    assert (data["progress"], data["previousSectionId"], data["nextSectionId"]) == (None, str(sections[0]["id"]), str(sections[4]["id"]))
    lesson = client.get(f"/lessons/{lessons[0]['id']}", user=stranger).data
    assert (lesson["previousLessonId"], lesson["nextLessonId"]) == (None, str(lessons[2]["id"]))
    assert client.get(f"/sections/{sections[2]['id']}", user=stranger).status == 404
    assert client.get(f"/sections/{sections[0]['id']}").status == 401


# ---- the list ----


def test_a_stranger_lists_lessons_without_what_is_in_them(learner: Learner, make: Factory, client: Client) -> None:
    make.execute(
        "update lessons set video_url = 'https://video.test/1', materials_key = 'materials/a.pdf', subtitle_key = 'materials/a.vtt'"
    )
    make.execute("update lessons set is_preview = true where id = :id", id=learner.sections[0]["lesson_id"])

    reply = client.get(f"/courses/{learner.course['id']}/lessons", user=make.user())

    first, second = reply.data[:2]
    assert [lesson["moduleTitle"] for lesson in reply.data] == ["Module 1", "Module 1", "Module 2", "Module 2"]
    assert (first["readable"], first["videoUrl"], first["sectionCount"]) == (True, "https://video.test/1", 2)
    assert (second["readable"], second["videoUrl"], second["materialsKey"], second["subtitleKey"]) == (False, None, None, None)
    assert first["progress"] is None
    assert CONTENT not in reply.text


def test_a_learner_lists_lessons_with_their_progress(learner: Learner) -> None:
    learner.report(learner.sections[0])
    learner.report(learner.sections[1])

    data = learner.get("/courses/{course}/lessons").data

    assert [lesson["progress"]["completed"] for lesson in data] == [True, False, False, False]
    assert all(lesson["readable"] for lesson in data)


@pytest.mark.parametrize(
    "following", [lambda n, cursor: {"page": n}, lambda n, cursor: {"cursor": cursor} if cursor else {}], ids=["page", "cursor"]
)
def test_both_paginations_list_every_lesson_once_in_order(learner: Learner, following: Callable[[int, str | None], dict[str, Any]]) -> None:
    seen, cursor = [], None
    for n in (1, 2):
        reply = learner.get("/courses/{course}/lessons", query={"limit": 3, **following(n, cursor)})
        seen += [lesson["id"] for lesson in reply.data]
        cursor = reply.json["pagination"]["nextCursor"]

    assert reply.json["pagination"]["hasNext"] is False
    assert seen == list(dict.fromkeys(str(section["lesson_id"]) for section in learner.sections))


def test_an_empty_course_has_an_empty_list(make: Factory, client: Client) -> None:
    reply = client.get(f"/courses/{make.course(make.user('instructor'))['id']}/lessons", user=make.user())

    assert (reply.data, reply.json["pagination"]["totalCount"]) == ([], 0)


def test_lessons_of_no_course_are_not_found(make: Factory, client: Client) -> None:
    assert client.get("/courses/01890000-0000-7000-8000-000000000000/lessons", user=make.user()).code == "COURSE_NOT_FOUND"


# ---- caching, cost ----


def test_what_was_read_may_be_asked_for_again_and_changed_by_its_version(learner: Learner, paths: list[str], client: Client) -> None:
    tag = learner.get(paths[0]).headers["ETag"]
    assert tag.startswith('"v1-')
    assert learner.get(paths[0], headers={"If-None-Match": tag}).status == 304

    assert client.put(paths[0], {"title": "Renamed"}, user=learner.teacher, headers={"If-Match": tag}).status == 200
    assert client.put(paths[0], {"title": "Again"}, user=learner.teacher, headers={"If-Match": tag}).status == 412
    assert learner.get(paths[0], headers={"If-None-Match": tag}).data["title"] == "Renamed"
    assert learner.get(paths[0]).headers["Cache-Control"] == "private, no-store"


def test_each_is_admission_and_one_statement(learner: Learner, paths: list[str], db: Database) -> None:
    learner.get(paths[0])
    for path in [*paths, "/courses/{course}/lessons"]:
        before = db.trips
        assert learner.get(path).status == 200
        assert db.trips - before == 2, path


@pytest.mark.parametrize(
    "parts", [[1, "x", 1, "y"], [10**30, *["01890000-0000-7000-8000-000000000000", 1] * 2][:4], [1], ["a", "b", "c", "d"]]
)
def test_a_cursor_of_another_making_is_refused(learner: Learner, parts: list[Any]) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")

    assert learner.get("/courses/{course}/lessons", query={"cursor": cursor}).code == "VALIDATION_FAILED"
