"""The two pages that everybody opens, against the ORM's eager loading: 20 cards of the catalog, and a course with 12 lessons x 4 sections."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from academy.catalog.views import CourseCardView
from academy.learning.course_views import CoursePageView
from academy.platform.config import config
from tests.authorization.world import World
from tests.bench import orm_pages
from tests.bench.measure import side_by_side
from tests.bench.progress import counted, stock_engine
from tests.bench.scene import Scene
from tests.bench.stage import Stage, sent_by

FASTER = 5.0


@dataclass(frozen=True, slots=True)
class Page:
    """Milliseconds. `handler` is everything from the event to the answer; `page` the same less admission, which the ORM's side leaves out too."""

    name: str
    handler: float
    page: float
    orm: float
    orm_statements: int

    @property
    def faster(self) -> float:
        return self.orm / self.page

    @property
    def faster_in_all(self) -> float:
        return self.orm / self.handler


def course_by_orm(engine: Engine, world: World) -> str:
    with Session(engine) as session:
        return orm_pages.course_page(session, UUID(world.id("course")), world.users["enrolled"]["id"], config().media_url)


def catalog_by_orm(engine: Engine, *, total: bool) -> list[str]:
    with Session(engine) as session:
        return orm_pages.catalog_page(session, config().media_url, total=total)


def same_course(stage: Stage, engine: Engine, world: World) -> tuple[Any, Any]:
    """The page by the product and by the baseline, to be compared."""
    reply = stage.client.get(f"/courses/{world.id('course')}", user=world.users["enrolled"])
    theirs = json.loads(course_by_orm(engine, world))["data"]
    return CoursePageView.model_validate(reply.data), CoursePageView.model_validate(theirs)


def same_catalog(stage: Stage, engine: Engine) -> tuple[Any, Any]:
    ours = [CourseCardView.model_validate(card) for card in stage.client.get("/courses").data]
    return ours, [CourseCardView.model_validate_json(card) for card in catalog_by_orm(engine, total=True)]


def measure(scene: Scene, *, far: bool, samples: int = 60) -> list[Page]:
    url = scene.network.url if far else scene.url
    with scene.stage(far=far) as stage, stock_engine(url) as engine:
        token = stage.client.token(scene.world.users["enrolled"])
        cursor = stage.client.get("/courses").json["pagination"]["nextCursor"]
        return [
            _page(
                stage,
                engine,
                "course page",
                f"/courses/{scene.world.id('course')}",
                token,
                lambda: course_by_orm(engine, scene.world),
                samples,
            ),
            _page(stage, engine, "catalog, counted", "/courses", None, lambda: catalog_by_orm(engine, total=True), samples),
            _page(
                stage, engine, "catalog, by cursor", f"/courses?cursor={cursor}", None, lambda: catalog_by_orm(engine, total=False), samples
            ),
        ]


def _page(stage: Stage, engine: Engine, name: str, path: str, token: str | None, baseline: Callable[[], Any], samples: int) -> Page:
    call = stage.prepare(lambda client: client.get(path, user=token))
    connection = stage.db.connection()
    admission = sent_by(connection, call)[0]
    handler, admitted, orm = side_by_side(call, lambda: admission.again(connection), baseline, samples=samples, warm=10)
    return Page(name, handler.median, handler.beyond(admitted), orm.median, counted(engine, baseline))
