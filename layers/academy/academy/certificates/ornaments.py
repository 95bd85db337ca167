"""What makes the page look issued and not typed: the woven border, the rosettes, the rules and their colours."""

from dataclasses import dataclass
from math import atan2, degrees, hypot, sin, tau

from reportlab.lib.colors import Color, HexColor
from reportlab.pdfgen.canvas import Canvas

from academy.platform.pdf.curves import define, draw_open, draw_shape, rosette
from academy.platform.pdf.ink import Point

PAPER = HexColor("#fefdf9")
INK = HexColor("#16264a")
MUTED = HexColor("#4d566c")
GOLD = HexColor("#b28a36")
DARK_GOLD = HexColor("#7d5e1a")
LIGHT_GOLD = HexColor("#e6cf94")
PALE_GOLD = HexColor("#f3ecd9")

_WOVEN = (INK, GOLD, GOLD, INK, GOLD, GOLD)
_BAND = 23.0
_PERIOD = 26.0
_CORNER = 21.0


@dataclass(frozen=True)
class Box:
    left: float
    bottom: float
    right: float
    top: float

    def inset(self, by: float) -> "Box":
        return Box(self.left + by, self.bottom + by, self.right - by, self.top - by)

    @property
    def corners(self) -> tuple[Point, Point, Point, Point]:
        """Anticlockwise from the lower left."""
        return (self.left, self.bottom), (self.right, self.bottom), (self.right, self.top), (self.left, self.top)


def border(canvas: Canvas, page: Box) -> Box:
    """Paper, the woven band between its rules, and a rosette on each corner. Returns the room inside."""
    canvas.setFillColor(PAPER)
    _rectangle(canvas, page, fill=1)
    outer = page.inset(22)
    inner = outer.inset(3 + _BAND)
    for box, width, colour in ((outer, 1.6, INK), (outer.inset(3), 0.5, GOLD), (inner, 0.5, GOLD), (inner.inset(3), 1.0, INK)):
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(width)
        _rectangle(canvas, box, fill=0)
    corners = outer.inset(3 + _BAND / 2).corners
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        _band(canvas, start, end)
    for corner in corners:
        _corner(canvas, corner)
    return inner.inset(4)


def watermark(canvas: Canvas, centre: Point, radius: float) -> None:
    """A rosette so pale that text stands on it undisturbed."""
    rosette(canvas, centre, radius, [PALE_GOLD] * 12, petals=10, depth=0.26, width=0.45)
    rosette(canvas, centre, radius / 2, [PALE_GOLD] * 10, petals=6, depth=0.4, width=0.45)


def divider(canvas: Canvas, centre: Point, width: float) -> None:
    """A rule that thins out to both sides of a lozenge."""
    x, y = centre
    canvas.setFillColor(GOLD)
    for side in (-1, 1):
        draw_shape(canvas, [(x + side * 16, y + 0.7), (x + side * width / 2, y), (x + side * 16, y - 0.7)])
    for offset, size in ((0.0, 4.2), (-10.0, 1.8), (10.0, 1.8)):
        middle = x + offset
        draw_shape(canvas, [(middle - size, y), (middle, y + size), (middle + size, y), (middle, y - size)])


def rule(canvas: Canvas, colour: Color, width: float, start: Point, end: Point) -> None:
    canvas.setStrokeColor(colour)
    canvas.setLineWidth(width)
    canvas.line(*start, *end)


def _band(canvas: Canvas, start: Point, end: Point) -> None:
    """Strands of one wave from corner to corner, one period at a time; a side holds a whole number of them."""
    length = hypot(end[0] - start[0], end[1] - start[1])
    periods = round(length / _PERIOD)
    canvas.saveState()
    canvas.setLineWidth(0.4)
    canvas.translate(*start)
    canvas.rotate(degrees(atan2(end[1] - start[1], end[0] - start[0])))
    canvas.scale(round(length / periods / _PERIOD, 6), 1)
    for strand, colour in enumerate(_WOVEN):
        name = f"strand-{strand}"
        phase = tau * strand / len(_WOVEN)
        define(canvas, name, _PERIOD, lambda phase=phase: _strand(canvas, phase))  # type: ignore[misc]
        canvas.setStrokeColor(colour)
        for period in range(periods):
            canvas.saveState()
            canvas.translate(period * _PERIOD, 0)
            canvas.doForm(name)
            canvas.restoreState()
    canvas.restoreState()


def _strand(canvas: Canvas, phase: float) -> None:
    """Two waves at once: the slow one carries the strands past each other, the quick one knots them."""
    steps = 12
    angles = [tau * step / steps for step in range(-1, steps + 2)]
    heights = [_BAND / 2 * (0.62 * sin(angle + phase) + 0.26 * sin(2 * angle - phase)) for angle in angles]
    draw_open(canvas, [(_PERIOD * angle / tau, height) for angle, height in zip(angles, heights, strict=True)])


def _corner(canvas: Canvas, centre: Point) -> None:
    canvas.setFillColor(PAPER)
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(1.0)
    canvas.circle(*centre, _CORNER, stroke=1, fill=1)
    canvas.setStrokeColor(GOLD)
    canvas.setLineWidth(0.4)
    canvas.circle(*centre, _CORNER - 2, stroke=1, fill=0)
    rosette(canvas, centre, _CORNER - 3, _WOVEN, petals=8, depth=0.32, width=0.4)
    canvas.setFillColor(GOLD)
    canvas.circle(*centre, 3.2, stroke=0, fill=1)


def _rectangle(canvas: Canvas, box: Box, *, fill: int) -> None:
    canvas.rect(box.left, box.bottom, box.right - box.left, box.top - box.bottom, stroke=1 - fill, fill=fill)
