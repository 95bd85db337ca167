"""The academy's most frequent write: a section's report through the handler, against the eight-statement ORM transaction of the same effect."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from academy.migrations import runner
from academy.platform import events
from academy.platform.db import connect
from tests.authorization.world import World
from tests.bench import orm_progress
from tests.bench.measure import side_by_side
from tests.bench.scene import Scene
from tests.bench.stage import Call, Stage, sent_by

FASTER = 10.0
TRIPS = 2.5
"""Over a whole course. A report is two; one that completes a lesson also books its points and badges, and marks its events, before it answers."""
SECONDS = 60

_FORGET = (
    "delete from section_progress where enrollment_id = $1 and section_id = $2",
    "delete from lesson_progress where enrollment_id = $1 and lesson_id = (select lesson_id from sections where id = $2)",
)
_RESTORE = "update enrollments set completed_sections = $2, time_spent = $3, status = 'active', completed_at = null where id = $1"
_FORGET_ALL = "with p as (delete from section_progress where enrollment_id = $1) delete from lesson_progress where enrollment_id = $1"


@dataclass(frozen=True, slots=True)
class Progress:
    """Milliseconds of one completed section: the handler from event to answer, the same less admission (which the ORM's side leaves out too), its
    statement alone, the ORM's transaction. `average` and `average_trips` are of a whole course."""

    handler: float
    recording: float
    statement: float
    orm: float
    orm_statements: int
    trips: int
    average_trips: float
    average: float

    @property
    def faster(self) -> float:
        return self.orm / self.recording

    @property
    def faster_in_all(self) -> float:
        return self.orm / self.handler


class Learner:
    """The enrolled learner, who completes the last section over and over: its lesson is not done by it, so no event hurries out."""

    def __init__(self, scene: Scene) -> None:
        self._owner = connect(scene.owner_url)
        self.world = scene.world
        rows = self._run(
            "select s.id, s.lesson_id from sections s join lessons l on l.id = s.lesson_id join modules m on m.id = l.module_id"
            " where s.course_id = $1 order by m.position, l.position, s.position",
            UUID(scene.world.id("course")),
        )
        self.sections = [(str(row[0]), str(row[1])) for row in rows]
        self._enrollment = UUID(scene.world.id("enrollment"))
        done = self._run("select completed_sections, time_spent from enrollments where id = $1", self._enrollment)[0]
        self._counters = (done[0], done[1])

    def _run(self, statement: str, *values: Any) -> list[list[Any]]:
        return list(self._owner.run(statement, values).rows or ())

    def forget_last(self) -> None:
        for statement in _FORGET:
            self._run(statement, self._enrollment, UUID(self.sections[-1][0]))
        self._run(_RESTORE, self._enrollment, *self._counters)

    def forget_all(self) -> None:
        self._run(_FORGET_ALL, self._enrollment)
        self._run(_RESTORE, self._enrollment, 0, 0)

    def close(self) -> None:
        self._owner.close()

    def report(self, stage: Stage, section: int = -1, token: str | None = None) -> Call:
        """The handler's call; preparing it already sends it once."""
        section_id, lesson_id = self.sections[section]
        body = {
            "courseId": self.world.id("course"),
            "lessonId": lesson_id,
            "sectionId": section_id,
            "completed": True,
            "timeSpent": SECONDS,
        }
        user = token or self.world.users["enrolled"]
        return stage.prepare(lambda client: client.post("/progress/section", body, user=user))


@contextmanager
def learner_of(scene: Scene) -> Iterator[Learner]:
    learner = Learner(scene)
    try:
        yield learner
    finally:
        learner.close()


@contextmanager
def stock_engine(url: str) -> Iterator[Engine]:
    """SQLAlchemy as it comes, with one connection that it keeps."""
    engine = create_engine(runner.sqlalchemy_url(url), poolclass=QueuePool, pool_size=1, max_overflow=0)
    try:
        yield engine
    finally:
        engine.dispose()


def counted(engine: Engine, call: Callable[[], Any]) -> int:
    """How many statements a call sends, BEGIN and COMMIT aside."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    call()
    event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def by_orm(engine: Engine, world: World, section_id: str) -> str:
    with Session(engine) as session:
        return orm_progress.complete_section(
            session, caller=world.users["enrolled"]["id"], course_id=UUID(world.id("course")), section_id=UUID(section_id), seconds=SECONDS
        )


def measure(scene: Scene, *, far: bool, samples: int = 100) -> Progress:
    url = scene.network.url if far else scene.url
    with scene.stage(far=far) as stage, stock_engine(url) as engine, learner_of(scene) as learner:
        call = learner.report(stage)
        connection = stage.db.connection()
        learner.forget_last()
        before = connection.trips
        sent = sent_by(connection, call)
        trips = connection.trips - before
        baseline = lambda: by_orm(engine, scene.world, learner.sections[-1][0])  # noqa: E731
        learner.forget_last()
        statements = counted(engine, baseline)
        handler, admission, statement, orm = side_by_side(
            call,
            lambda: sent[0].again(connection),
            lambda: sent[-1].again(connection),
            baseline,
            samples=samples,
            before=learner.forget_last,
        )
        average_trips, average = whole_course(scene, stage, learner)
    return Progress(
        handler=handler.median,
        recording=handler.beyond(admission),
        statement=statement.median,
        orm=orm.median,
        orm_statements=statements,
        trips=trips,
        average_trips=average_trips,
        average=average,
    )


def whole_course(scene: Scene, stage: Stage, learner: Learner) -> tuple[float, float]:
    """Trips and milliseconds a report over a course from its first section to its last: what was completed on the way goes out at once."""
    scene.patch.setattr(events, "put", lambda envelopes: [each.id for each in envelopes])
    token = stage.client.token(scene.world.users["enrolled"])
    calls = [learner.report(stage, number, token) for number in range(len(learner.sections))]
    learner.forget_all()
    connection = stage.db.connection()
    before = connection.trips
    times = iter(calls)
    (each,) = side_by_side(lambda: _checked(next(times)()), samples=len(calls), warm=0)
    trips = (connection.trips - before) / each.samples
    learner.forget_all()
    return trips, each.median


def _checked(answer: dict[str, Any]) -> None:
    if not json.loads(answer["body"])["data"]["sectionCompleted"]:
        raise RuntimeError(answer["body"])
