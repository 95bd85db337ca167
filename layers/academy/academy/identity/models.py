"""People: who they are, what they may do, where they are signed in. Passwords live in Cognito alone."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, Date, ForeignKey, Index, PrimaryKeyConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from academy.identity.values import BoardVisibility, ProfileVisibility, Role, StudyTime, UserStatus
from academy.platform.orm import Base, created_now, one_of, primary_key


class User(Base):
    """A person. `sub` is Cognito's name for them; the role is this row's, never the token's. Erased people keep a row without a name.

    What the streak's columns mean is in `identity.streaks`, who may see what of a person in `identity.privacy`.
    """

    __tablename__ = "users"
    __table_args__ = (
        one_of("role", Role),
        one_of("status", UserStatus),
        one_of("preferred_study_time", StudyTime),
        one_of("leaderboard_visibility", BoardVisibility),
        one_of("profile_visibility", ProfileVisibility),
        CheckConstraint("leaderboard_visibility <> 'pseudonym' or pseudonym is not null", name="pseudonym"),
        Index("uq_users_email", func.lower(text("email")), unique=True),
        Index("uq_users_username", func.lower(text("username")), unique=True),
        Index("uq_users_pseudonym", func.lower(text("pseudonym")), unique=True),
        Index("ix_users_created_at", "created_at", "id"),
        Index("ix_users_search_text", "search_text", postgresql_using="gin", postgresql_ops={"search_text": "gin_trgm_ops"}),
        Index("ix_users_role_created_at", "role", "created_at", "id"),
        Index("ix_users_status_created_at", "status", "created_at", "id"),
        Index("ix_users_streaks", "time_zone", "last_learned_on", "id", postgresql_where=text("current_streak >= 3 and status = 'active'")),
        Index("ix_users_born_on", "born_on", postgresql_where=text("born_on is not null")),
    )

    id: Mapped[UUID] = primary_key()
    sub: Mapped[str | None] = mapped_column(unique=True)
    email: Mapped[str | None]
    email_verified: Mapped[bool] = mapped_column(server_default=text("false"))
    username: Mapped[str | None]
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    full_name: Mapped[str | None]
    search_text: Mapped[str | None] = mapped_column(
        Computed("lower(coalesce(full_name, '') || ' ' || coalesce(username, '') || ' ' || coalesce(email, ''))", persisted=True)
    )
    role: Mapped[str] = mapped_column(server_default=Role.STUDENT)
    status: Mapped[str] = mapped_column(server_default=UserStatus.ACTIVE)
    suspended_reason: Mapped[str | None]
    instructor_approved_at: Mapped[datetime | None]
    domain: Mapped[str | None] = mapped_column(ForeignKey("domains.slug"), index=True)
    branch: Mapped[str | None]
    year: Mapped[int | None]
    onboarded_at: Mapped[datetime | None]
    time_zone: Mapped[str] = mapped_column(server_default="Asia/Kolkata")
    preferred_study_time: Mapped[str | None]
    weekly_learning_goal: Mapped[int | None]
    preferences: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    avatar_key: Mapped[str | None]
    xp_total: Mapped[int] = mapped_column(server_default="0")
    current_streak: Mapped[int] = mapped_column(server_default="0")
    longest_streak: Mapped[int] = mapped_column(server_default="0")
    last_learned_on: Mapped[date | None]
    last_learned_at: Mapped[datetime | None]
    streak_started_at: Mapped[datetime | None]
    streak_freezes: Mapped[int] = mapped_column(server_default="0")
    streak_frozen_on: Mapped[list[date]] = mapped_column(ARRAY(Date()), server_default=text("'{}'"))
    streak_noted_on: Mapped[date | None]
    born_on: Mapped[date | None]
    leaderboard_visibility: Mapped[str | None]
    pseudonym: Mapped[str | None]
    profile_visibility: Mapped[str | None]
    sessions_valid_from: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = created_now()
    updated_at: Mapped[datetime] = created_now()
    deleted_at: Mapped[datetime | None]


class Domain(Base):
    """A field of study of the academy (engineering, commerce, …); edited by admins."""

    __tablename__ = "domains"

    slug: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    position: Mapped[int] = mapped_column(server_default="0")
    active: Mapped[bool] = mapped_column(server_default=text("true"))


class RolePermission(Base):
    """What a role may do by default. Rows are complete per role: inheritance (admin, instructor, student) is written out."""

    __tablename__ = "role_permissions"
    __table_args__ = (PrimaryKeyConstraint("role", "permission"), one_of("role", Role))

    role: Mapped[str]
    permission: Mapped[str]


class UserPermission(Base):
    """One permission granted to (or, with `granted` false, taken from) one user, whatever the role says."""

    __tablename__ = "user_permissions"
    __table_args__ = (PrimaryKeyConstraint("user_id", "permission"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    permission: Mapped[str]
    granted: Mapped[bool]


class Session(Base):
    """A sign-in, by Cognito's `origin_jti` (the same in every token refreshed from it). Revoked: its access tokens are refused at once."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_user_id", "user_id", "created_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    user_agent: Mapped[str | None]
    created_at: Mapped[datetime] = created_now()
    last_seen_at: Mapped[datetime] = created_now()
    revoked_at: Mapped[datetime | None]
