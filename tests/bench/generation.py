"""Lessons are written side by side: how long a course takes against the sum of its parts and the slowest chain through it.

The state machine's own text and the real SDKs against stand-ins that take a second to answer, each task with its own connection. A chain is what has
to be done one after the other: the plan, then the lessons that one of the Map's places writes in turn (one up to six lessons, two of twelve), or the
picture beside them, then the assembly.
"""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from academy.catalog.values import Difficulty
from academy.generation import repository, settings
from academy.generation.briefs import CourseBrief
from academy.generation.claude import Claude
from academy.generation.openai_images import GptImage
from academy.generation.service import as_json
from academy.generation.tasks import Workshop, run
from academy.platform.db import Database
from academy.platform.ids import uuid7
from infra.local.postgres import temporary_server
from tests.cloud import mocked_cloud
from tests.conftest import CACHE, TEST_ENVIRONMENT, migrated
from tests.factories import Factory
from tests.integration.generation.machine import Run
from tests.issuer import running_issuer
from tests.vendors import running_vendors

ANSWER_SECONDS = 1.0
LESSONS = (3, 6, 12)
RATIO = 1.2


@dataclass(frozen=True)
class Generation:
    """Seconds. `chain` is the slowest, `single` what it would be with a place for every lesson."""

    lessons: int
    wall: float
    summed: float
    chain: float
    single: float

    @property
    def ratio(self) -> float:
        return self.wall / self.chain


class Memory:
    """Objects without a bucket."""

    def __init__(self) -> None:
        self._objects: dict[str, bytes] = {}

    def put(self, key: str, data: bytes, *, content_type: str, cache_control: str | None = None) -> None:
        self._objects[key] = data

    def get(self, key: str) -> bytes:
        return self._objects[key]


def measure(database_url: str, user_id: UUID, *, lessons: int, vendors_url: str) -> Generation:
    with _environment(ANTHROPIC_BASE_URL=vendors_url, OPENAI_BASE_URL=f"{vendors_url}/v1"):
        claude = Claude(model=settings.TEXT_MODEL, api_key="bench", timeout=30)
        painter = GptImage(model=settings.IMAGE_MODEL, api_key="bench", timeout=30)
    store, spent, places, guard = Memory(), dict[str, list[float]](), dict[int, float](), threading.Lock()
    job_id = _job(database_url, user_id, lessons)

    def invoke(event: dict[str, Any]) -> Any:
        own = Database(database_url)
        started = time.perf_counter()
        try:
            return run(Workshop(db=own, store=store, text_model=lambda: claude, image_model=lambda: painter), event)
        finally:
            own.discard()
            took = time.perf_counter() - started
            with guard:
                spent.setdefault(event["task"], []).append(took)
                if event["task"] == "lesson":
                    place = threading.get_ident()  # a thread is a place of the Map's
                    places[place] = places.get(place, 0.0) + took

    started = time.perf_counter()
    outcome = Run(invoke, side_by_side=True).execute({"jobId": str(job_id)})
    wall = time.perf_counter() - started
    if outcome != "SUCCEEDED":
        raise RuntimeError(outcome)
    around, pictures = spent["plan"][0] + spent["assemble"][0], sum(spent.get("thumbnail", ())) + sum(spent.get("thumbnail_fallback", ()))
    return Generation(
        lessons=lessons,
        wall=wall,
        summed=sum(map(sum, spent.values())),
        chain=around + max(*places.values(), pictures),
        single=around + max(*spent["lesson"], pictures),
    )


def _job(database_url: str, user_id: UUID, lessons: int) -> UUID:
    brief = CourseBrief(topic=f"Weaving in {lessons} lessons", difficulty=Difficulty.BEGINNER, lesson_count=lessons)
    job_id, db = uuid7(), Database(database_url)
    db.transact(
        lambda work: work.first(
            repository.CREATE,
            id=job_id,
            caller=user_id,
            topic=brief.topic,
            visibility="public",
            domain=None,
            brief=json.dumps(as_json(brief, source_characters=0, estimated_micros=0)),
            source_key=None,
            lesson_count=lessons,
            base="",
        )
    )
    db.discard()
    return job_id


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    yield
    os.environ.clear()
    os.environ.update(before)


def measure_all() -> list[Generation]:
    """Each number of lessons once."""
    with (
        _environment(**TEST_ENVIRONMENT),
        temporary_server(CACHE) as server,
        running_vendors(ANSWER_SECONDS) as vendors,
        running_issuer() as issuer,
        pytest.MonkeyPatch.context() as patch,
        mocked_cloud(patch, issuer),
    ):
        databases = migrated(server)
        name = databases.copy()
        make = Factory(databases.owner_url(name))
        teacher = make.user("instructor")
        make.close()
        return [measure(databases.app_url(name), teacher["id"], lessons=lessons, vendors_url=vendors.url) for lessons in LESSONS]
