"""Learners in courses and what they did there. Percentages and counters always equal what the section rows say."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.learning.values import EnrollmentSource, EnrollmentStatus
from academy.platform.orm import Base, created_now, one_of, primary_key


class Enrollment(Base):
    """A learner in a course. One that is not ended is unique; ended ones stay. `completed_at`, once set, never changes.

    `completed_sections` counts the learner's completed, living sections; `time_spent` is in seconds.
    """

    __tablename__ = "enrollments"
    __table_args__ = (
        one_of("status", EnrollmentStatus),
        one_of("source", EnrollmentSource),
        CheckConstraint("(status = 'ended') = (ended_at is not null)", name="ended_at"),
        Index("uq_enrollments_current", "user_id", "course_id", unique=True, postgresql_where=text("status <> 'ended'")),
        Index("ix_enrollments_user_id", "user_id", "enrolled_at", "id"),
        Index("ix_enrollments_course_id", "course_id", "enrolled_at", "id"),
    )

    id: Mapped[UUID] = primary_key()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"))
    status: Mapped[str] = mapped_column(server_default=EnrollmentStatus.ACTIVE)
    source: Mapped[str]
    completed_sections: Mapped[int] = mapped_column(server_default="0")
    time_spent: Mapped[int] = mapped_column(server_default="0")
    last_section_id: Mapped[UUID | None] = mapped_column(ForeignKey("sections.id"))
    last_accessed_at: Mapped[datetime | None]
    enrolled_at: Mapped[datetime] = created_now()
    completed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class LessonProgress(Base):
    """A learner's lesson, by enrolment. `completed_at` is set when its last living section is; once set, it stays.

    `newly_completed` says whether the row's last change set `completed_at`: see SectionProgress.
    """

    __tablename__ = "lesson_progress"
    __table_args__ = (PrimaryKeyConstraint("enrollment_id", "lesson_id"), Index("ix_lesson_progress_lesson_id", "lesson_id"))

    enrollment_id: Mapped[UUID] = mapped_column(ForeignKey("enrollments.id"))
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lessons.id"))
    completed_sections: Mapped[int] = mapped_column(server_default="0")
    time_spent: Mapped[int] = mapped_column(server_default="0")
    started_at: Mapped[datetime] = created_now()
    completed_at: Mapped[datetime | None]
    newly_completed: Mapped[bool] = mapped_column(server_default=text("false"))


class SectionProgress(Base):
    """A learner's section, by enrolment: the truth that every other number of progress is made of.

    `time_added` (seconds) and `newly_completed` tell what the row's last change did. An upsert that waited for another transaction's row can't
    see in its own snapshot what that row held before, but it can write what it found there, and return it.
    """

    __tablename__ = "section_progress"
    __table_args__ = (PrimaryKeyConstraint("enrollment_id", "section_id"), Index("ix_section_progress_section_id", "section_id"))

    enrollment_id: Mapped[UUID] = mapped_column(ForeignKey("enrollments.id"))
    section_id: Mapped[UUID] = mapped_column(ForeignKey("sections.id"))
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lessons.id"))
    time_spent: Mapped[int] = mapped_column(server_default="0")
    time_added: Mapped[int] = mapped_column(server_default="0")
    score: Mapped[int | None]
    first_seen_at: Mapped[datetime] = created_now()
    last_seen_at: Mapped[datetime] = created_now()
    completed_at: Mapped[datetime | None]
    newly_completed: Mapped[bool] = mapped_column(server_default=text("false"))


class StudySession(Base):
    """A stretch of study, in the server's time. Heartbeats prolong it; overlapping ones count once."""

    __tablename__ = "study_sessions"
    __table_args__ = (Index("ix_study_sessions_user_id", "user_id", "started_at"),)

    id: Mapped[UUID] = primary_key()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    course_id: Mapped[UUID | None] = mapped_column(ForeignKey("courses.id"), index=True)
    lesson_id: Mapped[UUID | None] = mapped_column(ForeignKey("lessons.id"))
    started_at: Mapped[datetime] = created_now()
    ended_at: Mapped[datetime] = created_now()
    seconds: Mapped[int] = mapped_column(server_default="0")


class LearningEvent(Base):
    """What a client told while offline, once by its `client_id`."""

    __tablename__ = "learning_events"
    __table_args__ = (PrimaryKeyConstraint("user_id", "client_id"), Index("ix_learning_events_course_id", "course_id", "occurred_at"))

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    client_id: Mapped[str]
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"))
    kind: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime] = created_now()
