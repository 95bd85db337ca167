"""Offline sync: everything once, whatever is sent again, out of order or wrong."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from academy.learning.schemas import OfflineBatch
from academy.learning.service import offline
from academy.learning.service.recording import record
from academy.platform.db import Database
from tests.api import Client
from tests.factories import Factory
from tests.integration.learning.conftest import Learner
from tests.integration.learning.test_concurrency import assert_counters_equal_the_rows
from tests.integration.learning.threads import at_the_same_time


def completed(section: dict[str, Any], client_id: str, **values: Any) -> dict[str, Any]:
    return {
        "type": "section_completed",
        "clientId": client_id,
        "timestamp": "2026-10-01T09:00:00Z",
        "sectionId": str(section["id"]),
        **values,
    }


def sync(learner: Learner, updates: list[dict[str, Any]], **options: Any) -> Any:
    path = f"/progress/courses/{learner.course['id']}/batch"
    return learner.client.post(path, {"updates": updates}, **{"user": learner.student, **options})


def test_each_kind_gets_its_result(learner: Learner) -> None:
    first, second = learner.sections[:2]
    reply = sync(
        learner,
        [
            completed(first, "a", timeSpent=30, score=80),
            completed(first, "b"),
            {
                "type": "time_update",
                "clientId": "c",
                "timestamp": "2026-10-01T09:05:00+05:30",
                "sectionId": str(second["id"]),
                "timeSpent": 40,
            },
            {"type": "interaction", "clientId": "d", "timestamp": "2026-10-01T09:05:00Z", "data": {"kind": "bookmark"}},
            completed({"id": "0198c0de-0000-7000-8000-000000000000"}, "e"),
        ],
    )

    assert reply.status == 200
    assert [r["status"] for r in reply.data["results"]] == ["success", "already_completed", "updated", "recorded", "error"]
    assert reply.data["results"][4]["error"]["code"] == "SECTION_NOT_FOUND"
    assert [r["error"] for r in reply.data["results"][:4]] == [None] * 4
    assert [r["type"] for r in reply.data["results"]] == ["section_completed"] * 2 + ["time_update", "interaction", "section_completed"]
    assert [r["sectionId"] for r in reply.data["results"]][:4] == [str(first["id"]), str(first["id"]), str(second["id"]), None]
    assert reply.data["counts"] == {"success": 1, "alreadyCompleted": 1, "updated": 1, "recorded": 1, "error": 1}
    assert (reply.data["progress"]["completedSections"], reply.data["progress"]["totalTimeSpent"]) == (1, 70)
    assert learner.make.value("select count(*) from learning_events") == 4
    assert_counters_equal_the_rows(learner.make, learner.enrollment["id"])


def test_each_update_is_kept_as_it_was_told(learner: Learner) -> None:
    section = learner.sections[0]
    told = {"lessonId": str(section["lesson_id"]), "timeSpent": 30, "score": 79.5, "data": {"device": "phone"}}
    sync(learner, [completed(section, "a", **told), {"type": "interaction", "clientId": "b", "timestamp": "2020-01-01T00:00:00Z"}])

    (enrolled,) = learner.make.rows("select enrolled_at from enrollments")
    one, other = learner.make.rows("select * from learning_events order by client_id")
    assert (one["kind"], one["occurred_at"]) == ("section_completed", datetime.fromisoformat("2026-10-01T09:00:00Z"))
    assert one["data"] == {**told, "sectionId": str(section["id"])}
    assert (other["kind"], other["occurred_at"]) == ("interaction", enrolled["enrolled_at"]), "never before they came"
    assert other["data"] == {"lessonId": None, "sectionId": None, "timeSpent": 0, "score": None, "data": {}}


def test_an_update_that_names_another_lesson_does_nothing(learner: Learner) -> None:
    # Given two that name the wrong lesson, and what is right beside them, under the same names
    first, second, third = learner.sections[:3]
    wrong = {"lessonId": str(third["lesson_id"])}
    updates = [
        completed(second, "a", **wrong),
        completed(second, "b", **wrong, type="time_update", timeSpent=50),
        completed(first, "a"),
        completed(second, "b", type="time_update", timeSpent=20),
        completed(first, "c", type="time_update", timeSpent=3),
        completed(third, "d", type="time_update", timeSpent=4),
    ]

    data = sync(learner, updates).data

    assert [r["status"] for r in data["results"]] == ["error", "error", "success", "updated", "updated", "updated"]
    assert not any(r["duplicate"] for r in data["results"])
    assert [bool(r["completedAt"]) for r in data["results"]] == [False, False, True, False, False, False]
    assert (learner.row()["completed_sections"], learner.row()["time_spent"]) == (1, 27)


def test_an_interaction_is_noted_and_no_progress(learner: Learner, db: Any) -> None:
    learner.get("/progress")
    before = db.trips
    data = sync(learner, [completed(learner.sections[0], "a", type="interaction", timeSpent=50)]).data

    # admission, claim, COMMIT
    assert db.trips - before == 3
    assert (data["results"][0]["status"], data["progress"]) == ("recorded", None)
    assert learner.make.value("select count(*) from section_progress") == 0


def test_a_section_that_is_removed_meanwhile_was_not_completed_by_it(learner: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*arguments: Any, **options: Any) -> Any:
        learner.make.execute("update sections set deleted_at = now() where id = :id", id=learner.sections[0]["id"])
        return record(*arguments, **options)

    monkeypatch.setattr(offline, "record", late)
    [gone, done] = sync(learner, [completed(section, str(section["id"])) for section in learner.sections[:2]]).data["results"]

    assert (gone["status"], gone["completedAt"], done["status"]) == ("already_completed", None, "success")


def test_what_was_done_first_keeps_its_time_where_not_all_can_have_been(make: Factory, client: Client) -> None:
    # Given ten minutes since enrolment; When more is told, of a later section first
    learner = Learner(make, client, enrolled_at=datetime.now(UTC) - timedelta(minutes=10))
    sync(learner, [completed(learner.sections[n], f"c{n}", timeSpent=700) for n in (5, 0)])

    # Then the ten minutes and the five of grace go to what was told first
    rows = make.rows("select section_id, time_spent from section_progress")
    kept = {row["section_id"]: row["time_spent"] for row in rows}
    assert kept[learner.sections[5]["id"]] == 700
    assert 200 <= kept[learner.sections[0]["id"]] <= 200 + 60


def test_a_batch_sent_again_counts_once(learner: Learner) -> None:
    updates = [
        completed(learner.sections[0], "a", timeSpent=30, score=60),
        {
            "type": "time_update",
            "clientId": "b",
            "timestamp": "2026-10-01T09:00:00Z",
            "sectionId": str(learner.sections[1]["id"]),
            "timeSpent": 40,
        },
        {"type": "interaction", "clientId": "c", "timestamp": "2026-10-01T09:00:00Z"},
    ]
    first = sync(learner, updates).data
    again = sync(learner, [{**updates[0], "score": 90}, *updates[1:]]).data

    assert [r["status"] for r in again["results"]] == ["already_completed", "updated", "recorded"]
    assert [r["duplicate"] for r in again["results"]] == [True, True, True]
    assert again["results"][0]["completedAt"] == first["results"][0]["completedAt"]
    assert learner.row()["time_spent"] == 70
    assert learner.make.value("select max(score) from section_progress") == 60
    assert learner.make.value("select count(*) from learning_events") == 3


def test_a_client_id_twice_in_one_batch_counts_once(learner: Learner) -> None:
    update = {
        "type": "time_update",
        "clientId": "x",
        "timestamp": "2026-10-01T09:00:00Z",
        "sectionId": str(learner.sections[1]["id"]),
        "timeSpent": 40,
    }
    data = sync(learner, [update, update]).data

    assert [r["duplicate"] for r in data["results"]] == [False, True]
    assert learner.row()["time_spent"] == 40


def test_a_refused_update_may_be_sent_again(learner: Learner, make: Factory) -> None:
    make.execute("update sections set deleted_at = now() where id = :id", id=learner.sections[0]["id"])
    assert sync(learner, [completed(learner.sections[0], "a")]).data["results"][0]["status"] == "error"
    make.execute("update sections set deleted_at = null")

    assert sync(learner, [completed(learner.sections[0], "a")]).data["results"][0]["status"] == "success"


def test_a_whole_course_offline_completes_it_once(learner: Learner) -> None:
    updates = [completed(section, f"c{n}") for n, section in enumerate(reversed(learner.sections))]

    assert sync(learner, updates).data["progress"]["courseCompleted"] is True
    sync(learner, updates)
    kinds = [r["kind"] for r in learner.make.rows("select kind from outbox")]
    assert (kinds.count("section.completed"), kinds.count("lesson.completed"), kinds.count("course.completed")) == (8, 4, 1)


def test_five_hundred_updates_are_four_trips(learner: Learner, db: Any) -> None:
    updates = [completed(learner.sections[n % 8], f"c{n}") for n in range(500)]
    learner.get("/progress")
    before = db.trips
    assert sync(learner, [*updates[:499], completed(learner.sections[0], "last")]).status == 200
    # admission, claim, record, COMMIT; then the mark of publishing
    assert db.trips - before == 5


@pytest.mark.parametrize(
    ("updates", "field"),
    [
        ([], "body.updates"),
        ([{"type": "section_completed", "clientId": "a", "timestamp": "2026-10-01T09:00:00Z"}], "body.updates.0"),
        ([{"type": "gift", "clientId": "a", "timestamp": "2026-10-01T09:00:00Z"}], "body.updates.0.type"),
        ([{"type": "interaction", "clientId": "", "timestamp": "2026-10-01T09:00:00Z"}], "body.updates.0.clientId"),
        ([{"type": "interaction", "clientId": "a", "timestamp": "2026-10-01T09:00:00"}], "body.updates.0.timestamp"),
        ([{"type": "interaction", "clientId": "a", "timestamp": "2026-10-01T09:00:00Z", "xp": 5}], "body.updates.0.xp"),
        ([{"type": "interaction", "clientId": str(n), "timestamp": "2026-10-01T09:00:00Z"} for n in range(501)], "body.updates"),
    ],
)
def test_a_malformed_batch_is_refused_whole(learner: Learner, updates: list[dict[str, Any]], field: str) -> None:
    reply = sync(learner, updates)

    assert (reply.status, reply.json["details"][0]["field"]) == (400, field)
    assert learner.make.value("select count(*) from learning_events") == 0


def test_a_batch_asks_for_an_enrolment(learner: Learner, make: Factory) -> None:
    assert sync(learner, [completed(learner.sections[0], "a")], user=make.user()).code == "COURSE_NOT_FOUND"
    assert make.value("select count(*) from learning_events") == 0


def test_the_same_batch_from_many_threads_counts_once(make: Factory, database_url: str, learner: Learner) -> None:
    from academy.learning.service.offline import record_batch
    from academy.platform.auth.caller import Caller
    from academy.platform.http import Request

    caller = Caller(learner.student["id"], learner.student["sub"], "student", frozenset(), True, "s")
    batch = OfflineBatch.model_validate_json(
        __import__("json").dumps(
            {
                "updates": [completed(s, f"c{n}") for n, s in enumerate(learner.sections)]
                + [
                    {"type": "time_update", "clientId": "t", "timestamp": "2026-10-01T09:00:00Z", "sectionId": str(learner.sections[0]["id"]),
                     "timeSpent": 100}
                ]
            }
        )
    )  # fmt: skip

    def job() -> Callable[[Database], Any]:
        def call(work: Any) -> Any:
            return record_batch(
                Request(id="r", work=work, headers={}, cookies={}, source_ip="", visitor=caller), learner.course["id"], batch
            )

        return lambda own: own.transact(call)

    at_the_same_time(database_url, [job() for _ in range(12)])

    assert learner.row()["time_spent"] == 100
    assert learner.row()["status"] == "completed"
    assert make.value("select count(*) from outbox where kind = 'course.completed'") == 1
    assert_counters_equal_the_rows(make, learner.enrollment["id"])
