"""Indexes of lists: people by status, what was done to a thing, words by their beginning

Revision: 0005, after 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_users_status_created_at", "users", ["status", "created_at", "id"], unique=False)
    op.create_index("ix_audit_log_target_id", "audit_log", ["target_id", "id"], unique=False)
    op.drop_index("ix_audit_log_target", table_name="audit_log")
    op.create_index("ix_search_lexemes_word", "search_lexemes", ["word"], unique=False, postgresql_ops={"word": "text_pattern_ops"})


def downgrade() -> None:
    op.drop_index("ix_search_lexemes_word", table_name="search_lexemes", postgresql_ops={"word": "text_pattern_ops"})
    op.create_index("ix_audit_log_target", "audit_log", ["target_type", "target_id", "id"], unique=False)
    op.drop_index("ix_audit_log_target_id", table_name="audit_log")
    op.drop_index("ix_users_status_created_at", table_name="users")
