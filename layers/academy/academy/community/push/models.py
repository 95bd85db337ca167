"""Browsers that are pushed to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.platform.orm import Base, created_now, primary_key


class PushSubscription(Base):
    """One browser in which a user wants to be told. An endpoint is one browser's, and whoever subscribed with it last is who uses that browser now.

    `endpoint` and the keys are secrets of the browser: who has them can fill it with rubbish. They are never told to anybody, nor logged.
    """

    __tablename__ = "push_subscriptions"
    __table_args__ = (
        CheckConstraint("octet_length(endpoint) <= 1024", name="endpoint"),
        Index("uq_push_subscriptions_endpoint", "endpoint", unique=True),
        Index("ix_push_subscriptions_user_id", "user_id", "id"),
    )

    id: Mapped[UUID] = primary_key()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    endpoint: Mapped[str]
    p256dh: Mapped[str]
    auth: Mapped[str]
    created_at: Mapped[datetime] = created_now()


class PushRetry(Base):
    """What a push service did not take for one browser, though it may take it later. Others of the user's browsers have it already.

    A later message of the same topic takes its place, as it would at the push service. Gone when it is taken, refused, or of no use any more.
    """

    __tablename__ = "push_retries"
    __table_args__ = (
        Index("uq_push_retries_topic", "subscription_id", "topic", unique=True),
        Index("ix_push_retries_due_at", "due_at", "id"),
    )

    id: Mapped[UUID] = primary_key()
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("push_subscriptions.id", ondelete="CASCADE"))
    topic: Mapped[str]
    message: Mapped[str]
    urgency: Mapped[str]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
