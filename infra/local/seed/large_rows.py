"""Lines of COPY for the large academy, made as they are sent. Everything follows from the numbers of courses and users.

All times lie far enough back that nobody enrols before they joined, or in a course before it was published.
"""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from infra.local.seed.vocabulary import vocabulary, words, zipf_weights

LINES = 5_000
MODULES, LESSONS, SECTIONS = 3, 2, 2  # of a course that has content: modules, lessons in each, sections in each of those
SECTIONS_A_COURSE = MODULES * LESSONS * SECTIONS
SECTION_SECONDS = 240
NULL = r"\N"

USER_COLUMNS = (
    "id, sub, email, email_verified, username, first_name, last_name, full_name, role, instructor_approved_at, domain, branch, year,"
    " onboarded_at, time_zone, preferred_study_time, weekly_learning_goal, created_at, updated_at"
)
COURSE_COLUMNS = (
    "id, instructor_id, title, description, domain, category, difficulty, language, price, tags, objectives, estimated_minutes, status,"
    " submitted_at, reviewed_at, rejection_reason, published_at, module_count, lesson_count, section_count, created_at, updated_at"
)
MODULE_COLUMNS = "id, course_id, title, position"
LESSON_COLUMNS = "id, course_id, module_id, title, position, estimated_minutes"
SECTION_COLUMNS = "id, course_id, lesson_id, title, type, content, position, estimated_minutes"
ENROLLMENT_COLUMNS = "id, user_id, course_id, status, source, completed_sections, time_spent, last_accessed_at, enrolled_at, completed_at"

_FIELDS = {
    "engineering": ("programming", "science", "other"),
    "commerce": ("business", "other"),
    "science": ("science",),
    "arts": ("art", "music", "language", "other"),
    "medicine": ("science", "other"),
    "law": ("other", "business"),
    "management": ("business", "marketing"),
    "design": ("design", "art"),
    "languages": ("language",),
    "general": ("other", "business", "programming"),
}
_FIELD_WEIGHTS = (30, 14, 11, 7, 9, 4, 12, 6, 4, 3)
_BRANCHES = ("Computer Science", "Electronics", "Mechanical", "Civil", "B.Com", "Statistics", "Physics", "History", "MBBS", "LL.B.", "MBA")
_PRICES = (0, 49_900, 79_900, 99_900, 149_900, 199_900, 299_900, 499_900)
_PRICE_WEIGHTS = (42, 12, 10, 14, 10, 6, 4, 2)
_STATUSES = ("published", "draft", "in_review", "rejected", "archived")
_STATUS_WEIGHTS = (92, 4, 2, 1, 1)
_TITLES = (
    "Introduction to {} {}",
    "{} and {}",
    "Advanced {} {}",
    "{} {} in Practice",
    "The Art of {} {}",
    "{} {} from the Ground Up",
    "Foundations of {}",
)
_SENTENCES = (
    "Learn {} and {} with {} from real {}.",
    "You begin with {}, go on to {} and end with a {} of your own.",
    "Every lesson joins {} to {}, and asks you to {} before you {}.",
    "For everybody who meets {} at work and wants to understand {} and {}.",
    "No {} is needed: what you need of {} and {} is explained on the way.",
)

_DAYS_OF_USERS = (1100, 400)  # days back: first, last
_DAYS_OF_COURSES = (1000, 200)
_DAYS_OF_ENROLLMENTS = 180


def uuid_of(kind: int, number: int) -> str:
    """Version 7's shape, in order of the number, the same in every run."""
    mixed = (number * 0x9E3779B97F4A7C15 + kind * 0xD1B54A32D192ED03) & 0xFFFFFFFFFFFFFFFF
    return f"{1_600_000_000_000 + number:012x}7{kind:03x}{mixed >> 2 | 0x8000000000000000:016x}"


USER, COURSE, MODULE, LESSON, SECTION, ENROLLMENT = range(1, 7)


def chunked(lines: Iterable[str]) -> Iterator[str]:
    iterator = iter(lines)
    while batch := list(islice(iterator, LINES)):
        yield "".join(batch)


class LargeAcademy:
    def __init__(self, *, courses: int, users: int, enrollments: int, now: datetime | None = None) -> None:
        self.courses = courses
        self.users = users
        self.enrollments = enrollments
        self._now = (now or datetime.now(UTC)).replace(microsecond=0)
        dice = random.Random("large")
        self._fields = dice.choices(list(_FIELDS), _FIELD_WEIGHTS, k=courses)
        self._prices = dice.choices(_PRICES, _PRICE_WEIGHTS, k=courses)
        self._status = dice.choices(_STATUSES, _STATUS_WEIGHTS, k=courses)
        self._by_popularity = [course for course in range(courses) if self._status[course] == "published"]
        dice.shuffle(self._by_popularity)
        self.with_content = sorted(self._by_popularity[: max(1, courses // 50)])

    def user_lines(self) -> Iterator[str]:
        dice = random.Random("users")
        domains, first_names, last_names = list(_FIELDS), words("first names"), words("last names")
        for n in range(self.users):
            first, last = dice.choice(first_names), dice.choice(last_names)
            joined = self._ago(_DAYS_OF_USERS, n, self.users)
            instructor = n % 100 == 0
            yield (
                f"{uuid_of(USER, n)}\tlarge-{n:07d}\tperson{n}@large.academy.test\tt\tperson.{n}\t{first}\t{last}\t{first} {last}\t"
                f"{'instructor' if instructor else 'student'}\t{joined if instructor else NULL}\t{domains[n * 7 % 10]}\t"
                f"{_BRANCHES[n * 5 % 11]}\t{n % 4 + 1}\t{joined}\tAsia/Kolkata\tevening\t{60 * (n % 7 + 1)}\t{joined}\t{joined}\n"
            )

    def course_lines(self) -> Iterator[str]:
        dice = random.Random("courses")
        terms = vocabulary()
        weights = zipf_weights(len(terms))
        instructors = (self.users + 99) // 100
        content = set(self.with_content)
        for n in range(self.courses):
            used = iter(dice.choices(terms, cum_weights=weights, k=36))
            title = dice.choice(_TITLES)
            title = title.format(*(word.capitalize() for word in islice(used, title.count("{}"))))
            description = " ".join(
                sentence.format(*islice(used, sentence.count("{}"))) for sentence in dice.choices(_SENTENCES, k=dice.randint(3, 6))
            )
            tags = ",".join(dict.fromkeys(islice(used, 3)))
            field, status, published = self._fields[n], self._status[n], self._ago(_DAYS_OF_COURSES, n, self.courses)
            listed = status in ("published", "archived")
            counts = (MODULES, MODULES * LESSONS, SECTIONS_A_COURSE) if n in content else (0, 0, 0)
            yield "\t".join(
                (
                    uuid_of(COURSE, n),
                    uuid_of(USER, 100 * int(instructors * dice.random() ** 2)),
                    title,
                    description,
                    field,
                    dice.choice(_FIELDS[field]),
                    dice.choices(("beginner", "intermediate", "advanced"), (50, 35, 15))[0],
                    dice.choices(("en", "hi", "ta", "te", "bn"), (88, 5, 3, 2, 2))[0],
                    str(self._prices[n]),
                    f'{{"{tags.replace(",", '","')}"}}',  # quoted: null is one of the words
                    f"{{Explain {tags.split(',')[0]},Use it in practice}}",
                    str(5 * SECTIONS_A_COURSE if n in content else 0),
                    status,
                    NULL if status == "draft" else published,
                    NULL if status in ("draft", "in_review") else published,
                    "The second module is missing." if status == "rejected" else NULL,
                    published if listed else NULL,
                    *map(str, counts),
                    published,
                    f"{published}\n",
                )
            )

    def module_lines(self) -> Iterator[str]:
        for course in self.with_content:
            for m in range(MODULES):
                yield f"{uuid_of(MODULE, course * MODULES + m)}\t{uuid_of(COURSE, course)}\tPart {m + 1}\t{m + 1}\n"

    def lesson_lines(self) -> Iterator[str]:
        for course in self.with_content:
            for number in range(MODULES * LESSONS):
                module = course * MODULES + number // LESSONS
                yield (
                    f"{uuid_of(LESSON, course * MODULES * LESSONS + number)}\t{uuid_of(COURSE, course)}\t{uuid_of(MODULE, module)}\t"
                    f"Lesson {number + 1}\t{number % LESSONS + 1}\t{5 * SECTIONS}\n"
                )

    def section_lines(self) -> Iterator[str]:
        dice = random.Random("sections")
        terms = vocabulary()
        weights = zipf_weights(len(terms))
        for course in self.with_content:
            used = iter(dice.choices(terms, cum_weights=weights, k=SECTIONS_A_COURSE * 40))
            for number in range(SECTIONS_A_COURSE):
                lesson = course * MODULES * LESSONS + number // SECTIONS
                text = " ".join(sentence.format(*islice(used, sentence.count("{}"))) for sentence in dice.choices(_SENTENCES, k=8))
                yield (
                    f"{uuid_of(SECTION, course * SECTIONS_A_COURSE + number)}\t{uuid_of(COURSE, course)}\t{uuid_of(LESSON, lesson)}\t"
                    f"Section {number + 1}\ttext\t{text}\t{number % SECTIONS + 1}\t5\n"
                )

    def enrollment_lines(self) -> Iterator[str]:
        """A user takes none, one or many courses, each at most once; some courses have very many learners."""
        dice = random.Random("enrollments")
        weights = zipf_weights(len(self._by_popularity), 0.8)
        content = set(self.with_content)
        mean = self.enrollments / self.users
        made = 0
        for user in range(self.users):
            # Three in ten take nothing; the others' numbers fall off geometrically.
            wanted = 0 if dice.random() < 0.3 else 1 + int(dice.expovariate(1 / max(0.1, mean / 0.7 - 0.5)))
            for course in set(dice.choices(self._by_popularity, cum_weights=weights, k=min(wanted, 50))) if wanted else ():
                if made == self.enrollments:
                    return
                yield self._enrollment(made, user, course, dice, learns=course in content and dice.random() < 0.4)
                made += 1

    def _enrollment(self, number: int, user: int, course: int, dice: random.Random, *, learns: bool) -> str:
        done = min(SECTIONS_A_COURSE, dice.randint(1, SECTIONS_A_COURSE + 3)) if learns else 0
        enrolled = self._now - timedelta(seconds=dice.randrange(3 * 86_400, _DAYS_OF_ENROLLMENTS * 86_400))
        last = f"{enrolled + timedelta(hours=3 * done)}" if done else NULL
        completed = done == SECTIONS_A_COURSE
        return (
            f"{uuid_of(ENROLLMENT, number)}\t{uuid_of(USER, user)}\t{uuid_of(COURSE, course)}\t{'completed' if completed else 'active'}\t"
            f"{'grant' if self._prices[course] else 'free'}\t{done}\t{done * SECTION_SECONDS}\t{last}\t{enrolled}\t{last if completed else NULL}\n"
        )

    def _ago(self, span: tuple[int, int], number: int, total: int) -> str:
        first, last = span
        return str(self._now - timedelta(seconds=int((first - (first - last) * number / total) * 86_400)))
