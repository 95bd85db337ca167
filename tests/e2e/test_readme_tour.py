"""The README's tour, as a person pastes it."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT, LiveAcademy

pytestmark = pytest.mark.e2e


def tour() -> str:
    """The tour's blocks, in order."""
    section = (ROOT / "README.md").read_text().split("\n## A five-minute tour\n")[1].split("\n## ")[0]
    return "\n".join(re.findall(r"^```bash\n(.*?)^```$", section, re.MULTILINE | re.DOTALL))


def test_the_tour_leads_from_a_source_text_to_a_verified_certificate(academy: LiveAcademy, tmp_path: Path) -> None:
    """Given a started academy, when all of the tour is pasted into bash, then nothing is complained of and every step shows what the README says."""
    pasted = subprocess.run(
        ["bash", "--norc", "-u"],
        input=tour(),
        cwd=tmp_path,
        env={**os.environ, "ACADEMY_URL": academy.url},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    shown = pasted.stdout
    assert (pasted.returncode, pasted.stderr) == (0, ""), f"{pasted.stderr}\n{shown}"
    assert '"status": "completed"' in shown
    steps = re.findall(r"^(in_review|published|active|100)$", shown, re.MULTILINE)
    assert steps == ["in_review", "published", "active", "100"], shown
    assert (tmp_path / "certificate.pdf").read_bytes().startswith(b"%PDF-")
    assert '"valid": true' in shown
    assert "अर्जुन वर्मा" in shown
    page = shown.rstrip().splitlines()
    assert page[-2].startswith("This certificate is valid")
    assert page[-1].startswith(f"{academy.url}/verify/")
