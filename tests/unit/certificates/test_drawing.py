"""The PDF as its readers meet it: seen, searched, scanned, compared."""

import hashlib
import io
import subprocess
import sys
from datetime import date
from functools import cache
from pathlib import Path

import pypdf
import pytest
import zxingcpp
from PIL import Image, ImageChops

from academy.certificates.drawing import COURSE, HEIGHT, INSTRUCTOR, LEARNER, MIDDLE, draw_certificate
from academy.certificates.facts import CertificateFacts
from academy.certificates.serials import Serial, parse_serial
from academy.platform.pdf.shaping import FontBook
from tests.unit.pdf.conftest import FONTS
from tests.unit.pdf.test_shaping import NAMES

from .conftest import FactsFactory

SERIAL = parse_serial("0000-0000-0000-0000-0000-0000-0000")
DOTS_PER_INCH = 100
BIDI_MARKS = dict.fromkeys([0x202A, 0x202B, 0x202C, 0x200E, 0x200F, 0x2066, 0x2067, 0x2068, 0x2069])


def words(pdf: bytes) -> str:
    """What pdftotext, and so a desktop's search, finds."""
    done = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(done.stdout.decode().translate(BIDI_MARKS).split())


def picture(pdf: bytes, *, dots_per_inch: int = DOTS_PER_INCH) -> Image.Image:
    done = subprocess.run(["pdftoppm", "-r", str(dots_per_inch), "-png", "-"], input=pdf, capture_output=True, check=True)
    return Image.open(io.BytesIO(done.stdout)).convert("RGB")


@pytest.fixture
def serial() -> Serial:
    assert SERIAL is not None
    return SERIAL


@pytest.mark.parametrize("script", NAMES)
def test_the_names_are_found_by_a_text_search(script: str, facts: FactsFactory, fonts: FontBook) -> None:
    pdf = draw_certificate(facts(learner=NAMES[script], course=f"{NAMES[script]} 101", instructor=NAMES[script]), fonts)

    found = words(pdf)

    for word in NAMES[script].split():
        assert found.count(word) >= 2


def test_everything_that_is_printed_is_in_the_text(facts: FactsFactory, fonts: FontBook) -> None:
    given = facts()
    found = words(draw_certificate(given, fonts))
    address = given.verify_url.removesuffix(given.serial)
    for text in (
        given.academy,
        "CERTIFICATE OF COMPLETION",
        given.learner,
        given.course,
        given.instructor,
        "21 November 2026",
        given.serial,
        address,
    ):
        assert text in found


def test_the_text_comes_in_reading_order(facts: FactsFactory, fonts: FontBook) -> None:
    given = facts()
    text = pypdf.PdfReader(io.BytesIO(draw_certificate(given, fonts))).pages[0].extract_text()
    places = [text.index(part) for part in (given.academy, "CERTIFICATE", given.learner, given.course, "Awarded on", given.instructor)]
    assert places == sorted(places)


def test_language_title_and_dates_are_set(facts: FactsFactory, fonts: FontBook) -> None:
    given = facts(learner="அருண்", course="தமிழ் இலக்கியம்")
    pdf = draw_certificate(given, fonts)
    reader = pypdf.PdfReader(io.BytesIO(pdf))

    assert reader.metadata
    assert reader.metadata.title == "Certificate of Completion: தமிழ் இலக்கியம்"
    assert reader.metadata.author == "Desired Career Academy"
    assert reader.metadata.subject == "Awarded to அருண் on 21 November 2026"
    assert given.serial in str(reader.metadata["/Keywords"])
    assert str(reader.metadata["/CreationDate"]) == "D:20261121000000Z"
    assert str(reader.root_object["/Lang"]) == "en-IN"
    assert b"/DisplayDocTitle true" in pdf
    assert len(reader.pages) == 1
    assert (round(reader.pages[0].mediabox.width), round(reader.pages[0].mediabox.height)) == (842, 595)


def test_every_font_is_in_the_file(facts: FactsFactory, fonts: FontBook) -> None:
    pdf = draw_certificate(facts(learner=NAMES["Tamil"], instructor=NAMES["Arabic"]), fonts)
    listed = subprocess.run(["pdffonts", "-"], input=pdf, capture_output=True, check=True).stdout.decode().splitlines()[2:]
    assert len(listed) == 4
    for font in listed:
        embedded, _subset, searchable = font.split()[-5:-2]
        assert (embedded, searchable) == ("yes", "yes")


@pytest.mark.parametrize("dots_per_inch", [72, 150])
def test_the_code_leads_to_the_verify_page(dots_per_inch: int, facts: FactsFactory, fonts: FontBook) -> None:
    given = facts()
    pdf = draw_certificate(given, fonts)

    (code,) = zxingcpp.read_barcodes(picture(pdf, dots_per_inch=dots_per_inch))
    (link,) = pypdf.PdfReader(io.BytesIO(pdf)).pages[0].annotations or []

    assert code.text == given.verify_url
    assert link.get_object()["/A"]["/URI"] == given.verify_url


def test_the_same_facts_give_the_same_bytes_in_any_order(facts: FactsFactory, fonts: FontBook, serial: Serial) -> None:
    one, other = facts(serial=serial), facts(serial=serial, learner=NAMES["Bengali"], course="محمد")
    first = draw_certificate(one, fonts)
    second = draw_certificate(other, fonts)
    assert first != second
    assert draw_certificate(other, FontBook(FONTS)) == second
    assert draw_certificate(one, FontBook(FONTS)) == first


def test_the_same_facts_give_the_same_bytes_in_another_process(
    facts: FactsFactory, fonts: FontBook, serial: Serial, tmp_path: Path
) -> None:
    given = facts(serial=serial, learner=" ".join(NAMES.values()), course=NAMES["Arabic"])
    here = hashlib.sha256(draw_certificate(given, fonts)).hexdigest()

    program = tmp_path / "draw.py"
    program.write_text(
        "import datetime, hashlib, pathlib\n"
        "from academy.certificates.drawing import draw_certificate\n"
        "from academy.certificates.facts import CertificateFacts\n"
        "from academy.platform.pdf.shaping import FontBook\n"
        f"facts = {given!r}\n"
        f"print(hashlib.sha256(draw_certificate(facts, FontBook(pathlib.Path({str(FONTS)!r})))).hexdigest())\n"
    )
    for seed, zone in (("1", "Asia/Kolkata"), ("2", "America/Los_Angeles")):
        there = subprocess.run(
            [sys.executable, str(program)],
            env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert there.stdout.strip() == here


# What is written where, in points: left, top, right, bottom from the page's upper left corner.
ROOMS = {
    "learner": (MIDDLE - LEARNER.width / 2, 228, MIDDLE + LEARNER.width / 2, 228 + LEARNER.height),
    "course": (MIDDLE - COURSE.width / 2, 347, MIDDLE + COURSE.width / 2, 347 + COURSE.height),
    "instructor": (82, HEIGHT - 88 - 5 - INSTRUCTOR.height, 82 + INSTRUCTOR.width, HEIGHT - 88 - 2),
}
HOSTILE = {
    "long": "Venkata Satya Subrahmanya Lakshmi Narasimha Rajeshwara Prasad Chandrasekhara Sarma of Vijayawada " * 2,
    "endless": "W" * 200,
    "stacked": "Z" + "\u0301\u0323" * 60 + " A" + "\u0327" * 40,
    "tall": "ਸ਼੍ਰੀ ଷ୍ଟ୍ର క్ష్మ్య ക്ഷ്ത്ര " * 6,
    "swashes": "ششششششششش ححححححححح ييييييييي گککککککک",
    "without a font": "你好世界 🎓🎓🎓 " * 12,
    "controls": "\u202eevil\u202c\x00\r\n\t<b>&amp;</b> %s {0} \\",
    "surrogate": "\ud800Asha",
}


@cache
def _with(place: str, text: str, serial: Serial) -> Image.Image:
    """The page with this text there and nothing at the other places."""
    given = CertificateFacts(
        academy="Desired Career Academy",
        serial=serial,
        learner=text if place == "learner" else "",
        course=text if place == "course" else "",
        instructor=text if place == "instructor" else "",
        issued_on=date(2026, 11, 21),
        verify_url="https://academy.example.org/verify",
    )
    return picture(draw_certificate(given, FontBook(FONTS)))


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("place", ROOMS)
def test_ink_stays_where_it_belongs(place: str, kind: str, serial: Serial) -> None:
    changed = ImageChops.difference(_with(place, "", serial), _with(place, HOSTILE[kind], serial)).getbbox()

    assert changed is not None
    left, top, right, bottom = (value * 72 / DOTS_PER_INCH for value in changed)
    room = ROOMS[place]
    tolerance = 3  # two pixels, and a swash beyond its letter's own width
    assert left >= room[0] - tolerance
    assert top >= room[1] - tolerance
    assert right <= room[2] + tolerance
    assert bottom <= room[3] + tolerance


def test_a_page_is_small(facts: FactsFactory, fonts: FontBook) -> None:
    assert len(draw_certificate(facts(learner=NAMES["Devanagari"], course=NAMES["Tamil"]), fonts)) < 200_000
