"""The drawn picture is a PNG that any reader opens, and the same one each time."""

import struct
import zlib

from academy.generation import thumbnail


def pixels(png: bytes) -> tuple[int, int, bytes]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, data, size = 8, b"", (0, 0)
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        content = png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + content)
        if kind == b"IHDR":
            size = struct.unpack(">II", content[:8])
        if kind == b"IDAT":
            data += content
        at += 12 + length
    return size[0], size[1], zlib.decompress(data)


def test_it_is_a_whole_png_of_the_promised_size() -> None:
    width, height, rows = pixels(thumbnail.drawn("Sourdough", "other"))
    assert (width, height) == (thumbnail.WIDTH, thumbnail.HEIGHT)
    assert len(rows) == height * (1 + 3 * width)


def test_equal_titles_give_equal_bytes_and_others_do_not() -> None:
    assert thumbnail.drawn("Sourdough", "art") == thumbnail.drawn("Sourdough", "art")
    assert len({thumbnail.drawn(title, "art") for title in ("Sourdough", "Rye", "ब्रेड")}) == 3


def test_it_is_small_enough_for_a_list() -> None:
    assert len(thumbnail.drawn("Sourdough", "programming")) < 60_000
