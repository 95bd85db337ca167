"""Modules, lessons and sections: positions stay dense, counters true, learners' progress is told of."""

from typing import Any

import pytest

from academy.platform.events import Envelope
from tests.api import Client
from tests.factories import Factory
from tests.integration.catalog.writing import counted, counters, positions


def test_parts_are_added_at_the_end_or_where_they_are_wanted(client: Client, make: Factory) -> None:
    teacher = make.user("instructor")
    course = make.course(teacher, status="draft")

    for title, position in (("First", None), ("Second", None), ("Before", 1), ("Far", 9000)):
        reply = client.post(f"/courses/{course['id']}/modules", {"title": title, "position": position}, user=teacher)
        assert reply.status == 201
        assert reply.headers["Location"] == f"/api/v1/modules/{reply.data['id']}"

    assert positions(make, "modules", "course_id", course["id"]) == [("Before", 1), ("First", 2), ("Second", 3), ("Far", 4)]
    assert counters(make, course["id"]) == counted(make, course["id"]) == (4, 0, 0)


def test_a_lesson_has_all_its_facts(client: Client, make: Factory) -> None:
    teacher = make.user("instructor")
    course = make.course(teacher, status="draft")
    module = make.module(course)
    body = {
        "title": "Loops",
        "description": "Doing it again.",
        "order": 1,
        "estimatedTime": 25,
        "videoUrl": "https://videos.test/loops",
        "materialsKey": f"materials/{course['id']}/loops.zip",
        "subtitleKey": f"materials/{course['id']}/loops.vtt",
        "objectives": ["Write a loop"],
        "isPreview": True,
    }

    reply = client.post(f"/modules/{module['id']}/lessons", body, user=teacher)

    assert reply.status == 201
    assert {name: reply.data[name] for name in body} == body
    assert (reply.data["courseId"], reply.data["moduleId"]) == (str(course["id"]), str(module["id"]))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("videoUrl", "javascript:alert(1)"),
        ("videoUrl", "ftp://x"),
        ("materialsKey", "certificates/somebody.pdf"),
        ("materialsKey", "materials/00000000-0000-7000-8000-000000000000/other-course.zip"),
        ("subtitleKey", "materials/../x"),
        ("order", 0),
        ("order", -1),
        ("order", 1.5),
        ("estimatedTime", -1),
        ("title", ""),
        ("courseId", "01900000-0000-7000-8000-000000000000"),
        ("version", 7),
    ],
)
def test_a_wrong_lesson_is_refused_by_field(client: Client, make: Factory, field: str, value: Any) -> None:
    teacher = make.user("instructor")
    module = make.module(make.course(teacher, status="draft"))
    lesson = make.lesson(module)

    made = client.post(f"/modules/{module['id']}/lessons", {"title": "Loops", field: value}, user=teacher)
    changed = client.put(f"/lessons/{lesson['id']}", {field: value}, user=teacher)

    for reply in (made, changed):
        assert (reply.status, reply.json["details"][0]["field"]) == (400, f"body.{field}")
    assert make.value("select count(*) from lessons") == 1


def test_a_lesson_by_the_courses_address_finds_its_module(client: Client, make: Factory) -> None:
    teacher = make.user("instructor")
    course = make.course(teacher, status="draft")
    path = f"/courses/{course['id']}/lessons"

    into_new = client.post(path, {"title": "One"}, user=teacher).data
    second = make.module(course, 2)
    into_last = client.post(path, {"title": "Two"}, user=teacher).data
    into_named = client.post(path, {"title": "Three", "moduleId": into_new["moduleId"]}, user=teacher).data
    foreign = client.post(path, {"title": "Four", "moduleId": str(make.module(make.course(teacher))["id"])}, user=teacher)

    assert into_last["moduleId"] == str(second["id"])
    assert (into_named["moduleId"], into_named["order"]) == (into_new["moduleId"], 2)
    assert (foreign.status, foreign.json["details"][0]["field"]) == (400, "body.moduleId")
    assert counters(make, course["id"])[0] == 1  # the second was made behind the application's back


def test_the_other_address_of_a_lesson_has_to_name_its_course(client: Client, make: Factory) -> None:
    teacher = make.user("instructor")
    course, other = make.course(teacher, status="draft"), make.course(teacher, status="draft")
    lesson = make.lesson(make.module(course))

    assert client.put(f"/courses/{other['id']}/lessons/{lesson['id']}", {"title": "Moved"}, user=teacher).status == 404
    assert client.delete(f"/courses/{other['id']}/lessons/{lesson['id']}", user=teacher).status == 404
    assert client.put(f"/courses/{course['id']}/lessons/{lesson['id']}", {"title": "Moved"}, user=teacher).data["title"] == "Moved"
    assert client.delete(f"/courses/{course['id']}/lessons/{lesson['id']}", user=teacher).status == 204


@pytest.mark.parametrize(
    ("moved", "to", "order"),
    [(1, 3, "BCAD"), (4, 1, "DABC"), (2, 2, "ABCD"), (1, 99, "BCDA"), (3, 2, "ACBD")],
)
def test_siblings_make_room_for_a_moved_part(client: Client, make: Factory, moved: int, to: int, order: str) -> None:
    teacher = make.user("instructor")
    lesson = make.lesson(make.module(make.course(teacher, status="draft")))
    sections = [make.section(lesson, n, title=f"Section {letter}") for n, letter in enumerate("ABCD", 1)]

    reply = client.put(f"/sections/{sections[moved - 1]['id']}", {"order": to}, user=teacher)

    assert reply.data["order"] == min(to, 4)
    assert positions(make, "sections", "lesson_id", lesson["id"]) == [(f"Section {letter}", n) for n, letter in enumerate(order, 1)]


def test_content_is_kept_to_the_letter(client: Client, make: Factory) -> None:
    teacher = make.user("instructor")
    lesson = make.lesson(make.module(make.course(teacher, status="draft")))
    body = {
        "title": "Code",
        "type": "code",
        "content": "    indented\n\n<b>markdown</b> $1 :name '' \\ \t — हिन्दी\n",
        "data": {"language": "python", "deep": [{"a": None, "b": 1.5}]},
        "estimatedMinutes": 4,
    }

    made = client.post(f"/lessons/{lesson['id']}/sections", body, user=teacher)
    changed = client.put(f"/sections/{made.data['id']}", {"data": {}}, user=teacher)

    assert made.status == 201
    assert {name: made.data[name] for name in body} == body
    assert changed.data["content"] == body["content"]
    assert changed.data["data"] == {}


@pytest.mark.parametrize(("field", "value"), [("type", "podcast"), ("data", "text"), ("content", 5), ("content", "x" * 200_001)])
def test_a_wrong_section_is_refused_by_field(client: Client, make: Factory, field: str, value: Any) -> None:
    teacher = make.user("instructor")
    lesson = make.lesson(make.module(make.course(teacher, status="draft")))

    reply = client.post(f"/lessons/{lesson['id']}/sections", {"title": "Section", "type": "text", field: value}, user=teacher)

    assert (reply.status, reply.json["details"][0]["field"]) == (400, f"body.{field}")


def test_removing_takes_all_that_is_inside_and_closes_the_gap(client: Client, make: Factory) -> None:
    teacher = make.user("instructor")
    course = make.course(teacher, status="draft")
    make.outline(course, modules=3, lessons=2, sections=2)
    modules = make.rows("select id from modules where course_id = :id order by position", id=course["id"])
    lesson = make.rows("select id, module_id from lessons where module_id = :id order by position", id=modules[2]["id"])[0]
    section = make.rows("select id from sections where lesson_id <> :id and course_id = :course", id=lesson["id"], course=course["id"])[0]
    quiz = make.quiz({"id": modules[0]["id"], "course_id": course["id"]})

    assert client.delete(f"/sections/{section['id']}", user=teacher).status == 204
    assert client.delete(f"/lessons/{lesson['id']}", user=teacher).status == 204
    assert client.delete(f"/modules/{modules[0]['id']}", user=teacher).status == 204

    assert positions(make, "modules", "course_id", course["id"]) == [("Module 2", 1), ("Module 3", 2)]
    assert positions(make, "lessons", "module_id", lesson["module_id"]) == [("Lesson 2", 1)]
    assert counters(make, course["id"]) == counted(make, course["id"])
    assert make.value("select deleted_at is not null from quizzes where id = :id", id=quiz["id"]) is True
    assert client.delete(f"/modules/{modules[0]['id']}", user=teacher).status == 404


@pytest.mark.parametrize("part", ["modules", "lessons", "sections"])
def test_a_stale_change_of_a_part_is_refused(client: Client, make: Factory, part: str) -> None:
    teacher = make.user("instructor")
    course = make.course(teacher, status="draft")
    make.outline(course, modules=1, lessons=1, sections=1)
    id = make.value(f"select id from {part}")
    first = client.put(f"/{part}/{id}", {"title": "First"}, user=teacher, headers={"If-Match": '"v1-0"'})

    second = client.put(f"/{part}/{id}", {"title": "Second"}, user=teacher, headers={"If-Match": '"v1-0"'})
    third = client.delete(f"/{part}/{id}", user=teacher, headers={"If-Match": '"v1-0"'})
    fourth = client.put(f"/{part}/{id}", {"title": "Fourth"}, user=teacher, headers={"If-Match": first.headers["ETag"]})

    assert [first.status, second.status, third.status, fourth.status] == [200, 412, 412, 200]


def _structure(make: Factory, course: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "moduleId": str(module["id"]),
            "lessons": [
                {
                    "lessonId": str(lesson["id"]),
                    "sections": [
                        str(row["id"])
                        for row in make.rows("select id from sections where lesson_id = :id order by position", id=lesson["id"])
                    ],
                }
                for lesson in make.rows("select id from lessons where module_id = :id order by position", id=module["id"])
            ],
        }
        for module in make.rows("select id from modules where course_id = :id order by position", id=course["id"])
    ]


def test_the_whole_order_changes_in_one_call(client: Client, make: Factory, published: list[Envelope]) -> None:
    teacher = make.user("instructor")
    course = make.course(teacher)
    make.outline(course)
    wanted = _structure(make, course)
    wanted.reverse()
    wanted[0]["lessons"].append(wanted[1]["lessons"].pop(0))
    wanted[0]["lessons"][0]["sections"].reverse()

    reply = client.put(f"/courses/{course['id']}/structure", wanted, user=teacher)

    assert reply.status == 200
    assert [module["id"] for module in reply.data] == [module["moduleId"] for module in wanted]
    assert _structure(make, course) == wanted
    assert counters(make, course["id"]) == counted(make, course["id"])
    assert [(event.kind, event.payload["structural"]) for event in published] == [("course.content_changed", True)]


def test_a_structure_that_forgets_invents_or_repeats_changes_nothing(client: Client, make: Factory) -> None:
    teacher = make.user("instructor")
    course = make.course(teacher, status="draft")
    make.outline(course)
    other = make.outline(make.course(teacher, status="draft"))[0]
    before = _structure(make, course)
    forgets = [*before[1:], {**before[0], "lessons": before[0]["lessons"][1:]}]
    invents = [
        {**before[1], "lessons": [*before[1]["lessons"], {"lessonId": str(other["lesson_id"]), "sections": [str(other["id"])]}]},
        before[0],
    ]
    repeats = [*before, before[0]]

    replies = [client.put(f"/courses/{course['id']}/structure", wanted, user=teacher) for wanted in (forgets, invents, repeats, [])]

    assert {(reply.status, reply.code) for reply in replies} == {(422, "STRUCTURE_MISMATCH")}
    assert [problem["type"] for problem in replies[0].json["details"]] == ["missing"] * 3
    assert [problem["type"] for problem in replies[1].json["details"]] == ["unknown"] * 2
    assert replies[2].json["details"][0]["type"] == "twice"
    assert _structure(make, course) == before


def test_changes_to_what_learners_are_in_are_told(client: Client, make: Factory, published: list[Envelope]) -> None:
    teacher = make.user("instructor")
    course = make.course(teacher)
    section = make.outline(course, modules=1, lessons=1, sections=1)[0]

    client.put(f"/sections/{section['id']}", {"content": "Better words."}, user=teacher)
    client.post(f"/lessons/{section['lesson_id']}/sections", {"title": "One more"}, user=teacher)
    client.delete(f"/sections/{section['id']}", user=teacher)

    kinds = [(event.kind, event.payload["structural"], event.payload["contentVersion"]) for event in published]
    assert kinds == [("course.content_changed", False, 2), ("course.content_changed", True, 3), ("course.content_changed", True, 4)]
    assert make.value("select content_version from courses") == 4


def test_drafts_are_nobodys_business(client: Client, make: Factory, published: list[Envelope]) -> None:
    teacher = make.user("instructor")
    course = make.course(teacher, status="draft")

    client.post(f"/courses/{course['id']}/modules", {"title": "First"}, user=teacher)
    client.put(f"/courses/{course['id']}", {"title": "Renamed"}, user=teacher)

    assert published == []
