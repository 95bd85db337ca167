"""Payments: orders, what was paid, given back and disputed, coupons, the vendor's messages, and the books

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NEW_PERMISSIONS = {
    "student": ("payment:make",),
    "instructor": ("payment:make", "coupon:manage", "payment:payouts"),
    "admin": (
        "payment:make",
        "coupon:manage",
        "payment:payouts",
        "coupon:manage_any",
        "payment:read_any",
        "payment:refund",
        "payment:reconcile",
    ),
}
ONLY_GROW = ("payment_events", "ledger_entries", "ledger_lines", "invoices")
NEVER_GO = ("orders", "payments", "refunds", "disputes", "coupons", "coupon_uses", "webhook_events", "reconciliations", "invoice_series")

BALANCED = """
    create function ledger_is_balanced() returns trigger language plpgsql as $$
    declare
        entry uuid := to_jsonb(new) ->> tg_argv[0];
    begin
        if (select count(*) < 2 or sum(l.amount) <> 0 or bool_or(l.currency <> e.currency)
            from ledger_entries e left join ledger_lines l on l.entry_id = e.id where e.id = entry group by e.id)
        then
            raise exception 'ledger entry % is not balanced', entry using errcode = 'check_violation', constraint = 'ck_ledger_entries_balanced';
        end if;
        return null;
    end $$
"""
FORWARD = """
    create function payments_only_forward() returns trigger language plpgsql as $$
    declare
        allowed boolean := new.status = old.status or case old.status
            when 'created' then true
            when 'failed' then new.status <> 'created'
            when 'authorized' then new.status in ('captured', 'partially_refunded', 'refunded', 'needs_review')
            when 'needs_review' then new.status in ('captured', 'partially_refunded', 'refunded')
            when 'captured' then new.status in ('partially_refunded', 'refunded')
            when 'partially_refunded' then new.status = 'refunded'
            else false end;
    begin
        if not allowed then
            raise exception 'a payment does not go from % to %', old.status, new.status
                using errcode = 'check_violation', constraint = 'ck_payments_forward';
        end if;
        if new.amount_captured < old.amount_captured or old.applied and not new.applied then
            raise exception 'what was captured stays captured' using errcode = 'check_violation', constraint = 'ck_payments_forward';
        end if;
        return new;
    end $$
"""


def upgrade() -> None:
    op.create_table(
        "invoice_series",
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("financial_year", sa.Text(), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("series", "financial_year", name=op.f("pk_invoice_series")),
    )
    op.create_table(
        "webhook_events",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("vendor_event_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_events")),
        sa.UniqueConstraint("digest", name=op.f("uq_webhook_events_digest")),
    )
    op.create_index("ix_webhook_events_received_at", "webhook_events", ["received_at"], unique=False)
    op.create_index(
        "ix_webhook_events_waiting", "webhook_events", ["received_at", "id"], unique=False, postgresql_where=sa.text("handled_at is null")
    )
    op.create_table(
        "reconciliations",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("requested_by", sa.UUID(), nullable=True),
        sa.Column("checked", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("repaired", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("drift", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["requested_by"], ["users.id"], name=op.f("fk_reconciliations_requested_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliations")),
    )
    op.create_index("ix_reconciliations_started_at", "reconciliations", ["started_at", "id"], unique=False)
    op.create_table(
        "coupons",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.UUID(), nullable=False),
        sa.Column("academy_wide", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("course_id", sa.UUID(), nullable=True),
        sa.Column("percent", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), server_default="INR", nullable=False),
        sa.Column("max_discount", sa.BigInteger(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("max_uses", sa.BigInteger(), nullable=True),
        sa.Column("max_uses_per_user", sa.BigInteger(), nullable=True),
        sa.Column("first_purchase_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("uses", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(percent is null) <> (amount is null)", name=op.f("ck_coupons_kind")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_coupons_amount")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_coupons_ends_at")),
        sa.CheckConstraint("max_discount > 0", name=op.f("ck_coupons_max_discount")),
        sa.CheckConstraint("percent between 1 and 100", name=op.f("ck_coupons_percent")),
        sa.CheckConstraint("uses >= 0 and (max_uses is null or uses <= max_uses)", name=op.f("ck_coupons_uses")),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_coupons_course_id_courses")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_coupons_owner_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupons")),
    )
    op.create_index(op.f("ix_coupons_course_id"), "coupons", ["course_id"], unique=False)
    op.create_index("ix_coupons_owner_id", "coupons", ["owner_id", "id"], unique=False)
    op.create_index(
        "uq_coupons_code", "coupons", [sa.literal_column("lower(code)")], unique=True, postgresql_where=sa.text("deleted_at is null")
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("course_id", sa.UUID(), nullable=False),
        sa.Column("instructor_id", sa.UUID(), nullable=False),
        sa.Column("coupon_id", sa.UUID(), nullable=True),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("taxable", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("tax_bp", sa.BigInteger(), nullable=False),
        sa.Column("share_bp", sa.BigInteger(), nullable=False),
        sa.Column("place_of_supply", sa.Text(), nullable=False),
        sa.Column("course_title", sa.Text(), nullable=False),
        sa.Column("buyer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("razorpay_order_id", sa.Text(), nullable=True),
        sa.Column("enrollment_id", sa.UUID(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'paid') = (paid_at is not null)", name=op.f("ck_orders_paid_at")),
        sa.CheckConstraint("status in ('open', 'paid', 'expired', 'replaced')", name=op.f("ck_orders_status")),
        sa.CheckConstraint(
            "price >= 0 and discount between 0 and price and taxable >= 0 and tax >= 0 and amount = taxable + tax",
            name=op.f("ck_orders_amount"),
        ),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupons.id"], name=op.f("fk_orders_coupon_id_coupons")),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_orders_course_id_courses")),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollments.id"], name=op.f("fk_orders_enrollment_id_enrollments")),
        sa.ForeignKeyConstraint(["instructor_id"], ["users.id"], name=op.f("fk_orders_instructor_id_users")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_orders_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("razorpay_order_id", name=op.f("uq_orders_razorpay_order_id")),
    )
    op.create_index(op.f("ix_orders_coupon_id"), "orders", ["coupon_id"], unique=False)
    op.create_index(op.f("ix_orders_course_id"), "orders", ["course_id"], unique=False)
    op.create_index("ix_orders_due", "orders", ["expires_at", "id"], unique=False, postgresql_where=sa.text("status = 'open'"))
    op.create_index(
        "ix_orders_enrollment_id", "orders", ["enrollment_id"], unique=False, postgresql_where=sa.text("enrollment_id is not null")
    )
    op.create_index("ix_orders_user_id", "orders", ["user_id", "course_id"], unique=False)
    op.create_index("uq_orders_open", "orders", ["user_id", "course_id"], unique=True, postgresql_where=sa.text("status = 'open'"))
    op.create_table(
        "coupon_uses",
        sa.Column("order_id", sa.UUID(), nullable=False),
        sa.Column("coupon_id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default="reserved", nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("status in ('reserved', 'redeemed', 'released')", name=op.f("ck_coupon_uses_status")),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupons.id"], name=op.f("fk_coupon_uses_coupon_id_coupons")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_coupon_uses_order_id_orders")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_coupon_uses_user_id_users")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_coupon_uses")),
    )
    op.create_index("ix_coupon_uses_user_id", "coupon_uses", ["user_id"], unique=False)
    op.create_index(
        "uq_coupon_uses_number",
        "coupon_uses",
        ["coupon_id", "user_id", "number"],
        unique=True,
        postgresql_where=sa.text("status <> 'released'"),
    )
    op.create_table(
        "payments",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("order_id", sa.UUID(), nullable=True),
        sa.Column("user_id", sa.UUID(), nullable=True),
        sa.Column("course_id", sa.UUID(), nullable=True),
        sa.Column("status", sa.Text(), server_default="created", nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_captured", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("amount_refunded", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("fee", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("fee_tax", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("applied", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("razorpay_order_id", sa.Text(), nullable=True),
        sa.Column("razorpay_payment_id", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_description", sa.Text(), nullable=True),
        sa.Column("review_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("authorized_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'needs_review') <= (review_reason is not null)", name=op.f("ck_payments_review_reason")),
        sa.CheckConstraint(
            "status in ('created', 'authorized', 'captured', 'failed', 'refunded', 'partially_refunded', 'needs_review')",
            name=op.f("ck_payments_status"),
        ),
        sa.CheckConstraint("amount >= 0 and amount_captured >= 0 and fee >= 0 and fee_tax >= 0", name=op.f("ck_payments_amount")),
        sa.CheckConstraint("amount_refunded between 0 and amount_captured", name=op.f("ck_payments_amount_refunded")),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_payments_course_id_courses")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_payments_order_id_orders")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_payments_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("razorpay_payment_id", name=op.f("uq_payments_razorpay_payment_id")),
    )
    op.create_index(op.f("ix_payments_course_id"), "payments", ["course_id"], unique=False)
    op.create_index(
        "ix_payments_not_final",
        "payments",
        ["id"],
        unique=False,
        postgresql_where=sa.text("razorpay_payment_id is not null and status in ('created', 'authorized', 'failed')"),
    )
    op.create_index("ix_payments_order_id", "payments", ["order_id"], unique=False)
    op.create_index(op.f("ix_payments_razorpay_order_id"), "payments", ["razorpay_order_id"], unique=False)
    op.create_index("ix_payments_review", "payments", ["id"], unique=False, postgresql_where=sa.text("status = 'needs_review'"))
    op.create_index("ix_payments_user_id", "payments", ["user_id", "id"], unique=False)
    op.create_index("uq_payments_applied", "payments", ["order_id"], unique=True, postgresql_where=sa.text("applied"))
    op.create_table(
        "disputes",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("payment_id", sa.UUID(), nullable=False),
        sa.Column("razorpay_dispute_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("phase", sa.Text(), nullable=True),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status in ('open', 'under_review', 'won', 'lost', 'closed')", name=op.f("ck_disputes_status")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_disputes_amount")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_disputes_payment_id_payments")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
        sa.UniqueConstraint("razorpay_dispute_id", name=op.f("uq_disputes_razorpay_dispute_id")),
    )
    op.create_index(op.f("ix_disputes_payment_id"), "disputes", ["payment_id"], unique=False)
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.UUID(), nullable=False),
        sa.Column("payment_id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind in ('sale', 'parked', 'fee', 'refund', 'chargeback')",
            name=op.f("ck_ledger_entries_kind"),
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_ledger_entries_payment_id_payments")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
    )
    op.create_index("ix_ledger_entries_booked_at", "ledger_entries", ["booked_at", "id"], unique=False)
    op.create_index(op.f("ix_ledger_entries_payment_id"), "ledger_entries", ["payment_id"], unique=False)
    op.create_index("uq_ledger_entries_reference", "ledger_entries", ["kind", "reference"], unique=True)
    op.create_table(
        "payment_events",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("payment_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "source in ('order', 'verify', 'webhook', 'reconciliation', 'admin', 'system')", name=op.f("ck_payment_events_source")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_payment_events_payment_id_payments")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_events")),
    )
    op.create_index("uq_payment_events_step", "payment_events", ["payment_id", "kind", "reference"], unique=True)
    op.create_table(
        "refunds",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("payment_id", sa.UUID(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default="requested", nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("overruled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("requested_by", sa.UUID(), nullable=True),
        sa.Column("razorpay_refund_id", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'processed') = (processed_at is not null)", name=op.f("ck_refunds_processed_at")),
        sa.CheckConstraint(
            "origin in ('admin', 'vendor', 'paid_twice', 'course_gone', 'learner_gone', 'coupon_gone', 'dispute')",
            name=op.f("ck_refunds_origin"),
        ),
        sa.CheckConstraint("status in ('requested', 'pending', 'processed', 'failed')", name=op.f("ck_refunds_status")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_amount")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_refunds_payment_id_payments")),
        sa.ForeignKeyConstraint(["requested_by"], ["users.id"], name=op.f("fk_refunds_requested_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("razorpay_refund_id", name=op.f("uq_refunds_razorpay_refund_id")),
    )
    op.create_index(op.f("ix_refunds_payment_id"), "refunds", ["payment_id"], unique=False)
    op.create_index("ix_refunds_failed", "refunds", ["id"], unique=False, postgresql_where=sa.text("status = 'failed'"))
    op.create_index(
        "ix_refunds_under_way",
        "refunds",
        ["requested_at", "id"],
        unique=False,
        postgresql_where=sa.text("status in ('requested', 'pending')"),
    )
    op.create_table(
        "invoices",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("financial_year", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.UUID(), nullable=False),
        sa.Column("refund_id", sa.UUID(), nullable=True),
        sa.Column("original_id", sa.UUID(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("seller", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("buyer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("place_of_supply", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("sac", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("taxable", sa.BigInteger(), nullable=False),
        sa.Column("tax_bp", sa.BigInteger(), nullable=False),
        sa.Column("cgst", sa.BigInteger(), nullable=False),
        sa.Column("sgst", sa.BigInteger(), nullable=False),
        sa.Column("igst", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'credit_note') = (original_id is not null) and (kind = 'credit_note') = (refund_id is not null)",
            name=op.f("ck_invoices_kind_of"),
        ),
        sa.CheckConstraint("kind in ('invoice', 'credit_note')", name=op.f("ck_invoices_kind")),
        sa.CheckConstraint("igst = 0 or cgst = 0 and sgst = 0", name=op.f("ck_invoices_split")),
        sa.CheckConstraint("taxable + cgst + sgst + igst = total", name=op.f("ck_invoices_total")),
        sa.CheckConstraint("taxable >= 0 and cgst >= 0 and sgst >= 0 and igst >= 0", name=op.f("ck_invoices_parts")),
        sa.ForeignKeyConstraint(["original_id"], ["invoices.id"], name=op.f("fk_invoices_original_id_invoices")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_invoices_payment_id_payments")),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_invoices_refund_id_refunds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_invoices_refund_id")),
        sa.UniqueConstraint("serial", name=op.f("uq_invoices_serial")),
    )
    op.create_index("ix_invoices_issued_at", "invoices", ["issued_at", "id"], unique=False)
    op.create_index("ix_invoices_payment_id", "invoices", ["payment_id"], unique=False)
    op.create_index("uq_invoices_number", "invoices", ["series", "financial_year", "number"], unique=True)
    op.create_index("uq_invoices_payment_id", "invoices", ["payment_id"], unique=True, postgresql_where=sa.text("kind = 'invoice'"))
    op.create_table(
        "ledger_lines",
        sa.Column("entry_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.UUID(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(account = 'instructor_payable') = (owner_id is not null)", name=op.f("ck_ledger_lines_owner_id")),
        sa.CheckConstraint(
            "account in ('learner_receivable', 'razorpay_clearing', 'fees', 'tax_payable', 'instructor_payable', 'revenue', 'refunds', 'chargebacks')",
            name=op.f("ck_ledger_lines_account"),
        ),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_ledger_lines_amount")),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entries.id"], name=op.f("fk_ledger_lines_entry_id_ledger_entries")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_ledger_lines_owner_id_users")),
        sa.PrimaryKeyConstraint("entry_id", "position", name=op.f("pk_ledger_lines")),
    )
    op.create_index("ix_ledger_lines_account", "ledger_lines", ["account", "booked_at"], unique=False)
    op.create_index(
        "ix_ledger_lines_owner_id",
        "ledger_lines",
        ["owner_id", "booked_at"],
        unique=False,
        postgresql_where=sa.text("owner_id is not null"),
    )
    op.execute(FORWARD)
    op.execute("create trigger payments_only_forward before update on payments for each row execute function payments_only_forward()")
    op.execute(BALANCED)
    for table, column in (("ledger_entries", "id"), ("ledger_lines", "entry_id")):
        op.execute(
            f"create constraint trigger {table}_balanced after insert on {table} deferrable initially deferred "
            f"for each row execute function ledger_is_balanced('{column}')"
        )
    for table in ONLY_GROW:
        op.execute(
            f"create trigger {table}_only_grows before update or delete or truncate on {table} for each statement execute function refuse_change()"
        )
        op.execute(f"revoke update, delete, truncate on {table} from academy_app")
    for table in NEVER_GO:
        op.execute(f"revoke delete, truncate on {table} from academy_app")
    for role, permissions in NEW_PERMISSIONS.items():
        for permission in permissions:
            op.execute(
                sa.text("insert into role_permissions (role, permission) values (:role, :permission)").bindparams(
                    role=role, permission=permission
                )
            )


def downgrade() -> None:
    op.execute(
        sa.text("delete from role_permissions where permission = any(:permissions)").bindparams(
            sa.bindparam("permissions", list(NEW_PERMISSIONS["admin"]), type_=postgresql.ARRAY(sa.Text()))
        )
    )
    op.drop_table("ledger_lines")
    op.drop_table("invoices")
    op.drop_table("refunds")
    op.drop_table("payment_events")
    op.drop_table("ledger_entries")
    op.drop_table("disputes")
    op.drop_table("payments")
    op.drop_table("coupon_uses")
    op.drop_table("orders")
    op.drop_table("coupons")
    op.drop_table("reconciliations")
    op.drop_table("webhook_events")
    op.drop_table("invoice_series")
    op.execute("drop function ledger_is_balanced()")
    op.execute("drop function payments_only_forward()")
