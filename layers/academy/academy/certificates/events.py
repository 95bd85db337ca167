"""What the rest of the academy hears of certificates."""

from typing import ClassVar
from uuid import UUID

from academy.platform.events import DomainEvent


class CertificateIssued(DomainEvent):
    """The PDF is stored and the serial can be verified."""

    kind: ClassVar[str] = "certificate.issued"

    certificate_id: UUID
    user_id: UUID
    course_id: UUID
    course_title: str
    serial: str


class CertificateRevoked(DomainEvent):
    """It no longer holds; it can still be verified, and says so."""

    kind: ClassVar[str] = "certificate.revoked"

    certificate_id: UUID
    user_id: UUID
    course_id: UUID
    serial: str
