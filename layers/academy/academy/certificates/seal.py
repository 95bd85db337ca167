"""The academy's seal: a gold medal on two ribbons, its name round the ring, its initials in the middle."""

from itertools import pairwise
from math import cos, pi, sin, tau

from reportlab.pdfgen.canvas import Canvas

from academy.certificates.ornaments import GOLD, INK, LIGHT_GOLD, PAPER
from academy.platform.pdf.curves import draw_closed, draw_shape, rosette, wave_ring
from academy.platform.pdf.ink import Point, draw_line, fill_glyphs
from academy.platform.pdf.shaping import FontBook, Line, Role, shape


def seal(canvas: Canvas, centre: Point, radius: float, *, academy: str, fonts: FontBook) -> None:
    for side in (-1, 1):
        _ribbon(canvas, centre, radius, side)
    canvas.setFillColor(GOLD)
    draw_closed(canvas, [(centre[0] + x, centre[1] + y) for x, y in wave_ring(radius, 40, 0.035, steps=8)], fill=True)
    for part, colour in ((0.885, LIGHT_GOLD), (0.86, INK), (0.6, LIGHT_GOLD), (0.575, PAPER)):
        canvas.setFillColor(colour)
        canvas.circle(*centre, radius * part, stroke=0, fill=1)
    rosette(canvas, centre, radius * 0.54, [LIGHT_GOLD] * 8, petals=9, depth=0.2, width=0.35)
    canvas.setFillColor(LIGHT_GOLD)
    _round_the_ring(canvas, shape(f"{academy.upper()} \u2022 CERTIFIED \u2022 ", Role.TEXT, fonts), centre, radius * 0.68)
    canvas.setFillColor(INK)
    initials = shape("".join(word[0] for word in academy.split())[:4].upper(), Role.DISPLAY, fonts)
    size = min(radius * 0.42, radius * 0.84 / initials.width)
    draw_line(canvas, initials, x=centre[0], y=centre[1] - 0.36 * size, size=size)


def _ribbon(canvas: Canvas, centre: Point, radius: float, side: int) -> None:
    """One tail with a swallow's cut, from under the medal down and outwards."""
    lean = pi * (1.5 + side * 0.13)
    down = (cos(lean), sin(lean))
    near, far, half = radius * 0.5, radius * 1.36, radius * 0.23

    def at(distance: float, offset: float) -> Point:
        return centre[0] + down[0] * distance - down[1] * offset, centre[1] + down[1] * distance + down[0] * offset

    for part, colour in ((1.0, INK), (0.55, GOLD), (0.4, INK)):
        width = half * part
        canvas.setFillColor(colour)
        notch = far - radius * 0.16 * part
        draw_shape(canvas, [at(near, -width), at(far, -width), at(notch, 0), at(far, width), at(near, width)])


def _round_the_ring(canvas: Canvas, line: Line, centre: Point, radius: float) -> None:
    """Once round the circle, clockwise from the left. Glyphs alone: the heading already says it to who searches or listens."""
    size = min(tau * radius / line.width, radius * 0.26)
    spread = tau * radius / (line.width * size)
    angle = pi
    for run in line.runs:
        scale = size / run.face.units_per_em
        ends = [*(glyph.x for glyph in run.glyphs), round(run.width * run.face.units_per_em)]
        for glyph, (start, end) in zip(run.glyphs, pairwise(ends), strict=True):
            turn = (end - start) * scale * spread / radius
            middle = angle - turn / 2
            across, up = round(sin(middle), 5), round(cos(middle), 5)
            canvas.saveState()
            canvas.transform(across * scale, -up * scale, up * scale, across * scale, centre[0] + radius * up, centre[1] + radius * across)
            fill_glyphs(canvas, run.face, [(glyph.id, -round((end - start) / 2), glyph.y)])
            canvas.restoreState()
            angle -= turn
