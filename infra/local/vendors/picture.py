"""A PNG made from a prompt: a plain evening landscape whose hills, sun and colours are the prompt's."""

import hashlib
import math
import struct
import zlib

_SKIES = (
    ((250, 214, 165), (232, 116, 97)),
    ((196, 226, 240), (90, 140, 190)),
    ((240, 228, 208), (150, 120, 170)),
    ((214, 240, 220), (70, 150, 140)),
)


def png(prompt: str, width: int, height: int) -> bytes:
    seed = hashlib.sha256(prompt.encode()).digest()
    low, high = _SKIES[seed[0] % len(_SKIES)]
    sun_x, sun_y, radius = width * (0.2 + 0.6 * seed[1] / 255), height * (0.2 + 0.25 * seed[2] / 255), height * 0.11
    hills = [_hill(seed[3 + 3 * n : 6 + 3 * n], width, height, n) for n in range(4)]
    rows = bytearray()
    for y in range(height):
        sky = _mix(high, low, y / height)
        row = bytearray(bytes(sky) * width)
        half = radius**2 - (y - sun_y) ** 2
        if half > 0:
            left, right = round(sun_x - half**0.5), round(sun_x + half**0.5)
            row[3 * left : 3 * right] = bytes((255, 244, 214)) * (right - left)
        for n, tops in enumerate(hills):
            colour = bytes(_mix(high, (24, 34, 48), 0.25 + 0.2 * n))
            for left, right in _runs(tops, y):
                row[3 * left : 3 * right] = colour * (right - left)
        rows += b"\0" + row
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(bytes(rows), 6)) + _chunk(b"IEND", b"")


def _hill(seed: bytes, width: int, height: int, number: int) -> list[int]:
    base = height * (0.52 + 0.12 * number)
    one, two, phase = 1 + seed[0] % 3, 3 + seed[1] % 5, seed[2] / 40
    return [
        round(base - height * 0.07 * math.sin(one * math.tau * x / width + phase) - height * 0.025 * math.sin(two * math.tau * x / width))
        for x in range(width)
    ]


def _runs(tops: list[int], y: int) -> list[tuple[int, int]]:
    """The stretches of this row that lie below the hill's edge."""
    runs: list[tuple[int, int]] = []
    start: int | None = None
    for x, top in enumerate(tops):
        if y >= top and start is None:
            start = x
        elif y < top and start is not None:
            runs.append((start, x))
            start = None
    if start is not None:
        runs.append((start, len(tops)))
    return runs


def _mix(one: tuple[int, int, int], other: tuple[int, int, int], share: float) -> tuple[int, int, int]:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
