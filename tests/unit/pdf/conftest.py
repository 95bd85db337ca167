from pathlib import Path

import pytest

from academy.platform.pdf.shaping import FontBook

FONTS = Path(__file__).parents[3] / "functions" / "document_tasks" / "fonts"


@pytest.fixture(scope="session")
def fonts() -> FontBook:
    return FontBook(FONTS)
