"""Badges that were earned, what is counted for them, and how far a new one has been given to those who had earned it before."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from academy.engagement.badges.values import Fact
from academy.platform.orm import Base, created_now, one_of


class Achievement(Base):
    """A badge that a learner has. It is given once and never taken, whatever becomes of what was counted. `event_id` is that of its `badge.earned`."""

    __tablename__ = "achievements"
    __table_args__ = (PrimaryKeyConstraint("user_id", "badge"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    badge: Mapped[str]
    earned_at: Mapped[datetime] = created_now()
    event_id: Mapped[UUID]


class BadgeFact(Base):
    """Something that a learner did, of which only an event told. `value` is a quiz's percent (rounded down) or a place's rank.

    `subject` is what several sources may be about: the quiz of an attempt. Who hears of the end first writes the row as voided: it stays so.
    """

    __tablename__ = "badge_facts"
    __table_args__ = (PrimaryKeyConstraint("user_id", "kind", "source"), one_of("kind", Fact))

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str]
    source: Mapped[str]
    subject: Mapped[str | None]
    value: Mapped[int | None]
    happened_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]


class BadgeRound(Base):
    """The round that gives a badge to everybody who had earned it before it was there. `rule` is what the badge asked for when the round began; another
    rule begins another round. All learners up to `cursor` are done; all of them where `done_at` is set."""

    __tablename__ = "badge_rounds"
    __table_args__ = (CheckConstraint("learners >= 0 and awarded >= 0", name="counts"),)

    badge: Mapped[str] = mapped_column(primary_key=True)
    rule: Mapped[str]
    declared_at: Mapped[datetime] = created_now()
    cursor: Mapped[UUID | None]
    learners: Mapped[int] = mapped_column(server_default="0")
    awarded: Mapped[int] = mapped_column(server_default="0")
    done_at: Mapped[datetime | None]
