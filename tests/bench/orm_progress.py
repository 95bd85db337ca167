"""The baseline of progress: what one report of a completed section does, as a transaction of eight ORM statements on the stock pg8000 dialect.

The same rows as the product's one statement: section, lesson, enrolment, the learner's streak, the outbox; and the same answer. It leaves out what
the product settles besides (reports of the same moment, time that can't have passed), so it does less.
"""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from academy.catalog.models import Course, Lesson, Module, Section
from academy.identity.models import User
from academy.learning.models import Enrollment, LessonProgress, SectionProgress
from academy.platform.ids import uuid7
from academy.platform.tables import OutboxEvent


def complete_section(session: Session, *, caller: UUID, course_id: UUID, section_id: UUID, seconds: int) -> str:
    """Commits. Returns the answer's JSON."""
    now = datetime.now(UTC)
    enrollment, learner = session.execute(
        select(Enrollment, User)
        .join(User, User.id == Enrollment.user_id)
        .join(Course, and_(Course.id == Enrollment.course_id, Course.deleted_at.is_(None)))
        .where(Enrollment.user_id == caller, Enrollment.course_id == course_id, Enrollment.status != "ended")
        .with_for_update(of=Enrollment)
    ).one()
    outline = session.execute(
        select(
            Section.id,
            Section.lesson_id,
            Section.title,
            Section.estimated_minutes,
            Lesson.title.label("lesson_title"),
            SectionProgress.completed_at,
        )
        .join(Lesson, and_(Lesson.id == Section.lesson_id, Lesson.deleted_at.is_(None)))
        .join(Module, and_(Module.id == Lesson.module_id, Module.deleted_at.is_(None)))
        .outerjoin(SectionProgress, and_(SectionProgress.enrollment_id == enrollment.id, SectionProgress.section_id == Section.id))
        .where(Section.course_id == course_id, Section.deleted_at.is_(None))
        .order_by(Module.position, Module.id, Lesson.position, Lesson.id, Section.position, Section.id)
    ).all()
    at = next(index for index, each in enumerate(outline) if each.id == section_id)
    lesson_id = outline[at].lesson_id
    lesson = session.get(LessonProgress, (enrollment.id, lesson_id))
    if lesson is None:
        lesson = LessonProgress(
            enrollment_id=enrollment.id, lesson_id=lesson_id, completed_sections=0, time_spent=0, started_at=now, newly_completed=False
        )
        session.add(lesson)
    session.add(
        SectionProgress(
            enrollment_id=enrollment.id,
            section_id=section_id,
            lesson_id=lesson_id,
            time_spent=seconds,
            time_added=seconds,
            first_seen_at=now,
            last_seen_at=now,
            completed_at=now,
            newly_completed=True,
        )
    )
    undone = [each for each in outline if each.completed_at is None and each.id != section_id]
    lesson.completed_sections += 1
    lesson.time_spent += seconds
    if all(each.lesson_id != lesson_id for each in undone):
        lesson.completed_at, lesson.newly_completed = now, True
    enrollment.completed_sections += 1
    enrollment.time_spent += seconds
    enrollment.last_section_id = section_id
    enrollment.last_accessed_at = now
    if not undone:
        enrollment.completed_at, enrollment.status = enrollment.completed_at or now, "completed"
    _learned(learner, now)
    names = {"enrollmentId": enrollment.id, "userId": caller, "courseId": course_id, "lessonId": lesson_id}
    events = [("section.completed", {**names, "sectionId": section_id, "score": None, "completedAt": now})]
    if lesson.completed_at:
        events.append(("lesson.completed", {**names, "completedAt": now}))
    session.add_all(
        OutboxEvent(id=uuid7(), kind=kind, version=1, payload=json.loads(json.dumps(payload, default=_plain)), occurred_at=now)
        for kind, payload in events
    )
    session.flush()
    later = [each for each in outline[at + 1 :] if each.completed_at is None]
    following = (later or undone)[:1]
    answer = {
        **{name: str(value) for name, value in names.items() if name != "userId"},
        "sectionId": str(section_id),
        "sectionCompleted": True,
        "lessonCompleted": lesson.completed_at is not None,
        "courseCompleted": enrollment.completed_at is not None,
        "completedAt": now.isoformat(),
        "courseCompletedAt": enrollment.completed_at and enrollment.completed_at.isoformat(),
        "completionPercentage": min(100.0, round(100 * enrollment.completed_sections / len(outline), 2)),
        "completedSections": enrollment.completed_sections,
        "totalSections": len(outline),
        "timeSpent": seconds,
        "totalTimeSpent": enrollment.time_spent,
        "estimatedTimeRemaining": 60 * sum(each.estimated_minutes for each in undone),
        "currentStreak": learner.current_streak,
        "newAchievements": [],
        "xpEarned": 0,
        "nextRecommendation": _recommended(following[0], course_id, lesson_id, earlier=not later) if following else None,
    }
    session.commit()
    return json.dumps(answer)


def _learned(learner: User, now: datetime) -> None:
    today: date = now.astimezone(ZoneInfo(learner.time_zone)).date()
    if learner.last_learned_on is None or learner.last_learned_on < today:
        follows = learner.last_learned_on == today - timedelta(days=1)
        learner.current_streak = learner.current_streak + 1 if follows else 1
        learner.last_learned_on = today
    learner.longest_streak = max(learner.longest_streak, learner.current_streak)
    learner.last_learned_at = now


def _recommended(section: Any, course_id: UUID, lesson_id: UUID, *, earlier: bool) -> dict[str, Any]:
    reason = "skipped_earlier" if earlier else "next_section" if section.lesson_id == lesson_id else "next_lesson"
    return {
        "type": "section",
        "courseId": str(course_id),
        "lessonId": str(section.lesson_id),
        "sectionId": str(section.id),
        "title": section.title,
        "lessonTitle": section.lesson_title,
        "reason": reason,
    }


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
