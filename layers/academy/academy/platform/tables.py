"""The platform's own tables: events out and in, idempotency, limits, audit."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from academy.platform.orm import Base, created_now, primary_key


class OutboxEvent(Base):
    """A domain event that was committed with the change it tells of. `published_at` is null until EventBridge accepted it."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_unpublished", "id", postgresql_where=text("published_at is null")),
        Index("ix_outbox_published_at", "published_at", postgresql_where=text("published_at is not null")),
    )

    id: Mapped[UUID] = primary_key()
    kind: Mapped[str]
    version: Mapped[int]
    payload: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime] = created_now()
    published_at: Mapped[datetime | None]


class ConsumedEvent(Base):
    """A consumer acted on an event: the row is written in the transaction of the effect, so the effect happens once."""

    __tablename__ = "consumed_events"
    __table_args__ = (PrimaryKeyConstraint("consumer", "event_id"), Index("ix_consumed_events_consumed_at", "consumed_at"))

    consumer: Mapped[str]
    event_id: Mapped[UUID]
    consumed_at: Mapped[datetime] = created_now()


class IdempotencyKey(Base):
    """The first answer to a POST with an Idempotency-Key, kept for a day. `scope` is the caller (or the address of an anonymous one)."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (PrimaryKeyConstraint("scope", "key"), Index("ix_idempotency_keys_created_at", "created_at"))

    scope: Mapped[str]
    key: Mapped[str]
    fingerprint: Mapped[str]
    status: Mapped[int]
    headers: Mapped[dict[str, Any]]
    body: Mapped[str]
    created_at: Mapped[datetime] = created_now()


class RateCounter(Base):
    """Hits in the present window of one bucket. Unlogged: losing it in a crash only forgives."""

    __tablename__ = "rate_counters"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    bucket: Mapped[str] = mapped_column(primary_key=True)
    window_start: Mapped[datetime]
    hits: Mapped[int]


class AuditLogEntry(Base):
    """One act. Rows are only ever added (a trigger refuses anything else); `audit_seals` chains them."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_target_id", "target_id", "id"),
        Index("ix_audit_log_actor_id", "actor_id", "id"),
        Index("ix_audit_log_action", "action", "id"),
    )

    id: Mapped[UUID] = primary_key()
    actor_id: Mapped[UUID | None]
    action: Mapped[str]
    target_type: Mapped[str]
    target_id: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    request_id: Mapped[str | None]
    occurred_at: Mapped[datetime] = created_now()


class AuditSeal(Base):
    """The hash chain over the audit log: hash = SHA-256(previous hash, entry). Made by a schedule, so that no request waits for another's entry."""

    __tablename__ = "audit_seals"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[UUID] = mapped_column(unique=True)
    hash: Mapped[str]
    sealed_at: Mapped[datetime] = created_now()
