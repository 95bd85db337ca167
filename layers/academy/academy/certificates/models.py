"""Certificates: what was promised to whom, for ever."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from academy.certificates.values import CertificateStatus
from academy.platform.orm import Base, created_now, one_of, primary_key


class Certificate(Base):
    """A learner's certificate for a course: at most one a cycle, and no row ever goes (the application's role may not delete).

    Names and titles are copied when it is reserved: a certificate says what was true then. `issue_date` is the learner's
    calendar day. `last_error` tells an operator why the latest attempt to issue it stopped; it is null once issued.
    """

    __tablename__ = "certificates"
    __table_args__ = (
        one_of("status", CertificateStatus),
        CheckConstraint("(status = 'pending') = (issued_at is null)", name="issued_at"),
        CheckConstraint("(status = 'pending') = (pdf_key is null)", name="pdf_key"),
        CheckConstraint(
            "(status = 'revoked') = (revoked_at is not null) and (revoked_at is null) = (revoked_reason is null)", name="revoked_at"
        ),
        Index("uq_certificates_cycle", "user_id", "course_id", "cycle", unique=True),
        Index("ix_certificates_user_id", "user_id", "id"),
    )

    id: Mapped[UUID] = primary_key()
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    course_id: Mapped[UUID] = mapped_column(ForeignKey("courses.id"), index=True)
    cycle: Mapped[int] = mapped_column(server_default="1")
    serial: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(server_default=CertificateStatus.PENDING)
    learner_name: Mapped[str]
    course_title: Mapped[str]
    instructor_name: Mapped[str]
    issue_date: Mapped[date]
    pdf_key: Mapped[str | None]
    pdf_sha256: Mapped[str | None]
    created_at: Mapped[datetime] = created_now()
    issued_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    revoked_reason: Mapped[str | None]
    last_error: Mapped[str | None]
