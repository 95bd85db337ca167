"""The arithmetic of progress: any tree, any order, told twice or in batches, with the course edited in between, against a model of a page."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from academy.learning.consumers import handle
from academy.learning.jobs import check_counters
from academy.platform.db import Database
from academy.platform.events import Envelope
from tests.api import Client
from tests.factories import Factory
from tests.properties.conftest import examples

WHICH = st.integers(0, 30)
SECONDS = st.integers(0, 3)
"""Little enough that the bound on time, which knows the clock, cuts nothing off."""
ONE = st.tuples(WHICH, st.booleans(), SECONDS)
REPORT = st.tuples(st.just("report"), ONE)
LESSON = st.tuples(st.just("lesson"), WHICH)
BATCH = st.tuples(st.just("batch"), st.tuples(st.lists(ONE, min_size=1, max_size=5), st.booleans()))
"""With whether it is told twice."""
EDIT = st.tuples(st.sampled_from(["remove section", "remove lesson", "add section"]), WHICH)
STORY = st.lists(st.one_of(REPORT, REPORT, LESSON, BATCH, EDIT), max_size=14)
TREE = st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=2), min_size=1, max_size=3)
"""Modules of lessons of so many sections."""


@dataclass
class Model:
    """What a learner has done, by ids. What is removed is not counted, time stays spent, and a completion is for ever."""

    lessons: dict[str, list[str]]
    done: set[str] = field(default_factory=set)
    seconds: dict[str, int] = field(default_factory=dict)
    completed_lessons: set[str] = field(default_factory=set)
    completed: bool = False

    @property
    def sections(self) -> list[str]:
        return [section for sections in self.lessons.values() for section in sections]

    def lesson_of(self, section: str) -> str:
        return next(lesson for lesson, sections in self.lessons.items() if section in sections)

    def tell(self, section: str, *, completed: bool, seconds: int) -> None:
        if completed:
            self.done.add(section)
        self.seconds[section] = self.seconds.get(section, 0) + seconds
        self.settle()

    def settle(self) -> None:
        self.completed_lessons |= {lesson for lesson, sections in self.lessons.items() if sections and self.done.issuperset(sections)}
        self.completed = self.completed or bool(self.sections and self.done.issuperset(self.sections))

    @property
    def percentage(self) -> float:
        living = self.sections
        return round(100 * sum(section in self.done for section in living) / len(living), 2) if living else 0


@dataclass
class Learning:
    """The same on the academy."""

    client: Client
    db: Database
    published: list[Envelope]
    teacher: dict[str, Any]
    student: dict[str, Any]
    course: str
    model: Model
    told: int = 0

    def act(self, what: str, how: Any) -> None:
        sections, lessons = self.model.sections, list(self.model.lessons)
        match what:
            case "report" if sections:
                self.report(sections[how[0] % len(sections)], *how[1:])
            case "lesson" if lessons:
                self.complete(lessons[how % len(lessons)])
            case "batch" if sections:
                self.batch([(sections[which % len(sections)], completed, seconds) for which, completed, seconds in how[0]], twice=how[1])
            case "remove section" if sections:
                self.remove_section(sections[how % len(sections)])
            case "remove lesson" if lessons:
                self.remove_lesson(lessons[how % len(lessons)])
            case "add section" if lessons:
                self.add_section(lessons[how % len(lessons)])

    def report(self, section: str, completed: bool, seconds: int) -> None:
        body = {"courseId": self.course, "lessonId": self.model.lesson_of(section), "sectionId": section}
        reply = self.client.post("/progress/section", {**body, "completed": completed, "timeSpent": seconds}, user=self.student)
        self.model.tell(section, completed=completed, seconds=seconds)
        assert reply.status == 200, reply.text
        assert reply.data["sectionCompleted"] == (section in self.model.done)
        assert reply.data["lessonCompleted"] == (self.model.lesson_of(section) in self.model.completed_lessons)
        assert (reply.data["courseCompleted"], reply.data["completionPercentage"]) == (self.model.completed, self.model.percentage)
        assert reply.data["totalTimeSpent"] == sum(self.model.seconds.values())

    def complete(self, lesson: str) -> None:
        reply = self.client.post(f"/progress/lessons/{lesson}/complete", {}, user=self.student)
        assert reply.status == (200 if self.model.lessons[lesson] else 404), reply.text
        for section in self.model.lessons[lesson]:
            self.model.tell(section, completed=True, seconds=0)

    def batch(self, updates: list[tuple[str, bool, int]], *, twice: bool) -> None:
        told = []
        for section, completed, seconds in updates:
            self.told += 1
            kind = "section_completed" if completed else "time_update"
            told.append(
                {
                    "type": kind,
                    "clientId": f"c-{self.told}",
                    "timestamp": "2026-01-02T00:00:00Z",
                    "sectionId": section,
                    "timeSpent": seconds,
                }
            )
        before = set(self.model.done)
        expected = []
        for section, completed, seconds in updates:
            expected.append("updated" if not completed else "already_completed" if section in self.model.done else "success")
            self.model.tell(section, completed=completed, seconds=seconds)
        for again in range(2 if twice else 1):
            reply = self.client.post(f"/progress/courses/{self.course}/batch", {"updates": told}, user=self.student)
            assert reply.status == 200, reply.text
            results = reply.data["results"]
            assert [result["duplicate"] for result in results] == [bool(again)] * len(told)
            if not again:
                assert [result["status"] for result in results] == expected, before

    def remove_section(self, section: str) -> None:
        assert self.client.delete(f"/sections/{section}", user=self.teacher).status == 204
        self.model.lessons[self.model.lesson_of(section)].remove(section)
        self.edited()

    def remove_lesson(self, lesson: str) -> None:
        assert self.client.delete(f"/lessons/{lesson}", user=self.teacher).status == 204
        del self.model.lessons[lesson]
        self.edited()

    def add_section(self, lesson: str) -> None:
        reply = self.client.post(f"/lessons/{lesson}/sections", {"title": "One more", "content": "Text."}, user=self.teacher)
        self.model.lessons[lesson].append(reply.data["id"])
        self.edited()

    def edited(self) -> None:
        """The consumer has its event, twice as it may."""
        while self.published:
            envelope = self.published.pop()
            for _ in range(2):
                self.db.transact(lambda work, envelope=envelope: handle(work, envelope))  # type: ignore[misc]
        self.model.settle()

    def check(self) -> None:
        tree = self.client.get(f"/progress/courses/{self.course}", user=self.student).data
        lessons = {lesson["id"]: lesson for module in tree["modules"] for lesson in module["lessons"]}
        model = self.model
        assert lessons.keys() == {id for id, sections in model.lessons.items() if sections}, "a lesson without content is not shown"
        assert {id for id, lesson in lessons.items() if lesson["completed"]} == model.completed_lessons & lessons.keys()
        sections = {section["id"]: section for lesson in lessons.values() for section in lesson["sections"]}
        assert sections.keys() == set(model.sections)
        for id, section in sections.items():
            assert (section["completed"], section["timeSpent"]) == (id in model.done, model.seconds.get(id, 0))
        numbers = tree["statistics"]
        assert (numbers["totalSections"], numbers["completedSections"]) == (len(sections), len(model.done & sections.keys()))
        assert (numbers["totalLessons"], numbers["completedLessons"]) == (len(lessons), len(model.completed_lessons & lessons.keys()))
        assert numbers["totalTimeSpent"] == sum(model.seconds.values())
        assert tree["completionPercentage"] == numbers["completionPercentage"] == model.percentage
        (mine,) = self.client.get("/enrollments", user=self.student).data
        assert mine["status"] == ("completed" if model.completed else "active")


@given(tree=TREE, story=STORY)
@example(tree=[[1]], story=[("lesson", 0), ("remove section", 0)])
@examples(30)
def test_progress_is_what_was_done(
    tree: list[list[int]], story: list[tuple[str, Any]], client: Client, make: Factory, db: Database, published: list[Envelope]
) -> None:
    # Given a learner who has had all the time of the world
    teacher, student = make.user("instructor"), make.user()
    course = make.course(teacher, total_enrollments=1)
    lessons: dict[str, list[str]] = {}
    for m, shape in enumerate(tree, 1):
        module = make.module(course, m)
        for n, count in enumerate(shape, 1):
            lesson = make.lesson(module, n)
            lessons[str(lesson["id"])] = [str(make.section(lesson, s)["id"]) for s in range(1, count + 1)]
    counts = {"m": len(tree), "l": len(lessons), "s": sum(map(len, lessons.values())), "id": course["id"]}
    make.execute("update courses set module_count = :m, lesson_count = :l, section_count = :s where id = :id", **counts)
    make.enrollment(student, course, enrolled_at=datetime.now(UTC) - timedelta(days=90))
    published.clear()
    learning = Learning(client, db, published, teacher, student, str(course["id"]), Model(lessons))
    # When things happen
    for what, how in story:
        learning.act(what, how)
    # Then what is told is what was done, and the nightly check finds nothing to put right
    learning.check()
    drift = check_counters(db)["drift"]
    assert not any(drift.values()), drift
    completions = make.value(
        "select count(*) from outbox where kind = 'course.completed' and payload->>'courseId' = :id", id=str(course["id"])
    )
    assert completions == int(learning.model.completed)
