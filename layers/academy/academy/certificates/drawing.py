"""The certificate's page: A4 landscape, the same bytes for the same facts, to be framed, searched and checked.

reportlab writes no tags, so the accessible form of a certificate is its verify page; this file sets what a reader can
use all the same: the language, the title in the window, and a text layer in reading order.
"""

import io

from reportlab.lib.colors import Color
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from academy.certificates.facts import CertificateFacts
from academy.certificates.ornaments import DARK_GOLD, GOLD, INK, MUTED, Box, border, divider, rule, watermark
from academy.certificates.seal import seal
from academy.platform.dates import long_date
from academy.platform.pdf.fitting import Room, fit
from academy.platform.pdf.ink import Align, draw_block, draw_line
from academy.platform.pdf.page import describe, draw_code, new_canvas
from academy.platform.pdf.shaping import FontBook, Role, clean, shape

WIDTH, HEIGHT = landscape(A4)
MIDDLE = WIDTH / 2

# Distances from the top of the page in points; a room's top is where its ink may begin.
ACADEMY = Room(width=520, height=26, size=17, size_of_two=9)
LEARNER = Room(width=620, height=82, size=42, size_of_two=31)
COURSE = Room(width=600, height=62, size=25, size_of_two=20)
INSTRUCTOR = Room(width=196, height=40, size=15, size_of_two=12.5, shrink_first=0.8)
VERIFY_LINE = Room(width=196, height=10, size=7.5, size_of_two=7.5, shrink_first=0)

QR_SIDE = 74.0
_FOOT = 88.0


def draw_certificate(facts: CertificateFacts, fonts: FontBook) -> bytes:
    """The PDF of one page."""
    output = io.BytesIO()
    canvas = new_canvas(output, (WIDTH, HEIGHT), fonts)
    describe(
        canvas,
        title=f"Certificate of Completion: {facts.course}",
        author=facts.academy,
        subject=f"Awarded to {facts.learner} on {long_date(facts.issued_on)}",
        keywords=f"certificate, {facts.serial}",
        day=facts.issued_on,
    )
    inside = border(canvas, Box(0, 0, WIDTH, HEIGHT))
    watermark(canvas, (MIDDLE, HEIGHT * 0.53), 205)
    _head(canvas, facts, fonts)
    _award(canvas, facts, fonts)
    _foot(canvas, facts, fonts, inside)
    canvas.showPage()
    canvas.save()
    return output.getvalue()


def _head(canvas: Canvas, facts: CertificateFacts, fonts: FontBook) -> None:
    canvas.setFillColor(INK)
    draw_block(canvas, fit(facts.academy, Role.DISPLAY, ACADEMY, fonts), x=MIDDLE, top=HEIGHT - 72)
    _label(canvas, "CERTIFICATE", Role.DISPLAY, fonts, y=146, size=43, tracking=0.16, colour=INK)
    _label(canvas, "OF COMPLETION", Role.TEXT, fonts, y=171, size=12.5, tracking=0.42, colour=DARK_GOLD)
    divider(canvas, (MIDDLE, HEIGHT - 191), 300)


def _award(canvas: Canvas, facts: CertificateFacts, fonts: FontBook) -> None:
    _label(canvas, "This is to certify that", Role.TEXT, fonts, y=218, size=12.5)
    _centred(canvas, facts.learner, LEARNER, fonts, top=228)
    rule(canvas, GOLD, 0.7, (MIDDLE - 190, HEIGHT - 316), (MIDDLE + 190, HEIGHT - 316))
    _label(canvas, "has successfully completed the course", Role.TEXT, fonts, y=338, size=12.5)
    _centred(canvas, facts.course, COURSE, fonts, top=347)
    _label(canvas, f"Awarded on {long_date(facts.issued_on)}", Role.TEXT, fonts, y=426, size=12.5)


def _foot(canvas: Canvas, facts: CertificateFacts, fonts: FontBook, inside: Box) -> None:
    left, right = inside.left + 30, inside.right - 30
    _signature(canvas, facts, fonts, left)
    seal(canvas, (MIDDLE, _FOOT + 21), 40, academy=clean(facts.academy), fonts=fonts)
    _verification(canvas, facts, fonts, right)


def _signature(canvas: Canvas, facts: CertificateFacts, fonts: FontBook, left: float) -> None:
    middle = left + INSTRUCTOR.width / 2
    block = fit(facts.instructor, Role.DISPLAY, INSTRUCTOR, fonts)
    canvas.setFillColor(INK)
    draw_block(canvas, block, x=middle, top=_FOOT + 5 + block.height)
    rule(canvas, INK, 0.7, (left, _FOOT), (left + INSTRUCTOR.width, _FOOT))
    _label(canvas, "Instructor", Role.TEXT, fonts, y=HEIGHT - _FOOT + 14, size=9.5, x=middle)


def _verification(canvas: Canvas, facts: CertificateFacts, fonts: FontBook, right: float) -> None:
    bottom = _FOOT - 22
    qr_left = right - QR_SIDE
    draw_code(canvas, facts.verify_url, (qr_left, bottom), QR_SIDE, INK)
    edge = qr_left - 8
    _label(canvas, "Verify this certificate", Role.DISPLAY, fonts, y=HEIGHT - bottom - 51, size=10.5, x=edge, align="right", colour=INK)
    address, serial = facts.verify_url.removesuffix(facts.serial), facts.serial
    for text, y, colour in ((address, 33, MUTED), (serial, 19, INK)):
        block = fit(text, Role.TEXT, VERIFY_LINE, fonts)
        canvas.setFillColor(colour)
        draw_block(canvas, block, x=edge, top=bottom + y + block.size, align="right")
    canvas.linkURL(facts.verify_url, (edge - VERIFY_LINE.width, bottom, right, bottom + QR_SIDE), thickness=0)


def _centred(canvas: Canvas, text: str, room: Room, fonts: FontBook, *, top: float) -> None:
    """In the middle of its room, whose top is that far below the page's."""
    block = fit(text, Role.DISPLAY, room, fonts)
    canvas.setFillColor(INK)
    draw_block(canvas, block, x=MIDDLE, top=HEIGHT - top - (room.height - block.height) / 2)


def _label(
    canvas: Canvas,
    text: str,
    role: Role,
    fonts: FontBook,
    *,
    y: float,
    size: float,
    x: float = MIDDLE,
    tracking: float = 0,
    colour: Color = MUTED,
    align: Align = "centre",
) -> None:
    canvas.setFillColor(colour)
    line = shape(text, role, fonts, tracking=tracking)
    # The space after the last letter is no part of what the eye centres.
    draw_line(canvas, line, x=x + tracking * size / 2, y=HEIGHT - y, size=size, align=align)
