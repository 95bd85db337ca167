"""The bench's own parts: what it compares does the same, and what it counts is what it says. No test looks at a clock."""

import json
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.engine import Engine

from academy.platform import events
from academy.platform.db import DatabaseFailure, connect
from infra.local.seed.search import index_all
from tests.bench import imports, json_work, load, memory, pages, progress, proxy, search
from tests.bench.measure import side_by_side
from tests.bench.page import render
from tests.bench.report import Report
from tests.bench.scene import Scene
from tests.bench.stage import Stage, sent_by
from tests.bench.world import LESSONS, MODULES, SECTIONS, busy_world
from tests.cloud import mocked_cloud
from tests.conftest import Databases
from tests.factories import Factory
from tests.issuer import Issuer

_MORE_COURSES = """
    insert into courses (id, instructor_id, title, description, domain, category, difficulty, status, published_at)
    select gen_random_uuid(), instructor_id, title || ' ' || n, repeat(description, 3), domain, category, difficulty, 'published', now() + n * interval '1 s'
    from courses, generate_series(1, 100) n where id = :course
"""


@pytest.fixture(scope="module")
def scene(databases: Databases, issuer: Issuer, environment: None) -> Iterator[Scene]:
    """The bench's, on an academy that has nothing else in it, without the proxy."""
    name = databases.copy()
    make = Factory(databases.owner_url(name))
    world = busy_world(make)
    make.execute(_MORE_COURSES, course=world.rows["course"]["id"])
    make.close()
    index_all(databases.owner_url(name))
    url = databases.app_url(name)
    with pytest.MonkeyPatch.context() as patch, mocked_cloud(patch, issuer):
        patch.setattr(events, "put", lambda envelopes: [each.id for each in envelopes])
        yield Scene(url, databases.owner_url(name), proxy.Network(url, 0.0, 0.0), world, issuer, patch)
    databases.drop(name)


@pytest.fixture
def stage(scene: Scene) -> Iterator[Stage]:
    with scene.stage(far=False) as stage:
        yield stage


@pytest.fixture
def engine(scene: Scene) -> Iterator[Engine]:
    with progress.stock_engine(scene.url) as engine:
        yield engine


def test_the_orms_pages_are_the_products(scene: Scene, stage: Stage, engine: Engine) -> None:
    ours, theirs = pages.same_course(stage, engine, scene.world)

    assert ours == theirs
    assert [len(lesson.sections) for module in ours.modules for lesson in module.lessons] == [SECTIONS] * MODULES * LESSONS

    ours, theirs = pages.same_catalog(stage, engine)

    assert len(ours) == 20
    assert ours == theirs


def _state(scene: Scene) -> dict[str, Any]:
    """What a report of progress changed, by table: ids and times aside, which are never the same."""
    enrollment, learner = UUID(scene.world.id("enrollment")), scene.world.users["enrolled"]["id"]
    of_enrollment = (
        """select section_id, lesson_id, time_spent, time_added, score, completed_at is not null, newly_completed
            from section_progress where enrollment_id = $1 order by 1""",
        """select lesson_id, completed_sections, time_spent, completed_at is not null, newly_completed
            from lesson_progress where enrollment_id = $1 order by 1""",
        "select status, completed_sections, time_spent, last_section_id, completed_at is not null from enrollments where id = $1",
    )
    of_learner = (
        "select current_streak, longest_streak, last_learned_on from users where id = $1",
        "select kind, version, payload - 'completedAt' from outbox where payload ->> 'userId' = $1::text order by kind",
    )
    connection = connect(scene.owner_url)
    try:
        return {
            **{statement: connection.run(statement, (enrollment,)).rows for statement in of_enrollment},
            **{
                statement: connection.run(statement, (str(learner) if "outbox" in statement else learner,)).rows for statement in of_learner
            },
        }
    finally:
        connection.close()


def _forget(scene: Scene) -> None:
    connection = connect(scene.owner_url)
    connection.run("delete from outbox")
    connection.run(
        "update users set current_streak = 0, longest_streak = 0, last_learned_on = null where id = $1",
        (scene.world.users["enrolled"]["id"],),
    )
    connection.close()


@pytest.mark.parametrize("number", [-1, 0])
def test_the_orms_eight_statements_do_what_the_products_one_does(scene: Scene, stage: Stage, engine: Engine, number: int) -> None:
    """Of a section whose lesson has nothing else done, and of the first of a new enrolment."""
    with progress.learner_of(scene) as learner:
        forget = learner.forget_last if number == -1 else learner.forget_all
        forget()
        _forget(scene)
        answer = learner.report(stage, number)  # which sends it
        ours = _state(scene)
        forget()
        _forget(scene)
        answers = []
        statements = progress.counted(engine, lambda: answers.append(progress.by_orm(engine, scene.world, learner.sections[number][0])))

        assert _state(scene) == ours
        assert statements == 8
        forget()
        mine, theirs = json.loads(answer()["body"])["data"], json.loads(answers[0])
        assert {**theirs, "completedAt": None} == {**mine, "completedAt": None}


def test_recording_a_section_takes_two_trips_and_a_course_two_and_a_half_on_average(scene: Scene, stage: Stage) -> None:
    with progress.learner_of(scene) as learner:
        call = learner.report(stage)
        learner.forget_last()
        connection = stage.db.connection()
        before = connection.trips

        assert len(sent_by(connection, call)) == 2
        assert connection.trips - before == 2
        trips, _ = progress.whole_course(scene, stage, learner)
        assert trips <= progress.TRIPS


def test_a_page_of_a_hundred_rows_is_never_parsed_printed_or_validated_in_python(scene: Scene, stage: Stage) -> None:
    call = stage.prepare(lambda client: client.get("/courses", query={"limit": json_work.ROWS}))

    work, answer = json_work.of(call)

    assert len(answer["body"]) > 10 * json_work.LARGE
    assert work.large == 0
    assert work.validated == ["CourseQuery"]
    assert work.dumped == []


def test_what_is_counted_as_json_work_is_counted() -> None:
    from academy.catalog.schemas import CourseQuery

    def call() -> dict[str, Any]:
        text = json.dumps(["x" * json_work.LARGE])
        json.loads(text)
        return {"body": CourseQuery.model_validate({}).model_dump_json()}

    work, _ = json_work.of(call)

    assert work.large == 2
    assert (work.validated, work.dumped) == (["CourseQuery"], ["CourseQuery"])


def test_what_a_handler_sent_can_be_sent_again_without_it(scene: Scene, stage: Stage) -> None:
    call = stage.prepare(lambda client: client.get(f"/courses/{scene.world.id('course')}"))
    connection = stage.db.connection()

    admission, page = sent_by(connection, call)

    assert admission.again(connection)[0].row_count == 1
    assert page.again(connection)[0].rows == page.again(connection)[0].rows
    assert "run_all" not in vars(connection)  # nobody listens any more


def test_the_proxy_passes_everything_on_and_leaves_no_process(scene: Scene) -> None:
    with proxy.running(scene.url, 0.001) as url:
        connection = connect(url)
        large = "x" * 300_000
        assert connection.run("select $1::text", (large,)).rows == [[large]]
        with pytest.raises(DatabaseFailure, match="no_such_table"):
            connection.run("select * from no_such_table")
        connection.close()


def test_each_takes_its_turn_and_the_world_is_put_back_before_it() -> None:
    seen: list[str] = []

    times = side_by_side(lambda: seen.append("a"), lambda: seen.append("b"), samples=2, warm=0, before=lambda: seen.append("-"))

    assert "".join(seen) == "-a-b-a-b"
    assert [each.samples for each in times] == [2, 2]


def test_no_function_of_the_api_imports_a_vendors_sdk() -> None:
    assert imports.vendors_of(imports.API_FUNCTIONS) == []


def test_a_report_is_told_as_text_as_json_and_as_a_page_of_its_own() -> None:
    report = Report("small")
    report.goal("reads", "<= 1.3", "1.2", met=True)
    report.goal("<catalog>", ">= 5", "3", met=False, note="a count")
    report.table("Reads", ("route", "ms"), [("GET /courses", 1.5)])
    report.chart("Reads", "ms", ("handler", "bare"), [("GET /courses", (1.5, 1.2))], 1.3)

    page = render(report)

    assert "MISS" in report.summary()
    assert json.loads(report.as_json())["goals"][0]["verdict"] == "pass"
    assert "&lt;catalog&gt;" in page
    assert page.count("<rect") == 2
    assert "http" not in page.replace("http://www.w3.org", "")


def test_every_search_of_the_bench_is_made_as_often_as_the_others(stage: Stage) -> None:
    found = search.measure(stage.db, facets=True, samples=1)

    assert [each.kind for each in found] == [*search.SEARCHES, "all"]
    assert all(0 < each.p50 <= each.p95 for each in found)
    assert {len(texts) for texts in search.SEARCHES.values()} == {10}
    assert search.corrections(stage.db).keys() == search.TYPED.keys()


def test_memory_is_what_is_resident_now() -> None:
    assert 5 < memory.resident() < 10_000


def test_a_limit_is_no_error_and_silence_is_one() -> None:
    shots = load.Shots(
        [load.Shot(client, "GET /courses", status, 10.0 * client) for client, status in enumerate((200, 429, 0, 500, 200))], 2.0
    )

    assert shots.errors == {"0 GET /courses": 1, "500 GET /courses": 1}
    assert shots.refused == 1
    assert shots.throughput == 1.0
    assert shots.answered(range(5)) == [1, 0, 0, 0, 1]
    assert shots.by_route() == [("GET /courses", 2, 40.0, 40.0, 40.0)]


def test_each_client_acts_for_itself_until_the_time_is_over() -> None:
    acted: list[int] = []

    load.run("http://127.0.0.1:1", 3, 0.05, lambda browser, number: acted.append(number) or time.sleep(0.01))  # type: ignore[func-returns-value]

    assert set(acted) == {0, 1, 2}
