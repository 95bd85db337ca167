from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from academy.certificates.facts import CertificateFacts
from academy.certificates.serials import Serial, new_serial
from academy.platform.pdf.shaping import FontBook

FONTS = Path(__file__).parents[3] / "functions" / "document_tasks" / "fonts"

type FactsFactory = Callable[..., CertificateFacts]


@pytest.fixture(scope="session")
def fonts() -> FontBook:
    return FontBook(FONTS)


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
