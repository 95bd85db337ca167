"""The ledger of XP, its rules, its daily sums

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KINDS = "kind in ('lesson_complete', 'course_complete', 'quiz_pass', 'forum_post', 'reversal')"
RULES = {"lesson_complete": (50, 200), "course_complete": (500, 10), "quiz_pass": (100, 50), "forum_post": (10, 10)}
"""Points, and how often a day."""
ONLY_GROW = ("xp", "xp_rules")
PERMISSION = "xp:manage"


def upgrade() -> None:
    op.create_table(
        "xp",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("capped", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("domain", sa.Text(), nullable=True),
        sa.Column("course_id", sa.UUID(), nullable=True),
        sa.Column("minutes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rule_version", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("earned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_xp_kind")),
        sa.CheckConstraint("(kind = 'reversal') = (points < 0)", name=op.f("ck_xp_points")),
        sa.CheckConstraint("not capped or points = 0", name=op.f("ck_xp_capped")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_xp_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_xp")),
    )
    op.create_index("uq_xp_source", "xp", ["user_id", "kind", "source"], unique=True)
    op.create_index("ix_xp_user_id", "xp", ["user_id", "day", "id"], unique=False)
    op.create_table(
        "xp_daily",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("awards", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_xp_daily_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "day", name=op.f("pk_xp_daily")),
    )
    op.create_table(
        "xp_pending",
        sa.Column("xp_id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=True),
        sa.Column("course_id", sa.UUID(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["xp_id"], ["xp.id"], name=op.f("fk_xp_pending_xp_id_xp")),
        sa.PrimaryKeyConstraint("xp_id", name=op.f("pk_xp_pending")),
    )
    op.create_table(
        "xp_rules",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("daily_cap", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.UUID(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_xp_rules_kind")),
        sa.CheckConstraint("points >= 0", name=op.f("ck_xp_rules_points")),
        sa.CheckConstraint("daily_cap > 0", name=op.f("ck_xp_rules_daily_cap")),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"], name=op.f("fk_xp_rules_set_by_users")),
        sa.PrimaryKeyConstraint("kind", "version", name=op.f("pk_xp_rules")),
    )
    op.create_table(
        "xp_holds",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=True),
        sa.Column("course_id", sa.UUID(), nullable=True),
        sa.Column("minutes", sa.BigInteger(), nullable=False),
        sa.Column("rule_version", sa.BigInteger(), nullable=False),
        sa.Column("earned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), server_default="held", nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(KINDS, name=op.f("ck_xp_holds_kind")),
        sa.CheckConstraint("status in ('held', 'released', 'dismissed')", name=op.f("ck_xp_holds_status")),
        sa.CheckConstraint("(status = 'held') = (decided_at is null)", name=op.f("ck_xp_holds_decided_at")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_xp_holds_decided_by_users")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_xp_holds_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_xp_holds")),
    )
    op.create_index("uq_xp_holds_source", "xp_holds", ["user_id", "kind", "source"], unique=True)
    op.create_index("ix_xp_holds_status", "xp_holds", ["status", "id"], unique=False)
    op.create_table(
        "xp_voids",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_xp_voids_kind")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_xp_voids_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "kind", "source", name=op.f("pk_xp_voids")),
    )
    for kind, (points, daily_cap) in RULES.items():
        op.execute(
            sa.text("insert into xp_rules (kind, version, points, daily_cap) values (:kind, 1, :points, :daily_cap)").bindparams(
                kind=kind, points=points, daily_cap=daily_cap
            )
        )
    for table in ONLY_GROW:
        op.execute(
            f"create trigger {table}_only_grows before update or delete or truncate on {table} for each statement execute function refuse_change()"
        )
        op.execute(f"revoke update, delete, truncate on {table} from academy_app")
    op.execute(sa.text("insert into role_permissions (role, permission) values ('admin', :permission)").bindparams(permission=PERMISSION))


def downgrade() -> None:
    op.execute(sa.text("delete from role_permissions where permission = :permission").bindparams(permission=PERMISSION))
    for table in ("xp_voids", "xp_holds", "xp_rules", "xp_pending", "xp_daily", "xp"):
        op.drop_table(table)
