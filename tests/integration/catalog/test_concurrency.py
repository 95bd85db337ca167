"""Many hands on one course: positions stay dense, counters true."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from academy.catalog import outline
from academy.catalog.schemas import NewSection, SectionChanges
from academy.platform.auth.caller import Caller
from academy.platform.db import Database, UnitOfWork
from academy.platform.errors import NotFound
from academy.platform.http import Request
from tests.factories import Factory
from tests.integration.catalog.writing import counted, counters, positions

HANDS = 12


def test_sections_added_moved_and_removed_at_once_stay_in_order(make: Factory, db: Database, database_url: str) -> None:
    teacher = make.user("instructor")
    course = make.course(teacher)
    sections = make.outline(course, modules=1, lessons=1, sections=HANDS)
    lesson = sections[0]["lesson_id"]
    caller = Caller(teacher["id"], teacher["sub"], "instructor", frozenset({"course:edit"}), True, "session")
    barrier = Barrier(HANDS)

    def act(number: int) -> None:
        own, chance = Database(database_url), random.Random(number)
        own.connection()
        barrier.wait(timeout=30)

        def run(act: Callable[[Request], Any]) -> None:
            def job(work: UnitOfWork) -> None:
                act(Request(id="r", work=work, headers={}, cookies={}, source_ip="", visitor=caller))

            own.transact(job)

        try:
            new = NewSection(title=f"New {number}", order=chance.randint(1, HANDS))
            run(lambda request: outline.create_section(request, lesson, new))
            move = SectionChanges(order=chance.randint(1, HANDS))
            run(lambda request: outline.update_section(request, sections[number]["id"], move))
            if number % 3 == 0:
                run(lambda request: outline.delete(request, "section", sections[number]["id"]))
        finally:
            own.discard()

    with ThreadPoolExecutor(HANDS) as pool:
        list(pool.map(act, range(HANDS)))

    living = HANDS * 2 - HANDS // 3
    assert [position for _, position in positions(make, "sections", "lesson_id", lesson)] == list(range(1, living + 1))
    assert counters(make, course["id"]) == counted(make, course["id"]) == (1, 1, living)
    assert make.value("select count(*) from outbox where kind = 'course.content_changed'") == HANDS * 2 + HANDS // 3


def test_nothing_is_added_to_a_lesson_that_goes_at_the_same_moment(make: Factory, db: Database, database_url: str) -> None:
    teacher = make.user("instructor")
    course = make.course(teacher, status="draft")
    caller = Caller(teacher["id"], teacher["sub"], "instructor", frozenset({"course:edit"}), True, "session")
    make.outline(course, modules=1, lessons=6, sections=1)

    for row in make.rows("select id from lessons"):
        lesson, barrier = row["id"], Barrier(2)

        def act(adds: bool, lesson: Any = lesson, barrier: Barrier = barrier) -> None:
            own = Database(database_url)
            own.connection()
            barrier.wait(timeout=30)

            def job(work: UnitOfWork) -> None:
                request = Request(id="r", work=work, headers={}, cookies={}, source_ip="", visitor=caller)
                if adds:
                    outline.create_section(request, lesson, NewSection(title="Too late"))
                else:
                    outline.delete(request, "lesson", lesson)

            try:
                own.transact(job)
            except NotFound:
                assert adds
            finally:
                own.discard()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(act, (True, False)))

    assert counters(make, course["id"]) == counted(make, course["id"]) == (1, 0, 0)
