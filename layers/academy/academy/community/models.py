"""What people are told, how they want to be told, and what is still on its way to them."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.community.values import Channel, DeliveryStatus, Digest
from academy.identity.values import Language
from academy.platform.orm import Base, created_now, one_of, primary_key


class Notification(Base):
    """One thing a user is told in the app. `data` holds facts and ids; the words are made when it is read, in the reader's language.

    Events of one group (`group_key`, such as all new badges) make one unread row: the next of them takes the row over, with `event_id`, `data` and
    `created_at` of its own, `count` one more, and a new id. So who marks as read what they saw has not marked what they could not see.

    `title` and `body` are of a release that put things into words when it wrote them; nothing writes them any more.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        Index("uq_notifications_event_id", "user_id", "event_id", unique=True),
        Index(
            "uq_notifications_group_key",
            "user_id",
            "group_key",
            unique=True,
            postgresql_where=text("read_at is null and group_key is not null"),
        ),
        Index("ix_notifications_user_id", "user_id", "id"),
        Index("ix_notifications_unread", "user_id", "id", postgresql_where=text("read_at is null")),
    )

    id: Mapped[UUID] = primary_key()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    event_id: Mapped[UUID]
    kind: Mapped[str]
    title: Mapped[str | None]
    body: Mapped[str | None]
    group_key: Mapped[str | None]
    count: Mapped[int] = mapped_column(server_default="1")
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    created_at: Mapped[datetime] = created_now()
    read_at: Mapped[datetime | None]


class NotificationPreferences(Base):
    """What a user has decided about being told; who has no row has decided nothing, and the defaults hold.

    `switches` has only what was switched: `{"badge.earned": {"email": false}}`. Quiet hours and the digest's hour are of the user's time zone;
    quiet hours from 22:00 to 07:00 go over midnight.
    """

    __tablename__ = "notification_preferences"
    __table_args__ = (
        one_of("language", Language),
        one_of("digest", Digest),
        CheckConstraint("digest_hour between 0 and 23", name="digest_hour"),
        CheckConstraint(
            "(quiet_from is null) = (quiet_to is null) and (quiet_from is null or quiet_from <> quiet_to)",
            name="quiet",
        ),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    switches: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    language: Mapped[str] = mapped_column(server_default=Language.ENGLISH)
    digest: Mapped[str] = mapped_column(server_default=Digest.OFF)
    digest_hour: Mapped[int] = mapped_column(SmallInteger, server_default="8")
    quiet_from: Mapped[time | None]
    quiet_to: Mapped[time | None]
    version: Mapped[int] = mapped_column(server_default="1")
    updated_at: Mapped[datetime] = created_now()


class Delivery(Base):
    """That one user is to be told of one event on one channel, and what became of it. The key makes it once, whatever is delivered twice.

    A channel's consumer writes the row in the transaction of its note in the inbox, with everything decided (`planning.plan`): `skipped` with the
    reason where the user does not want it, else `waiting` until `due_at`. `in_app` rows are `sent` at once, together with the notification. What is
    due at once for one person is sent in that same transaction; everything else is taken by `pumping.pump`, a person at a time.

    `data` are the facts that the words are made of, as in `notifications`. `weight` says who goes first and what may be held back. Rows of one
    `group_key` are told in one parcel; so are all of a person's with `digest` when their hour comes. `parcel_id` names the mail (or push message) in
    which it went: rows that went together share it, and the day's budget counts parcels. After `expires_at` it is of no use to anybody.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        one_of("channel", Channel),
        one_of("status", DeliveryStatus),
        CheckConstraint("(status = 'waiting') = (settled_at is null)", name="settled_at"),
        CheckConstraint("(status in ('skipped', 'failed')) = (reason is not null)", name="reason"),
        Index("uq_deliveries_event_id", "user_id", "event_id", "channel", unique=True),
        Index("ix_deliveries_due", "channel", "kind", "due_at", postgresql_where=text("status = 'waiting'")),
        Index("ix_deliveries_waiting", "user_id", "channel", postgresql_where=text("status = 'waiting'")),
        Index("ix_deliveries_parcels", "user_id", "channel", "settled_at", postgresql_where=text("parcel_id is not null")),
    )

    id: Mapped[UUID] = primary_key()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    event_id: Mapped[UUID]
    channel: Mapped[str]
    kind: Mapped[str]
    weight: Mapped[int] = mapped_column(SmallInteger)
    group_key: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    status: Mapped[str]
    reason: Mapped[str | None]
    due_at: Mapped[datetime] = created_now()
    expires_at: Mapped[datetime | None]
    digest: Mapped[bool] = mapped_column(server_default=text("false"))
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    parcel_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = created_now()
    settled_at: Mapped[datetime | None]
