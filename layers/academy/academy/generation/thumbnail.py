"""A course's picture: the words for the image model, and one drawn here for when that model has none to give.

The drawn one is a PNG by the standard library alone: discs over a slope of colour, composed by the title, coloured
by the category. No lettering, since that would need a font for every script.
"""

import hashlib
import struct
import zlib
from dataclasses import dataclass
from itertools import pairwise

from academy.generation.contents import Outline

WIDTH, HEIGHT = 1200, 800
DRAWN_ALT_TEXT = "Abstract composition of overlapping discs in the colours of the category {category}"

type Colour = tuple[int, int, int]

# Top of the slope, bottom of it, and the discs: dark enough that a white title on top stays legible.
_PALETTES: dict[str, tuple[Colour, Colour, Colour]] = {
    "programming": ((16, 42, 67), (36, 84, 122), (92, 200, 190)),
    "design": ((74, 20, 80), (140, 44, 112), (250, 176, 96)),
    "business": ((20, 48, 40), (40, 98, 76), (214, 190, 110)),
    "marketing": ((92, 24, 28), (168, 56, 44), (255, 196, 120)),
    "science": ((18, 30, 84), (40, 70, 150), (130, 210, 250)),
    "language": ((60, 36, 16), (128, 78, 34), (244, 214, 150)),
    "music": ((44, 20, 72), (88, 46, 134), (240, 150, 190)),
    "art": ((82, 30, 52), (150, 66, 80), (250, 220, 170)),
    "other": ((38, 44, 54), (82, 94, 112), (190, 204, 220)),
}


def prompt_for(outline: Outline) -> str:
    return (
        "A cover illustration for an online course, flat editorial style, calm composition, soft light, generous empty "
        "space, without any text, letters, numbers, logos or recognisable people. It shows: "
        f"{outline.thumbnail.subject}"
    )


@dataclass(frozen=True)
class _Disc:
    x: float
    y: float
    radius: float
    opacity: float


def drawn(title: str, category: str) -> bytes:
    """PNG, `WIDTH` x `HEIGHT`. Equal arguments give equal bytes."""
    top, bottom, accent = _PALETTES.get(category, _PALETTES["other"])
    discs = _discs(hashlib.sha256(title.encode()).digest())
    rows = bytearray()
    for y in range(HEIGHT):
        background = _mix(top, bottom, y / (HEIGHT - 1))
        rows += b"\0" + _row(y, background, accent, discs)
    return _png(bytes(rows))


def _discs(seed: bytes) -> list[_Disc]:
    return [
        _Disc(
            x=WIDTH * (0.15 + 0.85 * seed[4 * n] / 255),
            y=HEIGHT * seed[4 * n + 1] / 255,
            radius=60 + 240 * seed[4 * n + 2] / 255,
            opacity=0.12 + 0.3 * seed[4 * n + 3] / 255,
        )
        for n in range(7)
    ]


def _row(y: int, background: Colour, accent: Colour, discs: list[_Disc]) -> bytes:
    """Between the edges of discs a row has one colour, so it is written span by span and not pixel by pixel."""
    spans: list[tuple[int, int, float]] = []
    for disc in discs:
        height = disc.radius**2 - (y + 0.5 - disc.y) ** 2
        if height > 0:
            half = height**0.5
            spans.append((max(0, round(disc.x - half)), min(WIDTH, round(disc.x + half)), disc.opacity))
    edges = sorted({0, WIDTH, *(edge for span in spans for edge in span[:2] if 0 <= edge <= WIDTH)})
    row = bytearray()
    for left, right in pairwise(edges):
        colour = background
        for start, end, opacity in spans:
            if start <= left and right <= end:
                colour = _mix(colour, accent, opacity)
        row += bytes(colour) * (right - left)
    return bytes(row)


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _png(rows: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
