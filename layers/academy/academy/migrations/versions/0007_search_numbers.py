"""Search reads courses by their numbers, best first, and looks typing errors up: the column, the triggers, the functions

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# What a word is with up to two of its first seven letters left out. Two words that are two changes apart have one of these in common
# (symmetric delete, https://github.com/wolfgarbe/SymSpell).
_DELETIONS = """
    create function search_deletions(word text) returns text[] language sql immutable strict parallel safe as $$
        with once as (
            select case when n = 0 then beginning else overlay(beginning placing '' from n for 1) end as word
            from (select left(word, 7) as beginning) given, generate_series(0, length(beginning)) as n
        )
        select array_agg(distinct case when n = 0 then once.word else overlay(once.word placing '' from n for 1) end)
        from once, generate_series(0, length(once.word)) as n
    $$
"""
_WEIGH = """
    create function weigh_course() returns trigger language plpgsql as $$
    begin
        if tg_op = 'DELETE' then
            update course_numbers set quality = null where course_id = old.course_id;
        else
            update course_numbers set quality = new.quality where course_id = new.course_id;
        end if;
        return null;
    end $$
"""


def upgrade() -> None:
    op.add_column("course_numbers", sa.Column("quality", sa.REAL(), nullable=True))
    op.execute(_WEIGH)
    # By its name it comes after the trigger that gives the number.
    op.execute("create trigger course_search_weighed after insert or delete on course_search for each row execute function weigh_course()")
    op.execute("""
        create trigger course_search_weighed_anew after update on course_search for each row
        when (old.quality is distinct from new.quality) execute function weigh_course()
    """)
    op.execute(_DELETIONS)


def downgrade() -> None:
    op.execute("drop function search_deletions(text)")
    op.execute("drop trigger course_search_weighed_anew on course_search")
    op.execute("drop trigger course_search_weighed on course_search")
    op.execute("drop function weigh_course()")
    op.drop_column("course_numbers", "quality")
