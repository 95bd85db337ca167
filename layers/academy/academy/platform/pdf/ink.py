"""Shaped text onto a PDF page: what is seen is glyphs filled as paths, what is searched and copied is the text itself.

reportlab places one glyph for each character, which is wrong for most scripts of India and for Arabic. So HarfBuzz's
glyphs are drawn as outlines and the logical text is laid over them invisibly, stretched to the same width.
"""

from collections.abc import Sequence
from typing import Literal

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.pathobject import PDFPathObject

from academy.platform.pdf.fitting import Block
from academy.platform.pdf.shaping import Face, Line, Run

type Align = Literal["left", "centre", "right"]
type Point = tuple[float, float]

# PDF has carried bytes since 1993: spelling them in ASCII makes every file a quarter larger and takes twice the time.
rl_config.useA85 = 0

_NON_ZERO = 1
_INVISIBLE = 3
_MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")


def draw_block(canvas: Canvas, block: Block, *, x: float, top: float, align: Align = "centre") -> None:
    for line, baseline in zip(block.lines, block.baselines, strict=True):
        draw_line(canvas, line, x=x, y=top - baseline, size=block.size, align=align)


def draw_line(canvas: Canvas, line: Line, *, x: float, y: float, size: float, align: Align = "centre") -> None:
    """The line in the current fill colour; `x` is its left end, middle or right end, `y` its base line."""
    left = x - line.width * size * {"left": 0, "centre": 0.5, "right": 1}[align]
    for run in line.runs:
        _fill_run(canvas, run, left, y, size)
        _lay_text(canvas, run, left, y, size)
        left += run.width * size


def fill_glyphs(canvas: Canvas, face: Face, glyphs: Sequence[tuple[int, int, int]]) -> None:
    """Glyphs as (id, x, y) in units of the face, in the current coordinates."""
    path = canvas.beginPath()
    for glyph, x, y in glyphs:
        face.font.draw_glyph_with_pen(glyph, _PathPen(path, x, y))
    canvas.drawPath(path, stroke=0, fill=1, fillMode=_NON_ZERO)


def registered(face: Face) -> str:
    """The name under which reportlab knows the face, once it does."""
    if face.name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(face.name, str(face.path), shapable=False))
    return face.name


def _fill_run(canvas: Canvas, run: Run, x: float, y: float, size: float) -> None:
    canvas.saveState()
    scale = size / run.face.units_per_em
    # In the face's own units the outlines are whole numbers: a third of the bytes, and nothing to round.
    canvas.transform(scale, 0, 0, scale, x, y)
    fill_glyphs(canvas, run.face, [(glyph.id, glyph.x, glyph.y) for glyph in run.glyphs])
    canvas.restoreState()


def _lay_text(canvas: Canvas, run: Run, x: float, y: float, size: float) -> None:
    font = registered(run.face)
    # Readers take a page's text as it stands there, left to right and with its brackets turned, and put Arabic right themselves.
    text = run.text[::-1].translate(_MIRRORED) if run.right_to_left else run.text
    natural = pdfmetrics.stringWidth(text, font, size)
    writer = canvas.beginText(x, y)
    writer.setFont(font, size)
    writer.setTextRenderMode(_INVISIBLE)
    if natural and run.width:
        writer.setHorizScale(100 * run.width * size / natural)
    writer.textOut(text)
    writer.setHorizScale(100)
    writer.setTextRenderMode(0)
    canvas.drawText(writer)


class _PathPen:
    """A fontTools-style pen that writes to a PDF path; TrueType's quadratic curves become cubic ones."""

    def __init__(self, path: PDFPathObject, x: int, y: int) -> None:
        self._path = path
        self._x = x
        self._y = y
        self._at: Point = (0, 0)

    def moveTo(self, point: Point) -> None:  # noqa: N802 - the protocol's name, as are the others
        self._path.moveTo(*self._moved(point))
        self._at = point

    def lineTo(self, point: Point) -> None:  # noqa: N802
        self._path.lineTo(*self._moved(point))
        self._at = point

    def curveTo(self, first: Point, second: Point, end: Point) -> None:  # noqa: N802
        self._path.curveTo(*self._moved(first), *self._moved(second), *self._moved(end))
        self._at = end

    def qCurveTo(self, control: Point, end: Point) -> None:  # noqa: N802
        self.curveTo(_towards(self._at, control), _towards(end, control), end)

    def closePath(self) -> None:  # noqa: N802
        self._path.close()

    def _moved(self, point: Point) -> tuple[int, int]:
        return round(self._x + point[0]), round(self._y + point[1])


def _towards(end: Point, control: Point) -> Point:
    return end[0] + 2 / 3 * (control[0] - end[0]), end[1] + 2 / 3 * (control[1] - end[1])
