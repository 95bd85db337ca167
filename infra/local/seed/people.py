"""The people of the small academy: `people.psv`, one a line, with the courses that they take.

`courses` is `slug=percent*rating`: how far they are, and what they think of it if they said so.
"""

import csv
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from infra.local.seed.ids import seed_id

FILE = Path(__file__).parent / "people.psv"
MAIL_DOMAIN = "academy.test"


@dataclass(frozen=True, slots=True)
class Taken:
    """A course that a student takes; `rating` is 1 to 5 or None."""

    course: str
    percent: int
    rating: int | None


@dataclass(frozen=True, slots=True)
class Person:
    key: str
    username: str
    first_name: str
    last_name: str
    full_name: str
    role: str
    domain: str
    branch: str
    year: int | None
    time_zone: str
    study_time: str
    habit: str
    takes: tuple[Taken, ...]

    @property
    def id(self) -> UUID:
        return seed_id("user", self.key)

    @property
    def email(self) -> str:
        return f"{self.key}@{MAIL_DOMAIN}"


def read_all(file: Path = FILE) -> list[Person]:
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines, delimiter="|", quoting=csv.QUOTE_NONE)
        next(rows)
        return [_person(row) for row in rows]


def _person(row: list[str]) -> Person:
    key, username, first, last, full, role, domain, branch, year, zone, study_time, habit, courses = row
    takes = tuple(_taken(part.strip()) for part in courses.split(",") if part.strip())
    return Person(key, username, first, last, full, role, domain, branch, int(year) if year else None, zone, study_time, habit, takes)


def _taken(text: str) -> Taken:
    slug, _, rest = text.partition("=")
    percent, _, rating = rest.partition("*")
    return Taken(slug, int(percent), int(rating) if rating else None)
