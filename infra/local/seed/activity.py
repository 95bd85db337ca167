"""How a student came to where they are: sittings on the days of their habit, one section after another.

Every number of progress is counted from the same sittings, so that they agree with each other as those of real learners do.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from infra.local.seed.course_files import Course
from infra.local.seed.people import Person

_START = {"morning": time(6, 30), "afternoon": time(13, 30), "evening": time(18, 30), "night": time(20, 45)}
_SECTIONS_A_DAY = (2, 3, 3, 4)


@dataclass(frozen=True, slots=True)
class Visit:
    """One section, read from `begun` for `seconds`. `number` counts the course's sections from 0; not completed: only looked at."""

    course: str
    number: int
    begun: datetime
    seconds: int
    completed: bool

    @property
    def ended(self) -> datetime:
        return self.begun + timedelta(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class Streaks:
    """In the learner's own days. `current` is as of the last day of learning."""

    current: int
    longest: int
    last_on: date | None


def visits(person: Person, courses: dict[str, Course], *, now: datetime) -> list[Visit]:
    """What the person did, oldest first; it ends yesterday, in the person's own time."""
    dice = random.Random(person.key)
    plan = [task for taken in person.takes for task in _tasks(courses[taken.course], taken.percent)]
    sizes: list[int] = []
    while sum(sizes) < len(plan):
        sizes.append(dice.choice(_SECTIONS_A_DAY))
    zone = ZoneInfo(person.time_zone)
    days = sorted(islice(_days(person.habit, now.astimezone(zone).date()), len(sizes)))
    made: list[Visit] = []
    remaining = iter(plan)
    for day, size in zip(days, sizes, strict=True):
        moment = datetime.combine(day, _START[person.study_time], zone).astimezone(UTC) + timedelta(seconds=dice.randrange(1800))
        for course, number, completed in islice(remaining, size):
            usual = courses[course].sections[number].minutes * 60
            seconds = round(usual * dice.uniform(0.7, 1.25)) if completed else round(usual * dice.uniform(0.1, 0.4))
            made.append(Visit(course, number, moment, seconds, completed))
            moment += timedelta(seconds=seconds + dice.randrange(5, 40))
    return made


def _tasks(course: Course, percent: int) -> list[tuple[str, int, bool]]:
    total = len(course.sections)
    done = total if percent == 100 else min(total - 1, round(total * percent / 100))
    tasks = [(course.slug, number, True) for number in range(done)]
    if 0 < done < total:
        tasks.append((course.slug, done, False))
    return tasks


def _days(habit: str, today: date) -> Sequence[date]:
    """The days of learning, latest first."""
    back = [today - timedelta(days=n) for n in range(1, 200)]
    match habit:
        case "daily":
            return back
        case "weekdays":
            return [day for day in back if day.weekday() < 5]
        case "weekends":
            return [day for day in back if day.weekday() >= 5]
        case "bursts":
            return [day for n, day in enumerate(back) if n % 9 < 3]
        case _:
            return back[41:]


def streaks(visited: Sequence[Visit], time_zone: str) -> Streaks:
    zone = ZoneInfo(time_zone)
    days = sorted({visit.ended.astimezone(zone).date() for visit in visited})
    current = longest = 0
    before: date | None = None
    for day in days:
        current = current + 1 if before is not None and day - before == timedelta(days=1) else 1
        longest = max(longest, current)
        before = day
    return Streaks(current, longest, before)
