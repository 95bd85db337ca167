"""Smooth curves on a PDF page, and the engraver's rosette: one wave bent round a circle, drawn many times, each turned a little."""

from collections.abc import Callable, Sequence
from math import cos, sin, tau

from reportlab.lib.colors import Color
from reportlab.pdfgen.canvas import Canvas

from academy.platform.pdf.ink import Point


def rounded(point: Point) -> Point:
    """To a hundredth of a point: no eye sees less, and the last digits of a sine are not the same on every machine."""
    return round(point[0], 2), round(point[1], 2)


def draw_open(canvas: Canvas, points: Sequence[Point]) -> None:
    """A curve through the points but the first and the last, which give it its direction at the ends."""
    path = canvas.beginPath()
    path.moveTo(*rounded(points[1]))
    for segment in zip(points, points[1:], points[2:], points[3:], strict=False):
        path.curveTo(*_smooth(*segment))
    canvas.drawPath(path, stroke=1, fill=0)


def draw_closed(canvas: Canvas, points: Sequence[Point], *, fill: bool = False) -> None:
    around = [points[-1], *points, points[0], points[1]]
    path = canvas.beginPath()
    path.moveTo(*rounded(points[0]))
    for segment in zip(around, around[1:], around[2:], around[3:], strict=False):
        path.curveTo(*_smooth(*segment))
    path.close()
    canvas.drawPath(path, stroke=int(not fill), fill=int(fill))


def draw_shape(canvas: Canvas, points: Sequence[Point]) -> None:
    """A filled polygon."""
    path = canvas.beginPath()
    path.moveTo(*rounded(points[0]))
    for point in points[1:]:
        path.lineTo(*rounded(point))
    path.close()
    canvas.drawPath(path, stroke=0, fill=1)


def wave_ring(radius: float, petals: int, depth: float, *, steps: int = 12) -> list[Point]:
    """A closed wave round the origin that swings between `radius` and `radius` less `2 * depth` parts of it."""
    count = petals * steps
    angles = [tau * index / count for index in range(count)]
    reaches = [radius * (1 - depth + depth * cos(petals * angle)) for angle in angles]
    return [(reach * cos(angle), reach * sin(angle)) for angle, reach in zip(angles, reaches, strict=True)]


def rosette(canvas: Canvas, centre: Point, radius: float, colours: Sequence[Color], *, petals: int, depth: float, width: float) -> None:
    """One strand for each colour, evenly turned within a petal."""
    name = f"ring-{radius:g}-{petals}-{depth:g}"
    define(canvas, name, radius, lambda: draw_closed(canvas, wave_ring(radius, petals, depth)))
    for strand, colour in enumerate(colours):
        canvas.saveState()
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(width)
        canvas.translate(*centre)
        canvas.rotate(round(360 / petals * strand / len(colours), 4))
        canvas.doForm(name)
        canvas.restoreState()


def define(canvas: Canvas, name: str, reach: float, draw: Callable[[], None]) -> None:
    """Keeps a drawing round the origin under a name, once a document, to be repeated by a few bytes with `doForm`.

    It takes the colours and the line width of the place where it is repeated.
    """
    if canvas.hasForm(name):
        return
    edge = reach + 1
    canvas.beginForm(name, -edge, -edge, edge, edge)
    draw()
    canvas.endForm()


def _smooth(before: Point, start: Point, end: Point, after: Point) -> tuple[float, ...]:
    """The Bézier of a Catmull-Rom segment: through start and end, there in the direction from neighbour to neighbour."""
    first = (start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6)
    second = (end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6)
    return (*rounded(first), *rounded(second), *rounded(end))
