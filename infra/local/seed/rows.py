"""The small academy as rows of its tables. Times hang on `now`; ids and everything else are the same in every run."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from infra.local.seed import activity
from infra.local.seed.activity import Visit
from infra.local.seed.course_files import Course, Module
from infra.local.seed.ids import seed_id
from infra.local.seed.people import Person, Taken
from infra.local.seed.reviews import review

Rows = list[dict[str, Any]]

_OLDEST_COURSE_DAYS = 330
_OLDEST_PERSON_DAYS = 400


@dataclass(frozen=True)
class Academy:
    courses: list[Course]
    people: list[Person]

    @property
    def by_slug(self) -> dict[str, Course]:
        return {course.slug: course for course in self.courses}


def course_id(slug: str) -> str:
    return str(seed_id("course", slug))


def section_id(slug: str, number: int) -> str:
    """Sections are numbered through the course, from 0."""
    return str(seed_id("section", slug, number))


def thumbnail_key(slug: str) -> str:
    return f"media/thumbnails/{course_id(slug)}.png"


def users(people: Iterable[Person], subs: dict[str, str], *, now: datetime) -> Rows:
    rows = []
    for person in people:
        dice = random.Random(f"joined {person.key}")
        joined = now - timedelta(days=dice.randint(300, _OLDEST_PERSON_DAYS), minutes=dice.randrange(1440))
        rows.append(
            {
                "id": person.id,
                "sub": subs[person.email],
                "email": person.email,
                "email_verified": True,
                "username": person.username,
                "first_name": person.first_name,
                "last_name": person.last_name,
                "full_name": person.full_name,
                "role": person.role,
                "instructor_approved_at": None if person.role == "student" else joined + timedelta(hours=20),
                "domain": person.domain,
                "branch": person.branch,
                "year": person.year,
                "onboarded_at": joined + timedelta(minutes=4),
                "time_zone": person.time_zone,
                "preferred_study_time": person.study_time,
                "weekly_learning_goal": dice.choice([120, 180, 240, 300, 420]),
                "preferences": {},
                "created_at": joined,
                "updated_at": joined + timedelta(minutes=4),
            }
        )
    return rows


def courses(academy: Academy, *, now: datetime, pictures: bool) -> Rows:
    instructors = {person.key: person.id for person in academy.people}
    reviewer = next(person.id for person in academy.people if person.role == "admin")
    rows = []
    for course in academy.courses:
        dice = random.Random(f"course {course.slug}")
        published = now - timedelta(days=dice.randint(230, _OLDEST_COURSE_DAYS - 40), minutes=dice.randrange(1440))
        if course.status in ("draft", "in_review", "rejected"):
            published = now - timedelta(days=dice.randint(1, 12), minutes=dice.randrange(1440))
        submitted, reviewed = published - timedelta(days=2), published - timedelta(minutes=5)
        rows.append(
            {
                "id": course_id(course.slug),
                "instructor_id": instructors[course.values["instructor"]],
                "title": course.title,
                "description": course.description,
                "domain": course.values["domain"],
                "category": course.values["category"],
                "difficulty": course.values["difficulty"],
                "language": course.values.get("language", "en"),
                "price": course.price,
                "currency": "INR",
                "tags": course.tags,
                "objectives": course.objectives,
                "thumbnail_key": thumbnail_key(course.slug) if pictures else None,
                "status": course.status,
                "visibility": "public",
                "submitted_at": None if course.status == "draft" else submitted,
                "reviewed_at": reviewed if course.status in ("published", "archived", "rejected") else None,
                "reviewed_by": reviewer if course.status in ("published", "archived", "rejected") else None,
                "rejection_reason": course.values.get("reason"),
                "published_at": published if course.status in ("published", "archived") else None,
                "created_at": published - timedelta(days=dice.randint(10, 30)),
                "updated_at": published,
            }
        )
    return rows


def content(academy: Academy, *, now: datetime) -> dict[str, Rows]:
    """Modules, lessons, sections, quizzes and questions."""
    made = now - timedelta(days=_OLDEST_COURSE_DAYS)
    rows: dict[str, Rows] = defaultdict(list)
    for course in academy.courses:
        common = {"course_id": course_id(course.slug), "created_at": made, "updated_at": made}
        numbers = iter(range(1_000_000))
        for m, module in enumerate(course.modules, start=1):
            module_id = seed_id("module", course.slug, m)
            rows["modules"].append({"id": module_id, **common, "title": module.title, "description": module.description, "position": m})
            for n, lesson in enumerate(module.lessons, start=1):
                lesson_id = seed_id("lesson", course.slug, m, n)
                rows["lessons"].append(
                    {
                        "id": lesson_id,
                        **common,
                        "module_id": module_id,
                        "title": lesson.title,
                        "description": lesson.description,
                        "position": n,
                        "estimated_minutes": lesson.minutes,
                        "objectives": [],
                        "is_preview": lesson.preview,
                    }
                )
                rows["sections"] += [
                    {
                        "id": section_id(course.slug, next(numbers)),
                        **common,
                        "lesson_id": lesson_id,
                        "title": section.title,
                        "type": section.type,
                        "content": section.content,
                        "data": {},
                        "position": position,
                        "estimated_minutes": section.minutes,
                    }
                    for position, section in enumerate(lesson.sections, start=1)
                ]
            _quiz(rows, course, m, module, common)
    return rows


def _quiz(rows: dict[str, Rows], course: Course, number: int, module: Module, common: dict[str, Any]) -> None:
    if module.quiz is None:
        return
    quiz_id = seed_id("quiz", course.slug, number)
    rows["quizzes"].append(
        {
            "id": quiz_id,
            **common,
            "module_id": seed_id("module", course.slug, number),
            "title": module.quiz.title,
            "description": f"What you take with you from “{module.title}”.",
            "time_limit": None,
            "pass_percent": 60,
            "shuffle": True,
        }
    )
    rows["questions"] += [
        {
            "id": seed_id("question", course.slug, number, position),
            "quiz_id": quiz_id,
            "type": question.type,
            "question": question.question,
            "options": question.options or None,
            "correct_answer": question.correct_answer,
            "tolerance": question.tolerance,
            "explanation": question.explanation,
            "points": 1,
            "position": position,
        }
        for position, question in enumerate(module.quiz.questions, start=1)
    ]


def prerequisites(academy: Academy) -> Rows:
    return [
        {"course_id": course_id(course.slug), "required_id": course_id(required)}
        for course in academy.courses
        for required in course.prerequisites
    ]


def learning(academy: Academy, *, now: datetime) -> dict[str, Rows]:
    """Enrolments, progress, study sessions and ratings; under `streaks` what each person's row has to say of them."""
    rows: dict[str, Rows] = defaultdict(list)
    by_slug = academy.by_slug
    for person in academy.people:
        visited = activity.visits(person, by_slug, now=now)
        for taken in person.takes:
            of_course = [visit for visit in visited if visit.course == taken.course]
            allowed = [visit.ended for visit in visited if visit.course in by_slug[taken.course].prerequisites]
            _enrollment(rows, person, taken, by_slug[taken.course], of_course, after=max(allowed, default=None), now=now)
        rows["study_sessions"] += _study_sessions(person, visited)
        if visited:
            streaks = activity.streaks(visited, person.time_zone)
            rows["streaks"].append(
                {
                    "id": person.id,
                    "current_streak": streaks.current,
                    "longest_streak": streaks.longest,
                    "last_learned_on": streaks.last_on,
                    "last_learned_at": max(visit.ended for visit in visited),
                }
            )
    return rows


def _enrollment(
    rows: dict[str, Rows], person: Person, taken: Taken, course: Course, visited: list[Visit], *, after: datetime | None, now: datetime
) -> None:
    """`after`: when they had completed what the course asks for."""
    dice = random.Random(f"{person.key} {course.slug}")
    enrollment_id = seed_id("enrollment", person.key, course.slug)
    lesson_of = [
        (m, n) for m, module in enumerate(course.modules, 1) for n, lesson in enumerate(module.lessons, 1) for _ in lesson.sections
    ]
    enrolled = (visited[0].begun if visited else now - timedelta(days=dice.randint(2, 9))) - timedelta(minutes=dice.randint(3, 900))
    if after is not None:
        enrolled = max(enrolled, after + timedelta(seconds=2))
    done = [visit for visit in visited if visit.completed]
    completed = max((visit.ended for visit in done), default=None) if len(done) == len(course.sections) else None
    rows["enrollments"].append(
        {
            "id": enrollment_id,
            "user_id": person.id,
            "course_id": course_id(course.slug),
            "status": "completed" if completed else "active",
            # Nobody here has paid anybody: who is in a priced course was let in.
            "source": "grant" if course.price else "free",
            "completed_sections": len(done),
            "time_spent": sum(visit.seconds for visit in visited),
            "last_section_id": section_id(course.slug, visited[-1].number) if visited else None,
            "last_accessed_at": visited[-1].ended if visited else None,
            "enrolled_at": enrolled,
            "completed_at": completed,
        }
    )
    for visit in visited:
        rows["section_progress"].append(
            {
                "enrollment_id": enrollment_id,
                "section_id": section_id(course.slug, visit.number),
                "lesson_id": seed_id("lesson", course.slug, *lesson_of[visit.number]),
                "time_spent": visit.seconds,
                "time_added": visit.seconds,
                "first_seen_at": visit.begun,
                "last_seen_at": visit.ended,
                "completed_at": visit.ended if visit.completed else None,
                "newly_completed": visit.completed,
            }
        )
    for place, group in groupby(visited, key=lambda visit: lesson_of[visit.number]):
        seen = list(group)
        whole = sum(visit.completed for visit in seen) == lesson_of.count(place)
        rows["lesson_progress"].append(
            {
                "enrollment_id": enrollment_id,
                "lesson_id": seed_id("lesson", course.slug, *place),
                "completed_sections": sum(visit.completed for visit in seen),
                "time_spent": sum(visit.seconds for visit in seen),
                "started_at": seen[0].begun,
                "completed_at": seen[-1].ended if whole else None,
                "newly_completed": whole,
            }
        )
    if taken.rating is not None and visited:
        rated = min(now, visited[-1].ended + timedelta(minutes=dice.randint(1, 60)))
        rows["course_ratings"].append(
            {
                "course_id": course_id(course.slug),
                "user_id": person.id,
                "rating": taken.rating,
                "review": review(taken.rating, dice),
                "created_at": rated,
                "updated_at": rated,
            }
        )


def _study_sessions(person: Person, visited: list[Visit]) -> Iterator[dict[str, Any]]:
    """One for each day and course: what was read without a pause."""
    for (day, slug), group in groupby(visited, key=lambda visit: (visit.begun.date(), visit.course)):
        sitting = list(group)
        yield {
            "id": seed_id("study", person.key, slug, sitting[0].number),
            "user_id": person.id,
            "course_id": course_id(slug),
            "started_at": sitting[0].begun,
            "ended_at": sitting[-1].ended,
            "seconds": sum(visit.seconds for visit in sitting),
        }
        del day
