"""Deeds that badges count: for each counter, how to have done it a number of times."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from academy.catalog.models import CourseRating
from academy.engagement.badges.counters import LOWEST_GOAL_MINUTES, Counter
from academy.engagement.badges.models import BadgeFact
from academy.learning.models import LessonProgress, SectionProgress, StudySession
from academy.platform.ids import uuid7
from tests.factories import Factory

MONDAY = date(2026, 3, 2)
INDIA = ZoneInfo("Asia/Kolkata")


class Deeds:
    """Rows as learning, certificates and the facts of badges would have written them."""

    def __init__(self, make: Factory) -> None:
        self.make = make
        self.teacher = make.user("instructor")
        self.fields = ["engineering", *self._more_fields(5)]

    def _more_fields(self, n: int) -> list[str]:
        for i in range(n):
            self.make.execute("insert into domains (slug, name) values (:slug, :slug)", slug=f"field{i}")
        return [f"field{i}" for i in range(n)]

    def course(self, **values: Any) -> dict[str, Any]:
        return self.make.course(self.teacher, **values)

    def courses(self, user: dict[str, Any], n: int) -> None:
        """Completed; one of them twice, and left again, which counts once."""
        now = datetime.now(UTC)
        for i in range(n):
            course = self.course()
            if i == 0:
                self.make.enrollment(user, course, status="ended", ended_at=now, completed_at=now)
            self.make.enrollment(user, course, status="completed", completed_at=now)
        self.make.enrollment(user, self.course())

    def domains(self, user: dict[str, Any], n: int) -> None:
        for i in range(n):
            for _ in range(2):
                self.make.enrollment(user, self.course(domain=self.fields[i]), status="completed", completed_at=datetime.now(UTC))
        self.make.enrollment(user, self.course(domain=self.fields[n]))

    def lessons(self, user: dict[str, Any], n: int) -> None:
        course = self.course()
        enrollment = self.make.enrollment(user, course)
        module = self.make.module(course)
        for i in range(n + 1):
            lesson = self.make.lesson(module, i + 1)
            done = datetime.now(UTC) if i < n else None
            self.make.row(LessonProgress, enrollment_id=enrollment["id"], lesson_id=lesson["id"], completed_at=done)

    def completed_at(self, user: dict[str, Any], moments: list[datetime]) -> None:
        """A section at each of these moments."""
        course = self.course()
        enrollment = self.make.enrollment(user, course)
        lesson = self.make.lesson(self.make.module(course))
        for i, moment in enumerate(moments):
            section = self.make.section(lesson, i + 1)
            self.make.row(
                SectionProgress, enrollment_id=enrollment["id"], section_id=section["id"], lesson_id=lesson["id"], completed_at=moment
            )

    def mornings(self, user: dict[str, Any], n: int) -> None:
        """From the first minute to the last; a second one of a day, and what is not early any more, count nothing."""
        early = [_at(MONDAY + timedelta(days=i), time(4, 0) if i % 2 else time(7, 59)) for i in range(n)]
        self.completed_at(
            user, [*early, _at(MONDAY, time(5, 0)), _at(MONDAY - timedelta(1), time(8, 0)), _at(MONDAY - timedelta(1), time(3, 59))]
        )

    def nights(self, user: dict[str, Any], n: int) -> None:
        """Before and after midnight is one night."""
        late = [_at(MONDAY + timedelta(days=i), time(22, 0)) for i in range(n)]
        self.completed_at(user, [*late, _at(MONDAY + timedelta(1), time(3, 59)), _at(MONDAY - timedelta(3), time(21, 59))])

    def weekends(self, user: dict[str, Any], n: int) -> None:
        days = [MONDAY + timedelta(days=5 + i % 2, weeks=i // 2) for i in range(n)]
        self.completed_at(user, [*(_at(day, time(12)) for day in days), _at(MONDAY + timedelta(4), time(23, 59)), _at(MONDAY, time(0, 1))])

    def comebacks(self, user: dict[str, Any], n: int) -> None:
        days = [MONDAY, MONDAY + timedelta(14), *(MONDAY + timedelta(14 + 15 * (i + 1)) for i in range(n))]
        self.completed_at(user, [_at(day, time(12)) for day in days])

    def weeks(self, user: dict[str, Any], n: int) -> None:
        """Reached to the second; one week lacks one."""
        self.make.execute("update users set weekly_learning_goal = 10 where id = :id", id=user["id"])
        for i in range(n + 1):
            start = _at(MONDAY + timedelta(weeks=i), time(0, 0))
            for part in (600, LOWEST_GOAL_MINUTES * 60 - 600 - (i == n)):
                self.make.row(StudySession, id=uuid7(), user_id=user["id"], started_at=start, ended_at=start, seconds=part)
                start += timedelta(days=6, hours=23)

    def ratings(self, user: dict[str, Any], n: int) -> None:
        for _ in range(n):
            self.make.row(CourseRating, course_id=self.course()["id"], user_id=user["id"], rating=4)

    def certificates(self, user: dict[str, Any], n: int) -> None:
        for i in range(n + 1):
            revoked = {} if i < n else {"status": "revoked", "revoked_at": datetime.now(UTC), "revoked_reason": "x"}
            self.make.certificate(user, self.course(), serial=str(uuid7()), **revoked)

    def quizzes(self, user: dict[str, Any], n: int, percent: int = 60) -> None:
        """Two attempts at the first one; one that was voided; one that is a percent short."""
        for i in range(n):
            quiz = str(uuid7())
            for _ in range(2 if i == 0 else 1):
                self.fact(user, "quiz", subject=quiz, value=percent)
        self.fact(user, "quiz", subject=str(uuid7()), value=percent, voided_at=datetime.now(UTC))
        if percent > 60:
            self.fact(user, "quiz", subject=str(uuid7()), value=percent - 1)

    def posts(self, user: dict[str, Any], n: int) -> None:
        for _ in range(n):
            self.fact(user, "post")
        self.fact(user, "post", voided_at=datetime.now(UTC))

    def places(self, user: dict[str, Any], n: int) -> None:
        for _ in range(n):
            self.fact(user, "place", value=2)

    def fact(self, user: dict[str, Any], kind: str, **values: Any) -> None:
        self.make.row(BadgeFact, user_id=user["id"], kind=kind, source=str(uuid7()), happened_at=datetime.now(UTC), **values)

    def column(self, name: str) -> Callable[[dict[str, Any], int], None]:
        return lambda user, n: self.make.execute(f"update users set {name} = :n where id = :id", n=n, id=user["id"])

    def of(self, counter: Counter) -> Callable[[dict[str, Any], int], None]:
        return {
            Counter.COURSES: self.courses,
            Counter.DOMAINS: self.domains,
            Counter.LESSONS: self.lessons,
            Counter.EARLY_MORNINGS: self.mornings,
            Counter.LATE_NIGHTS: self.nights,
            Counter.WEEKEND_DAYS: self.weekends,
            Counter.COMEBACKS: self.comebacks,
            Counter.WEEKLY_GOALS: self.weeks,
            Counter.RATINGS: self.ratings,
            Counter.CERTIFICATES: self.certificates,
            Counter.QUIZZES: self.quizzes,
            Counter.HIGH_QUIZZES: lambda user, n: self.quizzes(user, n, 90),
            Counter.PERFECT_QUIZZES: lambda user, n: self.quizzes(user, n, 100),
            Counter.POSTS: self.posts,
            Counter.PLACES: self.places,
            Counter.STREAK: self.column("longest_streak"),
            Counter.XP: self.column("xp_total"),
        }[counter]


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, INDIA)
