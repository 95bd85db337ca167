"""Scores by period and scope, and histograms of them

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SCOPE = "coalesce('course ' || course_id::text, 'domain ' || domain, 'academy')"

CLOSED_STAY = """
    create function {name}() returns trigger language plpgsql as $$
    begin
        if exists (select from ({changed}) c join leaderboards b on b.id = c.board_id where b.closed_at is not null) then
            raise exception 'the scores of a closed leaderboard stay as they are' using errcode = 'integrity_constraint_violation';
        end if;
        return null;
    end $$
"""
CHANGED = {
    "insert": ("new table as after", "select board_id from after"),
    "delete": ("old table as before", "select board_id from before"),
    # Listing may change for ever: who is erased vanishes from old boards, too.
    "update": (
        "old table as before new table as after",
        """select board_id from before o full join after n using (user_id, board_id)
            where (o.points, o.reached_at, o.id) is distinct from (n.points, n.reached_at, n.id)""",
    ),
}


def upgrade() -> None:
    op.create_table(
        "leaderboards",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("span", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=True),
        sa.Column("course_id", sa.UUID(), nullable=True),
        sa.Column("scope", sa.Text(), sa.Computed(SCOPE, persisted=True), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("span in ('weekly', 'monthly', 'all')", name=op.f("ck_leaderboards_span")),
        sa.CheckConstraint("domain is null or course_id is null", name=op.f("ck_leaderboards_scope")),
        sa.CheckConstraint("(span = 'all') = (last_day is null)", name=op.f("ck_leaderboards_last_day")),
        sa.CheckConstraint("closed_at is null or last_day is not null", name=op.f("ck_leaderboards_closed_at")),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_leaderboards_course_id_courses")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaderboards")),
    )
    op.create_index("uq_leaderboards_period_scope", "leaderboards", ["period", "scope"], unique=True)
    op.create_index(
        "ix_leaderboards_course_id", "leaderboards", ["course_id"], unique=False, postgresql_where=sa.text("course_id is not null")
    )
    op.create_index("ix_leaderboards_due", "leaderboards", ["last_day", "id"], unique=False, postgresql_where=sa.text("closed_at is null"))
    op.create_index(
        "ix_leaderboards_closed", "leaderboards", ["span", "last_day"], unique=False, postgresql_where=sa.text("closed_at is not null")
    )
    op.create_table(
        "leaderboard_scores",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("board_id", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.ForeignKeyConstraint(["board_id"], ["leaderboards.id"], name=op.f("fk_leaderboard_scores_board_id_leaderboards")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_leaderboard_scores_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "board_id", name=op.f("pk_leaderboard_scores")),
    )
    op.create_index(
        "ix_leaderboard_scores_standing",
        "leaderboard_scores",
        ["board_id", sa.text("(- points)"), "reached_at", "id"],
        unique=False,
        postgresql_where=sa.text("listed and points > 0"),
    )
    op.create_table(
        "leaderboard_histogram",
        sa.Column("board_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("width", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("points", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("users", sa.Integer(), nullable=False),
        sa.CheckConstraint("users > 0", name=op.f("ck_leaderboard_histogram_users")),
        sa.ForeignKeyConstraint(["board_id"], ["leaderboards.id"], name=op.f("fk_leaderboard_histogram_board_id_leaderboards")),
        sa.PrimaryKeyConstraint("board_id", "width", "points", name=op.f("pk_leaderboard_histogram")),
    )
    op.create_table(
        "leaderboard_relistings",
        sa.Column("id", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaderboard_relistings")),
    )
    op.create_table(
        "leaderboard_champions",
        sa.Column("board_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("won_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("rank between 1 and 3", name=op.f("ck_leaderboard_champions_rank")),
        sa.ForeignKeyConstraint(["board_id"], ["leaderboards.id"], name=op.f("fk_leaderboard_champions_board_id_leaderboards")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_leaderboard_champions_user_id_users")),
        sa.PrimaryKeyConstraint("board_id", "user_id", name=op.f("pk_leaderboard_champions")),
    )
    op.create_index("ix_leaderboard_champions_user_id", "leaderboard_champions", ["user_id"], unique=False)
    for event, (tables, changed) in CHANGED.items():
        name = f"closed_leaderboards_stay_{event}"
        op.execute(CLOSED_STAY.format(name=name, changed=changed))
        op.execute(
            f"create trigger {name} after {event} on leaderboard_scores referencing {tables} for each statement execute function {name}()"
        )
    op.execute("""
        create trigger leaderboards_stay_closed before update or delete on leaderboards for each row when (old.closed_at is not null)
        execute function refuse_change()
    """)
    # In the transaction of whatever changes it, so that the next read knows.
    op.execute("""
        create function relist_learner() returns trigger language plpgsql as $$
        begin
            insert into leaderboard_relistings (user_id) values (new.id);
            return null;
        end $$
    """)
    op.execute("""
        create trigger users_relisted after update of status, onboarded_at, born_on, leaderboard_visibility on users for each row
        when ((old.status, old.onboarded_at, old.born_on, old.leaderboard_visibility)
            is distinct from (new.status, new.onboarded_at, new.born_on, new.leaderboard_visibility))
        execute function relist_learner()
    """)


def downgrade() -> None:
    op.execute("drop trigger users_relisted on users")
    op.execute("drop function relist_learner()")
    for table in (
        "leaderboard_champions",
        "leaderboard_relistings",
        "leaderboard_histogram",
        "leaderboard_scores",
        "leaderboards",
    ):
        op.drop_table(table)
    for event in CHANGED:
        op.execute(f"drop function closed_leaderboards_stay_{event}()")
