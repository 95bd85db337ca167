"""The pages that people see, in a real browser."""

import struct
import subprocess
import zlib
from pathlib import Path

import pytest

from tests.e2e.chromium import QUIET, browser
from tests.e2e.conftest import LiveAcademy

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

FLAGS = (*QUIET, "--virtual-time-budget=10000")


def dump(url: str, profile: Path) -> str:
    """The page's document after its scripts have run."""
    return subprocess.run(
        [browser(), *FLAGS, f"--user-data-dir={profile}", "--dump-dom", url], capture_output=True, text=True, check=True, timeout=120
    ).stdout


def colours(url: str, profile: Path) -> int:
    """How many colours the page shows: a blank one shows one."""
    picture = profile / "page.png"
    subprocess.run(
        [browser(), *FLAGS, f"--user-data-dir={profile}", "--window-size=1000,900", f"--screenshot={picture}", url],
        capture_output=True,
        check=True,
        timeout=120,
    )
    data = picture.read_bytes()
    pixels, position = b"", 8
    while position < len(data):
        (length,) = struct.unpack(">I", data[position : position + 4])
        if data[position + 4 : position + 8] == b"IDAT":
            pixels += data[position + 8 : position + 8 + length]
        position += length + 12
    raw = zlib.decompress(pixels)
    return len({raw[index : index + 3] for index in range(1, len(raw) - 3, 997)})


def test_the_documentation_lists_the_routes_without_the_internet(academy: LiveAcademy, tmp_path: Path) -> None:
    page = dump(f"{academy.url}/api/v1/docs#/Learning", tmp_path)

    assert "Desired Career Academy" in page
    assert "Catalog and authoring" in page
    assert "Failed to load" not in page
    assert colours(f"{academy.url}/api/v1/docs", tmp_path) > 3


def test_an_unknown_certificate_is_told_on_a_page(academy: LiveAcademy, tmp_path: Path) -> None:
    page = dump(f"{academy.url}/verify/0000-0000-0000-0000", tmp_path)

    assert "not found" in page.lower()
    assert "<script" not in page
    assert colours(f"{academy.url}/verify/0000-0000-0000-0000", tmp_path) > 3
