"""Badges that were earned

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "achievements",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("badge", sa.Text(), nullable=False),
        sa.Column("earned_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_achievements_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "badge", name=op.f("pk_achievements")),
    )
    op.create_table(
        "badge_facts",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('quiz', 'post', 'place')", name=op.f("ck_badge_facts_kind")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_badge_facts_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "kind", "source", name=op.f("pk_badge_facts")),
    )
    op.create_table(
        "badge_rounds",
        sa.Column("badge", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("cursor", sa.UUID(), nullable=True),
        sa.Column("learners", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("awarded", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("learners >= 0 and awarded >= 0", name=op.f("ck_badge_rounds_counts")),
        sa.PrimaryKeyConstraint("badge", name=op.f("pk_badge_rounds")),
    )


def downgrade() -> None:
    for table in ("badge_rounds", "badge_facts", "achievements"):
        op.drop_table(table)
