"""What people are told."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.platform.orm import Base, created_now, primary_key


class Notification(Base):
    """One thing a user is told in the app, once for a domain event. `data` holds ids to link to; the words are made for the reader's language."""

    __tablename__ = "notifications"
    __table_args__ = (
        Index("uq_notifications_event_id", "user_id", "event_id", unique=True),
        Index("ix_notifications_user_id", "user_id", "id"),
        Index("ix_notifications_unread", "user_id", "id", postgresql_where=text("read_at is null")),
    )

    id: Mapped[UUID] = primary_key()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    event_id: Mapped[UUID]
    kind: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    created_at: Mapped[datetime] = created_now()
    read_at: Mapped[datetime | None]
