from collections.abc import Callable
from datetime import date

import pytest

from academy.certificates.facts import CertificateFacts
from academy.certificates.serials import Serial, new_serial
from tests.unit.pdf.conftest import fonts

__all__ = ["fonts"]

type FactsFactory = Callable[..., CertificateFacts]


@pytest.fixture
def facts() -> FactsFactory:
    def make(
        *,
        learner: str = "Asha Rao",
        course: str = "Introduction to Machine Learning",
        instructor: str = "Dr. Vidya Sharma",
        serial: Serial | None = None,
    ) -> CertificateFacts:
        serial = serial or new_serial()
        return CertificateFacts(
            academy="Desired Career Academy",
            serial=serial,
            learner=learner,
            course=course,
            instructor=instructor,
            issued_on=date(2026, 11, 21),
            verify_url=f"https://academy.example.org/verify/{serial}",
        )

    return make
