"""What 0007 made, filled and indexed: in a transaction of its own, so that searches don't wait for the locks of both

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("update course_numbers n set quality = i.quality from course_search i where i.course_id = n.course_id and n.quality is null")
    op.create_index(
        "ix_course_numbers_quality",
        "course_numbers",
        ["quality", "course_id"],
        unique=False,
        postgresql_include=["number"],
        postgresql_where=sa.text("quality is not null"),
    )
    op.create_index(
        "ix_search_lexemes_deletions", "search_lexemes", [sa.text("search_deletions(word)")], unique=False, postgresql_using="gin"
    )


def downgrade() -> None:
    op.drop_index("ix_search_lexemes_deletions", table_name="search_lexemes", postgresql_using="gin")
    op.drop_index("ix_course_numbers_quality", table_name="course_numbers")
