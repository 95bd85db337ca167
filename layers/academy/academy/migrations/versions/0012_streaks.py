"""Freezes of streaks, and how a learner may be shown

Everything before the last index is committed with it, so all of it can be done twice.

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from academy.migrations import concurrent

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

CHECKS = {
    "leaderboard_visibility": "leaderboard_visibility in ('named', 'pseudonym', 'hidden')",
    "profile_visibility": "profile_visibility in ('public', 'private')",
    "pseudonym": "leaderboard_visibility <> 'pseudonym' or pseudonym is not null",
}


def upgrade() -> None:
    for column in (
        sa.Column("streak_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("streak_freezes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("streak_frozen_on", postgresql.ARRAY(sa.Date()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("streak_noted_on", sa.Date(), nullable=True),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("leaderboard_visibility", sa.Text(), nullable=True),
        sa.Column("pseudonym", sa.Text(), nullable=True),
        sa.Column("profile_visibility", sa.Text(), nullable=True),
    ):
        op.add_column("users", column, if_not_exists=True)
    for name, check in CHECKS.items():
        op.drop_constraint(f"ck_users_{name}", "users", if_exists=True)
        op.execute(f"alter table users add constraint ck_users_{name} check ({check}) not valid")
    concurrent.create_index("uq_users_pseudonym", "users", [sa.literal_column("lower(pseudonym)")], unique=True)
    concurrent.create_index(
        "ix_users_streaks", "users", ["time_zone", "last_learned_on", "id"], where="current_streak >= 3 and status = 'active'"
    )
    concurrent.create_index("ix_users_born_on", "users", ["born_on"], where="born_on is not null")
    # In a transaction of its own: reading the whole table keeps nobody from writing it.
    for name in CHECKS:
        op.execute(f"alter table users validate constraint ck_users_{name}")


def downgrade() -> None:
    for name in ("ix_users_born_on", "ix_users_streaks", "uq_users_pseudonym"):
        op.drop_index(name, table_name="users")
    for name in CHECKS:
        op.drop_constraint(f"ck_users_{name}", "users")
    for column in (
        "profile_visibility",
        "pseudonym",
        "leaderboard_visibility",
        "born_on",
        "streak_noted_on",
        "streak_frozen_on",
        "streak_freezes",
        "streak_started_at",
    ):
        op.drop_column("users", column)
