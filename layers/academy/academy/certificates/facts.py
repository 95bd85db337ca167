"""What a certificate says, as plain values: the same for the PDF, the JSON answer and the page for people."""

from dataclasses import dataclass
from datetime import date

from academy.certificates.serials import Serial

ACADEMY = "Desired Career Academy"


@dataclass(frozen=True, kw_only=True)
class CertificateFacts:
    """Everything that is printed. Names and titles are as they were on the day of issue, whatever they became since."""

    academy: str
    serial: Serial
    learner: str
    course: str
    instructor: str
    issued_on: date
    verify_url: str
    """Where anybody may check it; ends in the serial."""


@dataclass(frozen=True, kw_only=True)
class Revocation:
    on: date
    reason: str
