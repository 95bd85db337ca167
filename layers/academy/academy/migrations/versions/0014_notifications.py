"""Preferences, and what is still to be delivered

Words are made when they are read. `notifications.title` and `body` stay, for what was said before and for the release before, which writes them while
both run; this release only reads them. A later one, whose predecessor writes them no more, moves them into `data` (`said`, as the reading does) and
drops them. Everything before the index is committed with it, so all of it can be done twice.

Revision: 0014, after 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from academy.migrations import concurrent

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

UNREAD = "read_at is null and group_key is not null"


def upgrade() -> None:
    for words in ("title", "body"):
        op.alter_column("notifications", words, nullable=True)
    op.add_column("notifications", sa.Column("group_key", sa.Text(), nullable=True), if_not_exists=True)
    op.add_column("notifications", sa.Column("count", sa.BigInteger(), server_default="1", nullable=False), if_not_exists=True)
    concurrent.create_index("uq_notifications_group_key", "notifications", ["user_id", "group_key"], unique=True, where=UNREAD)
    op.create_table(
        "notification_preferences",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("switches", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column("digest", sa.Text(), server_default="off", nullable=False),
        sa.Column("digest_hour", sa.SmallInteger(), server_default="8", nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_to", sa.Time(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("language in ('en', 'hi')", name=op.f("ck_notification_preferences_language")),
        sa.CheckConstraint("digest in ('off', 'daily')", name=op.f("ck_notification_preferences_digest")),
        sa.CheckConstraint("digest_hour between 0 and 23", name=op.f("ck_notification_preferences_digest_hour")),
        sa.CheckConstraint(
            "(quiet_from is null) = (quiet_to is null) and (quiet_from is null or quiet_from <> quiet_to)",
            name=op.f("ck_notification_preferences_quiet"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notification_preferences_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notification_preferences")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("weight", sa.SmallInteger(), nullable=False),
        sa.Column("group_key", sa.Text(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("parcel_id", sa.UUID(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("channel in ('in_app', 'email', 'push')", name=op.f("ck_deliveries_channel")),
        sa.CheckConstraint("status in ('waiting', 'sent', 'skipped', 'failed')", name=op.f("ck_deliveries_status")),
        sa.CheckConstraint("(status = 'waiting') = (settled_at is null)", name=op.f("ck_deliveries_settled_at")),
        sa.CheckConstraint("(status in ('skipped', 'failed')) = (reason is not null)", name=op.f("ck_deliveries_reason")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_deliveries_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index("uq_deliveries_event_id", "deliveries", ["user_id", "event_id", "channel"], unique=True)
    op.create_index(
        "ix_deliveries_due", "deliveries", ["channel", "kind", "due_at"], unique=False, postgresql_where=sa.text("status = 'waiting'")
    )
    op.create_index(
        "ix_deliveries_waiting", "deliveries", ["user_id", "channel"], unique=False, postgresql_where=sa.text("status = 'waiting'")
    )
    op.create_index(
        "ix_deliveries_parcels",
        "deliveries",
        ["user_id", "channel", "settled_at"],
        unique=False,
        postgresql_where=sa.text("parcel_id is not null"),
    )


def downgrade() -> None:
    op.drop_table("deliveries")
    op.drop_table("notification_preferences")
    op.drop_index("uq_notifications_group_key", table_name="notifications")
    op.drop_column("notifications", "count")
    op.drop_column("notifications", "group_key")
    op.execute("update notifications set title = coalesce(title, ''), body = coalesce(body, '') where title is null or body is null")
    for words in ("title", "body"):
        op.alter_column("notifications", words, nullable=False)
