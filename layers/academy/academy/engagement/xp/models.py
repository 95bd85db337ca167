"""XP: the ledger, its sums, the rules, and what waits for somebody to look at it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.engagement.xp.values import HoldStatus, XpKind
from academy.platform.orm import Base, created_now, one_of, primary_key


class Xp(Base):
    """One award or its reversal, never changed. `users.xp_total` and `xp_daily` are always the sums.

    `source` is what it was given for: a lesson, a course, an attempt, a post; of a reversal, the row that it takes back. `day` is when it was booked, in the
    academy's time zone, and so the period that it counts in; `earned_at` is when it happened. `minutes` is how long a lesson is reckoned to take.
    A capped award has no points. No foreign key to courses: they are never deleted, and twenty million rows need not be looked up by course.
    """

    __tablename__ = "xp"
    __table_args__ = (
        one_of("kind", XpKind),
        CheckConstraint("(kind = 'reversal') = (points < 0)", name="points"),
        CheckConstraint("not capped or points = 0", name="capped"),
        Index("uq_xp_source", "user_id", "kind", "source", unique=True),
        Index("ix_xp_user_id", "user_id", "day", "id"),
    )

    id: Mapped[UUID] = primary_key()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str]
    source: Mapped[str]
    subject: Mapped[str | None]
    points: Mapped[int]
    capped: Mapped[bool] = mapped_column(server_default=text("false"))
    domain: Mapped[str | None]
    course_id: Mapped[UUID | None]
    minutes: Mapped[int] = mapped_column(server_default="0")
    rule_version: Mapped[int]
    day: Mapped[date]
    earned_at: Mapped[datetime]
    booked_at: Mapped[datetime] = created_now()


class XpDaily(Base):
    """A learner's points of a day, reversals taken off, and how many awards gave some."""

    __tablename__ = "xp_daily"
    __table_args__ = (PrimaryKeyConstraint("user_id", "day"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    day: Mapped[date]
    points: Mapped[int]
    awards: Mapped[int]


class XpPending(Base):
    """A row of the ledger that the leaderboards don't have yet. Written by the statement that books it, gone when they do."""

    __tablename__ = "xp_pending"

    xp_id: Mapped[UUID] = mapped_column(ForeignKey("xp.id"), primary_key=True)
    user_id: Mapped[UUID]
    domain: Mapped[str | None]
    course_id: Mapped[UUID | None]
    day: Mapped[date]
    points: Mapped[int]
    booked_at: Mapped[datetime]


class XpRule(Base):
    """What a kind is worth, and how often a day. The highest version holds; a row is never changed, and the ledger names the one it was booked by."""

    __tablename__ = "xp_rules"
    __table_args__ = (
        PrimaryKeyConstraint("kind", "version"),
        one_of("kind", XpKind),
        CheckConstraint("points >= 0", name="points"),
        CheckConstraint("daily_cap > 0", name="daily_cap"),
    )

    kind: Mapped[str]
    version: Mapped[int] = mapped_column(autoincrement=False)
    points: Mapped[int]
    daily_cap: Mapped[int]
    set_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    set_at: Mapped[datetime] = created_now()


class XpHold(Base):
    """An award that came impossibly fast. An admin releases it (it is booked then) or dismisses it; `points` are those of the rule at the time."""

    __tablename__ = "xp_holds"
    __table_args__ = (
        one_of("kind", XpKind),
        one_of("status", HoldStatus),
        CheckConstraint("(status = 'held') = (decided_at is null)", name="decided_at"),
        Index("uq_xp_holds_source", "user_id", "kind", "source", unique=True),
        Index("ix_xp_holds_status", "status", "id"),
    )

    id: Mapped[UUID] = primary_key()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str]
    source: Mapped[str]
    points: Mapped[int]
    domain: Mapped[str | None]
    course_id: Mapped[UUID | None]
    minutes: Mapped[int]
    rule_version: Mapped[int]
    earned_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(server_default=HoldStatus.HELD)
    held_at: Mapped[datetime] = created_now()
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]


class XpVoid(Base):
    """What is to give no points, ever: a deleted post, a voided attempt. It may be told of before the award that it takes back."""

    __tablename__ = "xp_voids"
    __table_args__ = (PrimaryKeyConstraint("user_id", "kind", "source"), one_of("kind", XpKind))

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str]
    source: Mapped[str]
    voided_at: Mapped[datetime] = created_now()
