"""Jobs that write courses: what was asked, which steps are finished, what was told, what was paid.

Texts are in S3 (`generation/<job>/…`); rows hold their keys.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.catalog.values import Visibility
from academy.generation.values import BudgetScope, EventKind, JobStatus, Stage, StepState
from academy.platform.orm import Base, created_now, one_of, primary_key


class GenerationJob(Base):
    """One course to be written. The execution's name is the job's id and `attempt`. `brief` is what was asked, without the source text.

    `steps_done` counts finished steps out of `lesson_count` + 3 (plan, picture, assembly) and never falls; a retry goes on from it.
    """

    __tablename__ = "generation_jobs"
    __table_args__ = (
        one_of("status", JobStatus),
        one_of("stage", Stage),
        one_of("visibility", Visibility),
        CheckConstraint("lesson_count between 3 and 12", name="lesson_count"),
        CheckConstraint("steps_done between 0 and lesson_count + 3", name="steps_done"),
        CheckConstraint("(status = 'completed') = (course_id is not null)", name="course_id"),
        CheckConstraint("status <> 'failed' or error is not null", name="error"),
        Index("ix_generation_jobs_user_id", "user_id", "created_at", "id"),
        Index("ix_generation_jobs_unfinished", "updated_at", postgresql_where=text("status in ('queued', 'processing')")),
    )

    id: Mapped[UUID] = primary_key()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    status: Mapped[str] = mapped_column(server_default=JobStatus.QUEUED)
    stage: Mapped[str] = mapped_column(server_default=Stage.WAITING)
    topic: Mapped[str]
    visibility: Mapped[str]
    domain: Mapped[str] = mapped_column(ForeignKey("domains.slug"))
    brief: Mapped[dict[str, Any]]
    source_key: Mapped[str | None]
    lesson_count: Mapped[int]
    attempt: Mapped[int] = mapped_column(server_default="1")
    steps_done: Mapped[int] = mapped_column(server_default="0")
    last_seq: Mapped[int] = mapped_column(server_default="0")
    course_id: Mapped[UUID | None] = mapped_column(ForeignKey("courses.id"), index=True)
    error: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = created_now()
    started_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = created_now()
    finished_at: Mapped[datetime | None]


class GenerationStep(Base):
    """A step that ended: `outline`, `thumbnail`, `lesson-3`, `assembly`. The first result of a step stands; a second run's is thrown away."""

    __tablename__ = "generation_steps"
    __table_args__ = (PrimaryKeyConstraint("job_id", "name"), one_of("state", StepState))

    job_id: Mapped[UUID] = mapped_column(ForeignKey("generation_jobs.id"))
    name: Mapped[str]
    state: Mapped[str]
    object_key: Mapped[str | None]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    finished_at: Mapped[datetime] = created_now()


class JobEvent(Base):
    """What a listener is told, in order. `seq` counts from 1 without gaps."""

    __tablename__ = "job_events"
    __table_args__ = (PrimaryKeyConstraint("job_id", "seq"), one_of("kind", EventKind))

    job_id: Mapped[UUID] = mapped_column(ForeignKey("generation_jobs.id"))
    seq: Mapped[int]
    kind: Mapped[str]
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = created_now()


class GenerationCharge(Base):
    """One paid call, or (not `settled`) the most that a call in flight may cost: held against budgets until it is known."""

    __tablename__ = "generation_charges"
    __table_args__ = (
        CheckConstraint("cost_micros >= 0", name="cost_micros"),
        Index("ix_generation_charges_job_id", "job_id"),
        Index("ix_generation_charges_user_id", "user_id", "created_at"),
        Index("ix_generation_charges_created_at", "created_at"),
    )

    id: Mapped[UUID] = primary_key()
    job_id: Mapped[UUID] = mapped_column(ForeignKey("generation_jobs.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    step: Mapped[str]
    model: Mapped[str]
    input_tokens: Mapped[int] = mapped_column(server_default="0")
    output_tokens: Mapped[int] = mapped_column(server_default="0")
    cache_write_tokens: Mapped[int] = mapped_column(server_default="0")
    cache_read_tokens: Mapped[int] = mapped_column(server_default="0")
    cost_micros: Mapped[int]
    settled: Mapped[bool]
    vendor_request_id: Mapped[str | None]
    created_at: Mapped[datetime] = created_now()


class GenerationBudget(Base):
    """How much may be spent in how long: one row for each user alike, one for the platform. Edited by an operator."""

    __tablename__ = "generation_budgets"
    __table_args__ = (
        one_of("scope", BudgetScope),
        CheckConstraint("limit_micros >= 0", name="limit_micros"),
        CheckConstraint("window_hours > 0", name="window_hours"),
    )

    scope: Mapped[str] = mapped_column(primary_key=True)
    limit_micros: Mapped[int]
    window_hours: Mapped[int]
