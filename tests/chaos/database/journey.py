"""People who use the academy while its database comes and goes: they ask again until they are answered, and remember what they were told."""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.api import Reply
from tests.authorization.requests import COURSE
from tests.chaos.http.process import RemoteClient
from tests.chaos.http.theatre import come_back
from tests.factories import Factory

PATIENCE = 120.0
"""Seconds until somebody who asks again and again must have been answered."""


@dataclass
class People:
    """A teacher and learners that nobody else acts for, and the course that everybody learns in."""

    teacher: dict[str, Any]
    learners: list[dict[str, Any]]
    course: dict[str, Any]
    sections: list[dict[str, Any]]


def people(rows: Factory, parties: int, *, learners: int = 12) -> list[People]:
    course = rows.course(rows.user("instructor"))
    sections = rows.outline(course)
    return [People(rows.user("instructor"), [rows.user() for _ in range(learners)], course, sections) for _ in range(parties)]


@dataclass
class Told:
    """What 2xx answers said. `statuses` counts all answers."""

    courses: dict[str, str] = field(default_factory=dict)
    enrollments: dict[str, str] = field(default_factory=dict)
    sections: set[tuple[str, str]] = field(default_factory=set)
    seconds: int = 0
    ratings: dict[str, int] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)


class Journey(threading.Thread):
    """One party's, by one process of the product's. `acts` counts what was answered; `failure` is why it ended before it was told to."""

    def __init__(self, client: RemoteClient, people: People, dice: random.Random, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._client, self._people, self._dice = client, people, dice
        self._last: dict[str, str] = {}
        self.told = Told()
        self.acts = 0
        self.over = threading.Event()
        self.failure: BaseException | None = None

    def run(self) -> None:
        acts = [self._write_course, self._rename_course, self._enroll, self._learn, self._learn, self._rate, self._look]
        try:
            while not self.over.is_set():
                # Some events are left to the sweep.
                self._client.process.deaf = self._dice.random() < 0.5
                self._dice.choice(acts)()
                self.acts += 1
        except BaseException as error:  # noqa: BLE001 - told by the test that waits for it
            self.failure = error

    @property
    def published(self) -> list[str]:
        """The ids of events that this party's process published itself."""
        return self._client.process.published

    def _ask(self, method: str, path: str, body: Any, user: dict[str, Any], *, keyed: bool = True) -> Reply:
        """As a client does that obeys: 503 and 409 in progress are asked again, word by word."""
        headers = {"Idempotency-Key": f"{self.name}-{self.acts}"} if keyed else {}
        deadline = time.monotonic() + PATIENCE
        while True:
            reply = self._client.call(method, path, body, user=user, headers=headers)
            self.told.statuses[reply.status] += 1
            if not come_back(reply):
                assert reply.status < 300, f"{method} {path}: {reply.status} {reply.text}"
                return reply
            assert time.monotonic() < deadline, f"{method} {path} is never answered"
            time.sleep(0.01)

    def _write_course(self) -> None:
        title = f"A course by {self.name}, number {self.acts}"
        self.told.courses[title] = self._ask("POST", "/courses", {**COURSE, "title": title}, self._people.teacher).data["id"]

    def _rename_course(self) -> None:
        if self.told.courses:
            title, course = self._dice.choice(sorted(self.told.courses.items()))
            self._ask("PUT", f"/courses/{course}", {"title": f"{title}!"}, self._people.teacher, keyed=False)
            del self.told.courses[title]
            self.told.courses[f"{title}!"] = course

    def _enroll(self) -> None:
        waiting = [learner for learner in self._people.learners if str(learner["id"]) not in self.told.enrollments]
        if waiting:
            reply = self._ask("POST", f"/courses/{self._people.course['id']}/enroll", None, waiting[0])
            self.told.enrollments[str(waiting[0]["id"])] = reply.data["id"]

    def _learn(self) -> None:
        learner = self._learner()
        if learner is not None:
            section = self._dice.choice(self._people.sections)
            body = {"courseId": str(section["course_id"]), "lessonId": str(section["lesson_id"]), "sectionId": str(section["id"])}
            self._ask("POST", "/progress/section", {**body, "completed": True, "timeSpent": 1}, learner)
            self.told.sections.add((str(learner["id"]), str(section["id"])))
            self.told.seconds += 1

    def _rate(self) -> None:
        able = sorted({learner for learner, _ in self.told.sections})
        if able:
            chosen = self._dice.choice(able)
            learner = next(each for each in self._people.learners if str(each["id"]) == chosen)
            rating = self._dice.randint(1, 5)
            self._ask("PUT", f"/courses/{self._people.course['id']}/rating", {"rating": rating}, learner, keyed=False)
            self.told.ratings[chosen] = rating

    def _look(self) -> None:
        learner = self._learner() or self._people.teacher
        for path in ("/courses", "/enrollments", f"/courses/{self._people.course['id']}"):
            self._ask("GET", path, None, learner, keyed=False)

    def _learner(self) -> dict[str, Any] | None:
        able = [learner for learner in self._people.learners if str(learner["id"]) in self.told.enrollments]
        return self._dice.choice(able) if able else None
