"""What comes in and goes out about certificates."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from academy.certificates.values import CertificateStatus
from academy.platform.http import ListQuery, Schema, View, example


class CertificateList(ListQuery):
    """One's own certificates. Who may revoke can look for anybody's by `serial` or `userId`."""

    serial: Annotated[str | None, Field(max_length=100)] = None
    user_id: UUID | None = None
    course_id: UUID | None = None


class RevokeCertificate(Schema):
    """`reason` is shown to everybody who verifies the certificate."""

    model_config = example(reason="Somebody else sat the course.")

    reason: Annotated[str, Field(min_length=3, max_length=500)]


class CertificateView(View):
    """`certUrl` leads to the PDF, `verifyUrl` to the page for people; both are null until it is issued."""

    id: UUID
    serial: str
    course_id: UUID
    course_title: str
    learner: str
    instructor: str
    issue_date: date
    status: CertificateStatus
    cert_url: str | None
    verify_url: str | None
    credential_url: str | None
    revoked_at: datetime | None
    revoked_reason: str | None


class IssuanceView(View):
    """`certificate` is there once it is reserved."""

    course_id: UUID
    status: CertificateStatus
    certificate: CertificateView | None


class VerificationView(View):
    """What anybody may know of a certificate whose serial they have."""

    valid: bool
    status: CertificateStatus
    serial: str
    learner: str
    course: str
    instructor: str
    issue_date: date
    revoked_at: datetime | None
    revoked_reason: str | None
    verify_url: str
