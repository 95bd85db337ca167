"""The foundation: identity, catalog, learning, notifications and the platform's own tables

Revision: 0001, after None
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STUDENT = ("course:enroll", "course:generate_private", "progress:record", "certificate:request")
INSTRUCTOR = (*STUDENT, "course:create", "course:edit", "course:submit", "course:generate", "course:students")
ADMIN = (
    *INSTRUCTOR,
    "course:edit_any",
    "course:review",
    "course:students_any",
    "progress:read_any",
    "user:read",
    "user:suspend",
    "user:change_role",
    "user:permit",
    "certificate:revoke",
    "audit:read",
)
ROLE_PERMISSIONS = {"student": STUDENT, "instructor": INSTRUCTOR, "admin": ADMIN}
DOMAINS = {
    "engineering": "Engineering",
    "commerce": "Commerce",
    "science": "Science",
    "arts": "Arts and Humanities",
    "medicine": "Medicine and Health",
    "law": "Law",
    "management": "Management",
    "design": "Design",
    "languages": "Languages",
    "general": "General",
}


def upgrade() -> None:
    op.execute("create extension if not exists pg_trgm")
    op.execute("create extension if not exists fuzzystrmatch")
    op.execute("create extension if not exists unaccent")
    # What course search makes of words: accents off, then English stems (other scripts pass through as they are).
    op.execute("create text search configuration academy (copy = pg_catalog.english)")
    op.execute("alter text search configuration academy alter mapping for hword, hword_part, word with unaccent, english_stem")
    op.execute("alter default privileges in schema public grant select, insert, update, delete on tables to academy_app")
    op.execute("alter default privileges in schema public grant usage on sequences to academy_app")
    op.create_table(
        "audit_log",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("actor_id", sa.UUID(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target_type", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_index("ix_audit_log_actor_id", "audit_log", ["actor_id", "id"], unique=False)
    op.create_index("ix_audit_log_target", "audit_log", ["target_type", "target_id", "id"], unique=False)
    op.create_table(
        "audit_seals",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.UUID(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_seals")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_seals_entry_id")),
    )
    op.create_table(
        "consumed_events",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("consumed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "event_id", name=op.f("pk_consumed_events")),
    )
    op.create_index("ix_consumed_events_consumed_at", "consumed_events", ["consumed_at"], unique=False)
    op.create_table(
        "domains",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_domains")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_published_at", "outbox", ["published_at"], unique=False, postgresql_where=sa.text("published_at is not null")
    )
    op.create_index("ix_outbox_unpublished", "outbox", ["id"], unique=False, postgresql_where=sa.text("published_at is null"))
    op.create_table(
        "rate_counters",
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hits", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_rate_counters")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "role_permissions",
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("permission", sa.Text(), nullable=False),
        sa.CheckConstraint("role in ('student', 'instructor', 'admin')", name=op.f("ck_role_permissions_role")),
        sa.PrimaryKeyConstraint("role", "permission", name=op.f("pk_role_permissions")),
    )
    op.create_table(
        "search_lexemes",
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("stem", sa.Text(), nullable=False),
        sa.Column("courses", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_search_lexemes")),
    )
    op.create_index("ix_search_lexemes_stem", "search_lexemes", ["stem"], unique=False, postgresql_ops={"stem": "text_pattern_ops"})
    op.create_table(
        "users",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("sub", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("full_name", sa.Text(), nullable=True),
        sa.Column(
            "search_text",
            sa.Text(),
            sa.Computed("lower(coalesce(full_name, '') || ' ' || coalesce(username, '') || ' ' || coalesce(email, ''))", persisted=True),
            nullable=True,
        ),
        sa.Column("role", sa.Text(), server_default="student", nullable=False),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("suspended_reason", sa.Text(), nullable=True),
        sa.Column("instructor_approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("domain", sa.Text(), nullable=True),
        sa.Column("branch", sa.Text(), nullable=True),
        sa.Column("year", sa.BigInteger(), nullable=True),
        sa.Column("onboarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("time_zone", sa.Text(), server_default="Asia/Kolkata", nullable=False),
        sa.Column("preferred_study_time", sa.Text(), nullable=True),
        sa.Column("weekly_learning_goal", sa.BigInteger(), nullable=True),
        sa.Column("preferences", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("avatar_key", sa.Text(), nullable=True),
        sa.Column("xp_total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("current_streak", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("longest_streak", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_learned_on", sa.Date(), nullable=True),
        sa.Column("last_learned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sessions_valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "preferred_study_time in ('morning', 'afternoon', 'evening', 'night')", name=op.f("ck_users_preferred_study_time")
        ),
        sa.CheckConstraint("role in ('student', 'instructor', 'admin')", name=op.f("ck_users_role")),
        sa.CheckConstraint("status in ('active', 'suspended', 'erased')", name=op.f("ck_users_status")),
        sa.ForeignKeyConstraint(["domain"], ["domains.slug"], name=op.f("fk_users_domain_domains")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("sub", name=op.f("uq_users_sub")),
    )
    op.create_index("ix_users_created_at", "users", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_users_search_text",
        "users",
        ["search_text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_index(op.f("ix_users_domain"), "users", ["domain"], unique=False)
    op.create_index("ix_users_role_created_at", "users", ["role", "created_at", "id"], unique=False)
    op.create_index("uq_users_email", "users", [sa.literal_column("lower(email)")], unique=True)
    op.create_index("uq_users_username", "users", [sa.literal_column("lower(username)")], unique=True)
    op.create_table(
        "courses",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("instructor_id", sa.UUID(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("difficulty", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column("price", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("currency", sa.Text(), server_default="INR", nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("objectives", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("objective_levels", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("estimated_minutes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("thumbnail_key", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="draft", nullable=False),
        sa.Column("visibility", sa.Text(), server_default="public", nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.UUID(), nullable=True),
        sa.Column("rejection_reason", sa.Text(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("module_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lesson_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("section_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("total_enrollments", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rating_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rating_sum", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "rating_average",
            sa.Double(),
            sa.Computed("case when rating_count = 0 then 0 else rating_sum::double precision / rating_count end", persisted=True),
            nullable=False,
        ),
        sa.Column("provenance", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("content_version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "category in ('programming', 'design', 'business', 'marketing', 'science', 'language', 'music', 'art', 'other')",
            name=op.f("ck_courses_category"),
        ),
        sa.CheckConstraint("difficulty in ('beginner', 'intermediate', 'advanced')", name=op.f("ck_courses_difficulty")),
        sa.CheckConstraint("status <> 'rejected' or rejection_reason is not null", name=op.f("ck_courses_rejection_reason")),
        sa.CheckConstraint("status in ('draft', 'in_review', 'published', 'rejected', 'archived')", name=op.f("ck_courses_status")),
        sa.CheckConstraint("visibility in ('public', 'private')", name=op.f("ck_courses_visibility")),
        sa.CheckConstraint("price >= 0", name=op.f("ck_courses_price")),
        sa.ForeignKeyConstraint(["domain"], ["domains.slug"], name=op.f("fk_courses_domain_domains")),
        sa.ForeignKeyConstraint(["instructor_id"], ["users.id"], name=op.f("fk_courses_instructor_id_users")),
        sa.ForeignKeyConstraint(["reviewed_by"], ["users.id"], name=op.f("fk_courses_reviewed_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courses")),
    )
    op.create_index(op.f("ix_courses_domain"), "courses", ["domain"], unique=False)
    op.create_index("ix_courses_instructor_id", "courses", ["instructor_id", "created_at", "id"], unique=False)
    op.create_index(
        "ix_courses_published",
        "courses",
        ["published_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'published' and visibility = 'public' and deleted_at is null"),
    )
    op.create_index(
        "ix_courses_status",
        "courses",
        ["status", sa.literal_column("coalesce(submitted_at, created_at)"), "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at is null"),
    )
    for name, key in (("ix_courses_popular", "total_enrollments"), ("ix_courses_rating", "rating_average")):
        op.create_index(
            name,
            "courses",
            [key, "id"],
            unique=False,
            postgresql_where=sa.text("status = 'published' and visibility = 'public' and deleted_at is null"),
        )
    op.create_table(
        "notifications",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notifications_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
    )
    op.create_index(
        "ix_notifications_unread", "notifications", ["user_id", "id"], unique=False, postgresql_where=sa.text("read_at is null")
    )
    op.create_index("ix_notifications_user_id", "notifications", ["user_id", "id"], unique=False)
    op.create_index("uq_notifications_event_id", "notifications", ["user_id", "event_id"], unique=True)
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id", "created_at"], unique=False)
    op.create_table(
        "user_permissions",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("permission", sa.Text(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_permissions_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "permission", name=op.f("pk_user_permissions")),
    )
    op.create_table(
        "course_prerequisites",
        sa.Column("course_id", sa.UUID(), nullable=False),
        sa.Column("required_id", sa.UUID(), nullable=False),
        sa.CheckConstraint("course_id <> required_id", name=op.f("ck_course_prerequisites_self")),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_course_prerequisites_course_id_courses")),
        sa.ForeignKeyConstraint(["required_id"], ["courses.id"], name=op.f("fk_course_prerequisites_required_id_courses")),
        sa.PrimaryKeyConstraint("course_id", "required_id", name=op.f("pk_course_prerequisites")),
    )
    op.create_index(op.f("ix_course_prerequisites_required_id"), "course_prerequisites", ["required_id"], unique=False)
    op.create_table(
        "course_ratings",
        sa.Column("course_id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("rating", sa.BigInteger(), nullable=False),
        sa.Column("review", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("rating between 1 and 5", name=op.f("ck_course_ratings_rating")),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_course_ratings_course_id_courses")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_course_ratings_user_id_users")),
        sa.PrimaryKeyConstraint("course_id", "user_id", name=op.f("pk_course_ratings")),
    )
    op.create_index("ix_course_ratings_latest", "course_ratings", ["course_id", "updated_at", "user_id"], unique=False)
    op.create_index("ix_course_ratings_user_id", "course_ratings", ["user_id"], unique=False)
    op.create_table(
        "course_search",
        sa.Column("course_id", sa.UUID(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("difficulty", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("instructor_id", sa.UUID(), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("quality", sa.REAL(), server_default="0", nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title_tsv", postgresql.TSVECTOR(), nullable=False),
        sa.Column("tsv", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_course_search_course_id_courses")),
        sa.PrimaryKeyConstraint("course_id", name=op.f("pk_course_search")),
    )
    op.create_index("ix_course_search_domain", "course_search", ["domain", "quality", "course_id"], unique=False)
    op.create_index("ix_course_search_domain_difficulty", "course_search", ["domain", "difficulty", "quality", "course_id"], unique=False)
    op.create_index("ix_course_search_free", "course_search", ["quality", "course_id"], unique=False, postgresql_where=sa.text("price = 0"))
    op.create_index("ix_course_search_instructor_id", "course_search", ["instructor_id"], unique=False)
    op.create_index("ix_course_search_price", "course_search", ["price", "course_id"], unique=False)
    op.create_index("ix_course_search_published_at", "course_search", ["published_at", "course_id"], unique=False)
    op.create_index("ix_course_search_tags", "course_search", ["tags"], unique=False, postgresql_using="gin")
    op.create_index("ix_course_search_quality", "course_search", ["quality", "course_id"], unique=False)
    op.create_index("ix_course_search_title_tsv", "course_search", ["title_tsv"], unique=False, postgresql_using="gin")
    op.create_index("ix_course_search_tsv", "course_search", ["tsv"], unique=False, postgresql_using="gin")
    op.create_table(
        "learning_events",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("course_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_learning_events_course_id_courses")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_learning_events_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "client_id", name=op.f("pk_learning_events")),
    )
    op.create_index("ix_learning_events_course_id", "learning_events", ["course_id", "occurred_at"], unique=False)
    op.create_table(
        "modules",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("course_id", sa.UUID(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_modules_course_id_courses")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_modules")),
    )
    op.create_index(
        "ix_modules_course_id", "modules", ["course_id", "position"], unique=False, postgresql_where=sa.text("deleted_at is null")
    )
    op.create_table(
        "lessons",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("course_id", sa.UUID(), nullable=False),
        sa.Column("module_id", sa.UUID(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("estimated_minutes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("video_url", sa.Text(), nullable=True),
        sa.Column("materials_key", sa.Text(), nullable=True),
        sa.Column("subtitle_key", sa.Text(), nullable=True),
        sa.Column("objectives", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("objective_levels", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("accessibility", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("is_preview", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_lessons_course_id_courses")),
        sa.ForeignKeyConstraint(["module_id"], ["modules.id"], name=op.f("fk_lessons_module_id_modules")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lessons")),
    )
    op.create_index("ix_lessons_course_id", "lessons", ["course_id"], unique=False, postgresql_where=sa.text("deleted_at is null"))
    op.create_index(
        "ix_lessons_module_id", "lessons", ["module_id", "position"], unique=False, postgresql_where=sa.text("deleted_at is null")
    )
    op.create_table(
        "quizzes",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("course_id", sa.UUID(), nullable=False),
        sa.Column("module_id", sa.UUID(), nullable=False),
        sa.Column("lesson_id", sa.UUID(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("time_limit", sa.BigInteger(), nullable=True),
        sa.Column("pass_percent", sa.BigInteger(), server_default="60", nullable=False),
        sa.Column("max_attempts", sa.BigInteger(), nullable=True),
        sa.Column("shuffle", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("draw_count", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("pass_percent between 0 and 100", name=op.f("ck_quizzes_pass_percent")),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_quizzes_course_id_courses")),
        sa.ForeignKeyConstraint(["lesson_id"], ["lessons.id"], name=op.f("fk_quizzes_lesson_id_lessons")),
        sa.ForeignKeyConstraint(["module_id"], ["modules.id"], name=op.f("fk_quizzes_module_id_modules")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quizzes")),
    )
    op.create_index("ix_quizzes_course_id", "quizzes", ["course_id"], unique=False, postgresql_where=sa.text("deleted_at is null"))
    op.create_index("ix_quizzes_lesson_id", "quizzes", ["lesson_id"], unique=False, postgresql_where=sa.text("deleted_at is null"))
    op.create_index("ix_quizzes_module_id", "quizzes", ["module_id"], unique=False, postgresql_where=sa.text("deleted_at is null"))
    op.create_table(
        "sections",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("course_id", sa.UUID(), nullable=False),
        sa.Column("lesson_id", sa.UUID(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), server_default="", nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("estimated_minutes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("citations", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("accessibility", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("type in ('text', 'video', 'quiz', 'exercise', 'code', 'image', 'interactive')", name=op.f("ck_sections_type")),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_sections_course_id_courses")),
        sa.ForeignKeyConstraint(["lesson_id"], ["lessons.id"], name=op.f("fk_sections_lesson_id_lessons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sections")),
    )
    op.create_index("ix_sections_course_id", "sections", ["course_id"], unique=False, postgresql_where=sa.text("deleted_at is null"))
    op.create_index(
        "ix_sections_lesson_id", "sections", ["lesson_id", "position"], unique=False, postgresql_where=sa.text("deleted_at is null")
    )
    op.create_table(
        "study_sessions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("course_id", sa.UUID(), nullable=True),
        sa.Column("lesson_id", sa.UUID(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("seconds", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_study_sessions_course_id_courses")),
        sa.ForeignKeyConstraint(["lesson_id"], ["lessons.id"], name=op.f("fk_study_sessions_lesson_id_lessons")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_study_sessions_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_sessions")),
    )
    op.create_index(op.f("ix_study_sessions_course_id"), "study_sessions", ["course_id"], unique=False)
    op.create_index("ix_study_sessions_user_id", "study_sessions", ["user_id", "started_at"], unique=False)
    op.create_table(
        "enrollments",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("course_id", sa.UUID(), nullable=False),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("completed_sections", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("time_spent", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_section_id", sa.UUID(), nullable=True),
        sa.Column("last_accessed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'ended') = (ended_at is not null)", name=op.f("ck_enrollments_ended_at")),
        sa.CheckConstraint("source in ('free', 'payment', 'coupon', 'grant')", name=op.f("ck_enrollments_source")),
        sa.CheckConstraint("status in ('active', 'completed', 'ended')", name=op.f("ck_enrollments_status")),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_enrollments_course_id_courses")),
        sa.ForeignKeyConstraint(["last_section_id"], ["sections.id"], name=op.f("fk_enrollments_last_section_id_sections")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_enrollments_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollments")),
    )
    op.create_index("ix_enrollments_course_id", "enrollments", ["course_id", "enrolled_at", "id"], unique=False)
    op.create_index("ix_enrollments_user_id", "enrollments", ["user_id", "enrolled_at", "id"], unique=False)
    op.create_index(
        "uq_enrollments_current", "enrollments", ["user_id", "course_id"], unique=True, postgresql_where=sa.text("status <> 'ended'")
    )
    op.create_table(
        "questions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("quiz_id", sa.UUID(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("correct_answer", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("tolerance", sa.Numeric(), nullable=True),
        sa.Column("explanation", sa.Text(), server_default="", nullable=False),
        sa.Column("points", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("citations", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "type in ('multiple_choice', 'multiple_select', 'true_false', 'numeric', 'short_answer', 'matching', 'ordering', 'essay', 'code')",
            name=op.f("ck_questions_type"),
        ),
        sa.ForeignKeyConstraint(["quiz_id"], ["quizzes.id"], name=op.f("fk_questions_quiz_id_quizzes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
    )
    op.create_index(
        "ix_questions_quiz_id", "questions", ["quiz_id", "position"], unique=False, postgresql_where=sa.text("deleted_at is null")
    )
    op.create_table(
        "lesson_progress",
        sa.Column("enrollment_id", sa.UUID(), nullable=False),
        sa.Column("lesson_id", sa.UUID(), nullable=False),
        sa.Column("completed_sections", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("time_spent", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("newly_completed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"], name=op.f("fk_lesson_progress_enrollment_id_enrollments")),
        sa.ForeignKeyConstraint(["lesson_id"], ["lessons.id"], name=op.f("fk_lesson_progress_lesson_id_lessons")),
        sa.PrimaryKeyConstraint("enrollment_id", "lesson_id", name=op.f("pk_lesson_progress")),
    )
    op.create_index("ix_lesson_progress_lesson_id", "lesson_progress", ["lesson_id"], unique=False)
    op.create_table(
        "section_progress",
        sa.Column("enrollment_id", sa.UUID(), nullable=False),
        sa.Column("section_id", sa.UUID(), nullable=False),
        sa.Column("lesson_id", sa.UUID(), nullable=False),
        sa.Column("time_spent", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("time_added", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("newly_completed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"], name=op.f("fk_section_progress_enrollment_id_enrollments")),
        sa.ForeignKeyConstraint(["lesson_id"], ["lessons.id"], name=op.f("fk_section_progress_lesson_id_lessons")),
        sa.ForeignKeyConstraint(["section_id"], ["sections.id"], name=op.f("fk_section_progress_section_id_sections")),
        sa.PrimaryKeyConstraint("enrollment_id", "section_id", name=op.f("pk_section_progress")),
    )
    op.create_index("ix_section_progress_section_id", "section_progress", ["section_id"], unique=False)
    # The log only grows: refused by a trigger for everybody, and by privilege for the application.
    op.execute("""
        create function refuse_change() returns trigger language plpgsql as $$
        begin
            raise exception '% only grows', tg_table_name using errcode = 'insufficient_privilege';
        end $$
    """)
    for table in ("audit_log", "audit_seals"):
        op.execute(
            f"create trigger {table}_only_grows before update or delete or truncate on {table} for each statement execute function refuse_change()"
        )
        op.execute(f"revoke update, delete, truncate on {table} from academy_app")
    for role, permissions in ROLE_PERMISSIONS.items():
        for permission in permissions:
            op.execute(
                sa.text("insert into role_permissions (role, permission) values (:role, :permission)").bindparams(
                    role=role, permission=permission
                )
            )
    for position, (slug, name) in enumerate(DOMAINS.items()):
        op.execute(sa.text("insert into domains (slug, name, position) values (:s, :n, :p)").bindparams(s=slug, n=name, p=position))


def downgrade() -> None:
    op.drop_index("ix_section_progress_section_id", table_name="section_progress")
    op.drop_table("section_progress")
    op.drop_index("ix_lesson_progress_lesson_id", table_name="lesson_progress")
    op.drop_table("lesson_progress")
    op.drop_index("ix_questions_quiz_id", table_name="questions", postgresql_where=sa.text("deleted_at is null"))
    op.drop_table("questions")
    op.drop_index("uq_enrollments_current", table_name="enrollments", postgresql_where=sa.text("status <> 'ended'"))
    op.drop_index("ix_enrollments_user_id", table_name="enrollments")
    op.drop_index("ix_enrollments_course_id", table_name="enrollments")
    op.drop_table("enrollments")
    op.drop_index("ix_study_sessions_user_id", table_name="study_sessions")
    op.drop_index(op.f("ix_study_sessions_course_id"), table_name="study_sessions")
    op.drop_table("study_sessions")
    op.drop_index("ix_sections_lesson_id", table_name="sections", postgresql_where=sa.text("deleted_at is null"))
    op.drop_index("ix_sections_course_id", table_name="sections", postgresql_where=sa.text("deleted_at is null"))
    op.drop_table("sections")
    op.drop_index("ix_quizzes_module_id", table_name="quizzes", postgresql_where=sa.text("deleted_at is null"))
    op.drop_index("ix_quizzes_lesson_id", table_name="quizzes", postgresql_where=sa.text("deleted_at is null"))
    op.drop_index("ix_quizzes_course_id", table_name="quizzes", postgresql_where=sa.text("deleted_at is null"))
    op.drop_table("quizzes")
    op.drop_index("ix_lessons_module_id", table_name="lessons", postgresql_where=sa.text("deleted_at is null"))
    op.drop_index("ix_lessons_course_id", table_name="lessons", postgresql_where=sa.text("deleted_at is null"))
    op.drop_table("lessons")
    op.drop_index("ix_modules_course_id", table_name="modules", postgresql_where=sa.text("deleted_at is null"))
    op.drop_table("modules")
    op.drop_index("ix_learning_events_course_id", table_name="learning_events")
    op.drop_table("learning_events")
    op.drop_table("course_search")
    op.drop_index("ix_course_ratings_user_id", table_name="course_ratings")
    op.drop_index("ix_course_ratings_latest", table_name="course_ratings")
    op.drop_table("course_ratings")
    op.drop_index(op.f("ix_course_prerequisites_required_id"), table_name="course_prerequisites")
    op.drop_table("course_prerequisites")
    op.drop_table("user_permissions")
    op.drop_index("ix_sessions_user_id", table_name="sessions")
    op.drop_table("sessions")
    op.drop_index("uq_notifications_event_id", table_name="notifications")
    op.drop_index("ix_notifications_user_id", table_name="notifications")
    op.drop_index("ix_notifications_unread", table_name="notifications", postgresql_where=sa.text("read_at is null"))
    op.drop_table("notifications")
    op.drop_index("ix_courses_status", table_name="courses", postgresql_where=sa.text("deleted_at is null"))
    op.drop_index(
        "ix_courses_published",
        table_name="courses",
        postgresql_where=sa.text("status = 'published' and visibility = 'public' and deleted_at is null"),
    )
    op.drop_index("ix_courses_instructor_id", table_name="courses")
    op.drop_index(op.f("ix_courses_domain"), table_name="courses")
    op.drop_table("courses")
    op.drop_index("uq_users_username", table_name="users")
    op.drop_index("uq_users_email", table_name="users")
    op.drop_index("ix_users_role_created_at", table_name="users")
    op.drop_index(op.f("ix_users_domain"), table_name="users")
    op.drop_index("ix_users_search_text", table_name="users", postgresql_using="gin", postgresql_ops={"search_text": "gin_trgm_ops"})
    op.drop_index("ix_users_created_at", table_name="users")
    op.drop_table("users")
    op.drop_table("search_lexemes")
    op.drop_table("role_permissions")
    op.drop_table("rate_counters")
    op.drop_index("ix_outbox_unpublished", table_name="outbox", postgresql_where=sa.text("published_at is null"))
    op.drop_index("ix_outbox_published_at", table_name="outbox", postgresql_where=sa.text("published_at is not null"))
    op.drop_table("outbox")
    op.drop_index("ix_idempotency_keys_created_at", table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_table("domains")
    op.drop_index("ix_consumed_events_consumed_at", table_name="consumed_events")
    op.drop_table("consumed_events")
    op.drop_table("audit_seals")
    op.drop_index("ix_audit_log_target", table_name="audit_log")
    op.drop_index("ix_audit_log_actor_id", table_name="audit_log")
    op.drop_table("audit_log")
    op.execute("drop text search configuration academy")
    op.execute("drop function refuse_change()")
