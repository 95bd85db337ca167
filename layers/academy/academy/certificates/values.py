"""Closed sets of certificates."""

from enum import StrEnum


class CertificateStatus(StrEnum):
    """Pending until its PDF is stored. Revoked is the end: a certificate is never deleted."""

    PENDING = "pending"
    ISSUED = "issued"
    REVOKED = "revoked"
