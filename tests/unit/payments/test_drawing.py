"""The invoice's page as its readers meet it: seen, searched, scanned, filed."""

import hashlib
import io
import subprocess
import sys
from functools import cache
from pathlib import Path

import pypdf
import pytest
import zxingcpp
from PIL import Image, ImageChops

from academy.payments.books.drawing import draw_invoice
from academy.payments.books.wording import wording
from academy.payments.policy import Policy
from academy.platform.pdf.shaping import FontBook
from tests.unit.payments.papers import invoice, note
from tests.unit.pdf.conftest import FONTS, fonts
from tests.unit.pdf.test_shaping import NAMES

__all__ = ["fonts"]

DOTS_PER_INCH = 72  # a pixel is a point
EDGE = 44


def words(pdf: bytes) -> str:
    """What pdftotext, and so a desktop's search, finds."""
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


def picture(pdf: bytes, *, dots_per_inch: int = DOTS_PER_INCH) -> Image.Image:
    done = subprocess.run(["pdftoppm", "-r", str(dots_per_inch), "-png", "-"], input=pdf, capture_output=True, check=True)
    return Image.open(io.BytesIO(done.stdout)).convert("RGB")


@pytest.mark.parametrize("script", ["Tamil", "Devanagari", "Bengali", "Malayalam"])
def test_names_and_titles_of_any_script_are_found_by_a_text_search(script: str, fonts: FontBook) -> None:
    row = invoice(title=f"{NAMES[script]} 101", buyer={"name": NAMES[script], "address": NAMES[script]})
    found = words(draw_invoice(wording(row), fonts))
    for word in NAMES[script].split():
        assert found.count(word) >= 3


def test_everything_that_the_rules_ask_for_is_in_the_text(fonts: FontBook) -> None:
    row = invoice(place="27", discount=10_000, buyer={"name": "Asha & Sons", "address": "Mumbai", "gstin": "27AAPFU0939F1ZV"})
    said = wording(row)
    found = words(draw_invoice(said, fonts))
    for text in (
        "TAX INVOICE",
        "Kayago Solutions",
        "GSTIN 33AABCK1234A1ZG",
        "State: Tamil Nadu (33)",
        "Asha & Sons",
        "GSTIN 27AAPFU0939F1ZV",
        "State: Maharashtra (27)",
        "DCA/26-27/000001",
        "1 April 2026",
        "999293",
        "Price Discount",
        "IGST",
        *(figure.text for figure in said.figures),
        said.words,
        *said.notes,
    ):
        assert text in found


def test_a_credit_note_says_so(fonts: FontBook) -> None:
    original = invoice()
    pdf = draw_invoice(wording(note(original, amount=9_900), (original["serial"], original["issued_on"])), fonts)
    assert "CREDIT NOTE" in words(pdf)
    assert "DCA/26-27/000001 of 1 April 2026" in words(pdf)


def test_title_language_and_date_are_set(fonts: FontBook) -> None:
    reader = pypdf.PdfReader(io.BytesIO(draw_invoice(wording(invoice()), fonts)))
    assert reader.metadata
    assert reader.metadata.title == "Tax Invoice DCA/26-27/000001"
    assert str(reader.metadata["/CreationDate"]) == "D:20260401000000Z"
    assert str(reader.root_object["/Lang"]) == "en-IN"
    assert len(reader.pages) == 1


def test_the_code_says_what_the_page_says(fonts: FontBook) -> None:
    said = wording(invoice(price=10**9))
    (code,) = zxingcpp.read_barcodes(picture(draw_invoice(said, fonts), dots_per_inch=100))
    assert code.text == said.code


def test_the_same_row_gives_the_same_bytes_in_another_process(fonts: FontBook, tmp_path: Path) -> None:
    row = invoice(title=" ".join(NAMES.values()), buyer={"name": NAMES["Tamil"]})
    said = wording(row)
    here = hashlib.sha256(draw_invoice(said, fonts)).hexdigest()
    draw_invoice(wording(invoice()), fonts)
    assert hashlib.sha256(draw_invoice(said, fonts)).hexdigest() == here
    program = tmp_path / "draw.py"
    program.write_text(
        "import datetime, hashlib, pathlib\n"
        "from academy.payments.books.drawing import draw_invoice\n"
        "from academy.payments.books.wording import Figure, Party, Wording\n"
        "from academy.platform.pdf.shaping import FontBook\n"
        f"said = {said!r}\n"
        f"print(hashlib.sha256(draw_invoice(said, FontBook(pathlib.Path({str(FONTS)!r})))).hexdigest())\n"
    )
    there = subprocess.run(
        [sys.executable, str(program)],
        env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": "1", "TZ": "America/Los_Angeles", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.strip() == here


def test_a_page_is_small(fonts: FontBook) -> None:
    assert len(draw_invoice(wording(invoice(title=NAMES["Tamil"], buyer={"name": NAMES["Devanagari"]})), fonts)) < 250_000


HOSTILE = {
    "long": "Venkata Satya Subrahmanya Lakshmi Narasimha Rajeshwara Prasad Chandrasekhara Sarma of Vijayawada " * 2,
    "endless": "W" * 200,
    "stacked": "Z" + "\u0301\u0323" * 60 + " A" + "\u0327" * 40,
    "tall": "ਸ਼੍ਰੀ ଷ୍ଟ୍ର క్ష్మ్య ക്ഷ്ത്ര " * 6,
    "right to left": "ششششششششش (ححححححححح) ييييييييي " * 5,
    "without a font": "你好世界 🎓🎓🎓 " * 12,
    "controls": "\u202eevil\u202c\x00\r\n\t<b>&amp;</b> %s {0} \\",
}


FOOT = 670
"""Where it begins, in pixels from the top."""


def page(text: str) -> Image.Image:
    """With this text wherever people choose what stands there."""
    policy = Policy(seller_name=text, seller_address=text)
    return picture(draw_invoice(wording(invoice(title=text, buyer={"name": text, "address": text}, policy=policy)), FontBook(FONTS)))


@cache
def plain() -> Image.Image:
    return page("A")


@pytest.mark.parametrize("kind", HOSTILE)
def test_ink_stays_within_the_margins_and_above_the_foot(kind: str) -> None:
    difference = ImageChops.difference(plain(), page(HOSTILE[kind]))
    width, height = difference.size

    assert difference.getbbox() is not None
    for untouched in (
        (0, 0, EDGE - 4, height),
        (width - EDGE + 4, 0, width, height),
        (0, FOOT, width, height),
        (EDGE + 293, 0, width, 110),  # the title and the serial, beside the seller
    ):
        assert difference.crop(untouched).getbbox() is None


@pytest.mark.parametrize("price", [1, 99_99_99_999_00, 10**15])
@pytest.mark.parametrize("place", ["33", "27"])
def test_figures_never_touch(price: int, place: str, fonts: FontBook) -> None:
    said = wording(invoice(price=price, discount=price // 3, place=place))
    found = words(draw_invoice(said, fonts))
    # What touches is read as one word.
    for figure in said.figures:
        assert f" {figure.text} " in f" {found} "
