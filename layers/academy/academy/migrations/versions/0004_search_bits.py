"""Search counts by bits; indexes of lists

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# What a list by one filter in one order walks along.
_WALKS = [(column, order) for order in ("published_at", "price") for column in ("domain", "category", "language")]


def upgrade() -> None:
    op.create_table(
        "search_terms",
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("facet", sa.Boolean(), nullable=False),
        sa.Column("ready", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("term", name=op.f("pk_search_terms")),
    )
    op.create_index("ix_search_terms_facet", "search_terms", ["term"], unique=False, postgresql_where=sa.text("facet"))
    op.create_table(
        "search_bits",
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("block", sa.BigInteger(), nullable=False),
        sa.Column("bits", postgresql.BIT(4096), nullable=False),
        sa.PrimaryKeyConstraint("term", "block", name=op.f("pk_search_bits")),
    )
    op.create_index(op.f("ix_search_bits_block"), "search_bits", ["block"], unique=False)
    op.create_table(
        "search_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_changes")),
    )
    op.create_index(op.f("ix_search_changes_number"), "search_changes", ["number"], unique=False)
    op.create_table(
        "course_numbers",
        sa.Column("course_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(minvalue=0), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_course_numbers_course_id_courses")),
        sa.PrimaryKeyConstraint("course_id", name=op.f("pk_course_numbers")),
        sa.UniqueConstraint("number", name=op.f("uq_course_numbers_number")),
    )
    for column, order in _WALKS:
        op.create_index(f"ix_course_search_{column}_{order}", "course_search", [column, order, "course_id"], unique=False)
    op.execute("""
        create function note_search_change() returns trigger language plpgsql as $$
        declare
            course uuid := case when tg_op = 'DELETE' then old.course_id else new.course_id end;
        begin
            insert into course_numbers (course_id) select course where not exists (select from course_numbers n where n.course_id = course)
            on conflict do nothing;
            insert into search_changes (number) select n.number from course_numbers n where n.course_id = course;
            return null;
        end $$
    """)
    op.execute("""
        create trigger course_search_added after insert or delete on course_search for each row execute function note_search_change()
    """)
    op.execute("""
        create trigger course_search_changed after update on course_search for each row
        when ((old.domain, old.category, old.difficulty, old.language, old.price, old.tags, old.title_tsv, old.tsv)
            is distinct from (new.domain, new.category, new.difficulty, new.language, new.price, new.tags, new.title_tsv, new.tsv))
        execute function note_search_change()
    """)
    op.execute("insert into course_numbers (course_id) select course_id from course_search order by course_id")
    op.execute("insert into search_changes (number) select number from course_numbers")


def downgrade() -> None:
    op.execute("drop trigger course_search_changed on course_search")
    op.execute("drop trigger course_search_added on course_search")
    op.execute("drop function note_search_change()")
    for column, order in _WALKS:
        op.drop_index(f"ix_course_search_{column}_{order}", table_name="course_search")
    op.drop_table("course_numbers")
    op.drop_table("search_changes")
    op.drop_table("search_bits")
    op.drop_table("search_terms")
