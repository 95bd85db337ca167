"""Leaderboards: sums of the ledger by period and scope. No rank is stored: it is counted from a histogram of points in two levels."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Identity, Index, Integer, PrimaryKeyConstraint, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.engagement.boards.values import Span
from academy.platform.orm import Base, created_now, one_of


class Leaderboard(Base):
    """A period of a span, over the whole academy, a domain or a course (`scope` says which); made when the first points are folded into it.

    `period` is `2026-W46`, `2026-11` or `all`; `last_day` its last in the academy's time zone. Once closed, the row and the points of its scores stay.
    """

    __tablename__ = "leaderboards"
    __table_args__ = (
        one_of("span", Span),
        CheckConstraint("domain is null or course_id is null", name="scope"),
        CheckConstraint("(span = 'all') = (last_day is null)", name="last_day"),
        CheckConstraint("closed_at is null or last_day is not null", name="closed_at"),
        Index("uq_leaderboards_period_scope", "period", "scope", unique=True),
        Index("ix_leaderboards_course_id", "course_id", postgresql_where=text("course_id is not null")),
        Index("ix_leaderboards_due", "last_day", "id", postgresql_where=text("closed_at is null")),
        Index("ix_leaderboards_closed", "span", "last_day", postgresql_where=text("closed_at is not null")),
    )

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    span: Mapped[str]
    period: Mapped[str]
    domain: Mapped[str | None]
    course_id: Mapped[UUID | None] = mapped_column(ForeignKey("courses.id"))
    scope: Mapped[str] = mapped_column(Computed("coalesce('course ' || course_id::text, 'domain ' || domain, 'academy')", persisted=True))
    last_day: Mapped[date | None]
    made_at: Mapped[datetime] = created_now()
    closed_at: Mapped[datetime | None]


class LeaderboardScore(Base):
    """A learner's points on a board: the sum of their ledger's rows that count there, whether or not they are shown (`listed`).

    `reached_at` is when the latest of these rows was booked: among equals, who got there first stands first. `id` stands in for the learner in the
    order, so that nothing of a pseudonymous one is told by a page. Shown are those that are listed and have more than no points.
    """

    __tablename__ = "leaderboard_scores"
    __table_args__ = (
        PrimaryKeyConstraint("user_id", "board_id"),
        Index(
            "ix_leaderboard_scores_standing",
            "board_id",
            text("(- points)"),
            "reached_at",
            "id",
            postgresql_where=text("listed and points > 0"),
        ),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    board_id: Mapped[int] = mapped_column(Integer, ForeignKey("leaderboards.id"))
    points: Mapped[int] = mapped_column(Integer)
    listed: Mapped[bool]
    reached_at: Mapped[datetime]
    id: Mapped[int] = mapped_column(Identity(always=True))


class LeaderboardHistogram(Base):
    """How many of those shown on a board have points from `points` on, in a range of that width: 1 for exactly so many, and wide ones as their sums.

    How many stand above somebody is the sum of a few wide ranges and of what is between.
    """

    __tablename__ = "leaderboard_histogram"
    __table_args__ = (PrimaryKeyConstraint("board_id", "width", "points"), CheckConstraint("users > 0", name="users"))

    board_id: Mapped[int] = mapped_column(Integer, ForeignKey("leaderboards.id"), autoincrement=False)
    width: Mapped[int] = mapped_column(SmallInteger, autoincrement=False)
    points: Mapped[int] = mapped_column(Integer, autoincrement=False)
    users: Mapped[int] = mapped_column(Integer)


class LeaderboardRelisting(Base):
    """Whether this learner may be shown has changed, and their scores don't say so yet. Written by a trigger on `users`, in the same transaction."""

    __tablename__ = "leaderboard_relistings"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    user_id: Mapped[UUID]


class LeaderboardChampion(Base):
    """Was among the first three of a board when it was closed, and was told so by an event."""

    __tablename__ = "leaderboard_champions"
    __table_args__ = (
        PrimaryKeyConstraint("board_id", "user_id"),
        CheckConstraint("rank between 1 and 3", name="rank"),
        Index("ix_leaderboard_champions_user_id", "user_id"),
    )

    board_id: Mapped[int] = mapped_column(Integer, ForeignKey("leaderboards.id"), autoincrement=False)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    rank: Mapped[int] = mapped_column(Integer)
    points: Mapped[int] = mapped_column(Integer)
    won_at: Mapped[datetime] = created_now()
