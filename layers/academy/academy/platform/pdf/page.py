"""What every document has: the same bytes for the same facts, a language, a title in the window, and a code to scan."""

import io
from datetime import date

import segno
from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas

from academy.platform.pdf.ink import Point, registered
from academy.platform.pdf.shaping import FontBook, Role, clean

LANGUAGE = "en-IN"
_QUIET_ZONE = 4


def new_canvas(output: io.BytesIO, size: tuple[float, float], fonts: FontBook) -> Canvas:
    return Canvas(
        output,
        pagesize=size,
        invariant=1,
        pageCompression=1,
        lang=LANGUAGE,
        # reportlab names a first font on every page; its own choice, Helvetica, would not be in the file.
        initialFontName=registered(fonts.face(Role.TEXT, "latn")),
    )


def describe(canvas: Canvas, *, title: str, author: str, subject: str, keywords: str, day: date) -> None:
    canvas.setTitle(clean(title))
    canvas.setAuthor(clean(author))
    canvas.setSubject(clean(subject))
    canvas.setKeywords(clean(keywords))
    canvas.setCreator(clean(author))
    canvas.setViewerPreference("DisplayDocTitle", "true")
    # The day of issue, not the moment of drawing, which would make every drawing different.
    canvas.setDateFormatter(lambda *_: f"D:{day:%Y%m%d}000000Z")


def draw_code(canvas: Canvas, data: str, corner: Point, side: float, ink: Color) -> None:
    """A QR code as one path of dark rows on its own white ground, quiet zone and all. Level M survives a crease and a coffee stain."""
    matrix = segno.make(data, error="m", micro=False).matrix
    unit = side / (len(matrix) + 2 * _QUIET_ZONE)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.rect(*corner, side, side, stroke=0, fill=1)
    canvas.setFillColor(ink)
    path = canvas.beginPath()
    for row, cells in enumerate(matrix):
        start = None
        for column, dark in enumerate([*cells, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                x = corner[0] + (start + _QUIET_ZONE) * unit
                y = corner[1] + side - (row + 1 + _QUIET_ZONE) * unit
                path.rect(round(x, 3), round(y, 3), round((column - start) * unit, 3), round(unit, 3))
                start = None
    canvas.drawPath(path, stroke=0, fill=1)
