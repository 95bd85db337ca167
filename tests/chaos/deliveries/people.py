"""Who sets events off: learners, teachers and admins, each act one request to the real API."""

import random
from collections.abc import Iterator
from typing import Any

from academy.generation.events import GenerationCompleted, GenerationFailed
from academy.platform import outbox
from academy.platform.db import UnitOfWork, database
from academy.platform.ids import uuid7
from tests.api import Client, Reply
from tests.chaos.deliveries.edge import FAULTS, Edge
from tests.factories import Factory

Row = dict[str, Any]
Journey = Iterator[None]
LEARNERS = 60
OPEN_JOURNEYS = 12
IN_SHRINKING = 8


class Refused(AssertionError):
    """An act that had to succeed did not."""


class People:
    """`completed` are (learner, course) of whom a reply said that the course is completed, or who must be once everything is settled."""

    def __init__(self, client: Client, make: Factory, edge: Edge, dice: random.Random) -> None:
        self._client, self._make, self._edge, self._dice = client, make, edge, dice
        self.acts = 0
        self.completed: set[tuple[str, str]] = set()
        self._admin, self._teacher, self._bystander = make.user("admin"), make.user("instructor"), make.user()
        self._learners = [make.user() for _ in range(LEARNERS)]
        self._journeys: list[Journey] = []
        self._pairs: list[tuple[Row, Row, list[Row]]] = []

    def act(self) -> None:
        """One step of somebody's way."""
        while len(self._journeys) < OPEN_JOURNEYS:
            self._journeys.append(self._set_out())
        journey = self._dice.choice(self._journeys)
        fault = self._dice.choice(FAULTS) if self._dice.random() < 0.25 else ""
        self._edge.plan([fault])
        self.acts += 1
        if next(journey, self) is self:
            self._journeys.remove(journey)

    def finish(self) -> None:
        """What was begun is brought to its end."""
        self._edge.plan([])
        for journey in self._journeys:
            for _ in journey:
                self.acts += 1
        self._journeys.clear()

    def _set_out(self) -> Journey:
        ways = (self._learn, self._teach, self._administer, self._write, self._shrink)
        return self._dice.choices(ways, (30, 2, 1, 6, 1))[0]()

    def _ask(self, method: str, path: str, body: Any, user: Row, *allowed: int) -> Reply:
        reply = self._client.call(method, path, body, user=user)
        if reply.status >= 300 and reply.status not in allowed:
            raise Refused(f"{method} {path}: {reply.status} {reply.text}")
        return reply

    def _new_course(self, sections: int, **values: Any) -> tuple[Row, list[Row]]:
        course = self._make.course(self._teacher, **values)
        return course, self._make.outline(course, modules=1, lessons=1, sections=sections)

    def _learn(self) -> Journey:
        """Into a course (perhaps out and in again), through it, an opinion, perhaps a certificate asked for by hand."""
        if not self._pairs:
            course, sections = self._new_course(2)
            self._pairs = [(learner, course, sections) for learner in self._learners]
            self._dice.shuffle(self._pairs)
        learner, course, sections = self._pairs.pop()
        enroll = f"/courses/{course['id']}/enroll"
        self._ask("POST", enroll, None, learner)
        yield
        if self._dice.random() < 0.1:
            self._ask("DELETE", enroll, None, learner)
            yield
            self._ask("POST", enroll, None, learner)
            yield
        if self._dice.random() < 0.5:
            said = self._ask("POST", f"/progress/lessons/{sections[0]['lesson_id']}/complete", None, learner)
            yield
        else:
            for section in self._dice.sample(sections, len(sections)):
                said = self._report(learner, course, section)
                yield
                if self._dice.random() < 0.1:
                    self._report(learner, course, section)
                    yield
        if not said.data["courseCompleted"]:
            raise Refused(f"every section of the course is reported: {said.text}")
        self.completed.add((str(learner["id"]), str(course["id"])))
        if self._dice.random() < 0.3:
            self._ask("PUT", f"/courses/{course['id']}/rating", {"rating": self._dice.randint(1, 5)}, learner)
            yield
        if self._dice.random() < 0.2:  # it may be issued already, and the state machine may refuse
            self._ask("POST", f"/courses/{course['id']}/certificate", None, learner, 503)
            yield

    def _report(self, learner: Row, course: Row, section: Row) -> Reply:
        body = {"courseId": str(course["id"]), "lessonId": str(section["lesson_id"]), "sectionId": str(section["id"])}
        return self._ask("POST", "/progress/section", {**body, "completed": True, "timeSpent": 5}, learner)

    def _teach(self) -> Journey:
        """A draft: submitted, sent back, submitted again, published, renamed."""
        course, _ = self._new_course(2, status="draft")
        path = f"/courses/{course['id']}"
        for _ in range(self._dice.randint(0, 2)):
            self._ask("POST", f"{path}/submit", None, self._teacher)
            yield
            self._ask("POST", f"/admin{path}/reject", {"reason": "The second lesson is empty."}, self._admin)
            yield
        self._ask("POST", f"{path}/submit", None, self._teacher)
        yield
        self._ask("POST", f"/admin{path}/approve", None, self._admin)
        yield
        self._ask("PUT", path, {"title": "A better title"}, self._teacher)
        yield

    def _administer(self) -> Journey:
        path = f"/users/{self._bystander['id']}"
        self._ask("POST", f"{path}/suspend", {"reason": "Sold answers."}, self._admin, 409)
        yield
        self._ask("POST", f"{path}/reinstate", None, self._admin, 409)
        yield

    def _write(self) -> Journey:
        """Ends of generations, good and bad, as their task tells them; several in one transaction, which is as good as one after the other."""
        events = [self._ended() for _ in range(self._dice.randint(1, 12))]

        def tell(unit: UnitOfWork) -> None:
            for event in events:
                unit.emit(event)

        _, work = database().transact(tell)
        outbox.finish(database(), work)
        yield

    def _ended(self) -> GenerationCompleted | GenerationFailed:
        whose = self._dice.choice([self._teacher, *self._learners])["id"]
        if self._dice.random() < 0.3:
            return GenerationFailed(job_id=uuid7(), user_id=whose, title="Tides", code="X", reason="It stopped.")
        return GenerationCompleted(job_id=uuid7(), user_id=whose, course_id=uuid7(), title="Tides")

    def _shrink(self) -> Journey:
        """All but one section is done by everybody; then that one is taken away, and the recount completes the course for all at once."""
        course, sections = self._new_course(3)
        *kept, last = sections
        learners = self._dice.sample(self._learners, IN_SHRINKING)
        for learner in learners:
            self._ask("POST", f"/courses/{course['id']}/enroll", None, learner)
            yield
            for section in kept:
                self._report(learner, course, section)
                yield
        self._ask("POST", f"/lessons/{last['lesson_id']}/sections", {"title": "One more", "content": "Text."}, self._teacher)
        yield
        added = self._make.rows(
            "select id from sections where course_id = :course and deleted_at is null and title = 'One more'", course=course["id"]
        )
        for section in (*added, last):
            self._ask("DELETE", f"/sections/{section['id']}", None, self._teacher)
            yield
        self.completed.update((str(learner["id"]), str(course["id"])) for learner in learners)
