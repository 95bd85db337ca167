"""The largest size at which a text of any length stands in the room it is given: on one line, else on two (or more, in a column), else smaller."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from academy.platform.pdf import bidi
from academy.platform.pdf.shaping import FontBook, Line, Role, break_points, clean, cluster_points, shape

# A line's room even where its letters are low, so that texts with and without tall letters stand alike.
_TOP, _BOTTOM = 0.74, -0.24
_PITCH = 1.3


@dataclass(frozen=True, kw_only=True)
class Room:
    """A place on the page. Lengths in points."""

    width: float
    height: float
    size: float
    """What a short text is set in."""
    size_of_two: float
    """What a text on two lines is set in at most."""
    shrink_first: float = 0.7
    """How far one line may shrink before a second is tried, as a part of `size`."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """Lines from the top down at a size in points; `baselines` are points below the block's top."""

    lines: tuple[Line, ...]
    size: float
    baselines: tuple[float, ...]
    height: float

    @property
    def width(self) -> float:
        return max(line.width for line in self.lines) * self.size


def fit(text: str, role: Role, room: Room, fonts: FontBook) -> Block:
    """The block for a text as it came from a person; an empty text gives one empty line."""
    cleaned = clean(text)
    base = bidi.base_level(cleaned)
    single = _block([shape(cleaned, role, fonts, base=base)], room, room.size)
    if single.size >= room.size * room.shrink_first:
        return single

    def in_two(points: list[int]) -> Iterator[Block]:
        for point in _around_middle(points, len(cleaned)):
            halves = (cleaned[:point].strip(), cleaned[point:].strip())
            yield _block([shape(half, role, fonts, base=base) for half in halves], room, room.size_of_two)

    best = max((single, *in_two(break_points(cleaned))), key=_by_size)
    if best.size >= room.size_of_two / 2:
        return best
    # One endless word: it is better cut than shrunk to a hair line.
    return max((best, *in_two(cluster_points(cleaned))), key=_by_size)


def flow(text: str, role: Role, *, width: float, height: float, size: float, fonts: FontBook) -> Block:
    """As many lines as the text needs in a column of that width, smaller only where they would be higher than the room."""
    cleaned = clean(text)
    base = bidi.base_level(cleaned)
    pieces = [(piece, shape(piece, role, fonts, base=base).width) for piece in _pieces(cleaned, role, fonts, base, width / size)]
    room = Room(width=width, height=height, size=size, size_of_two=size)
    while True:
        lines = _filled(pieces, width / size)
        block = _block([shape(line.strip(), role, fonts, base=base) for line in lines], room, size)
        # Below the half of it, smaller letters are less of an evil than more lines of them.
        if block.size >= 0.97 * size or size <= room.size / 2:
            return block
        size *= 0.95


def _pieces(text: str, role: Role, fonts: FontBook, base: int, widest: float) -> list[str]:
    """What stays on one line: words, and of words that are wider than a line, letters."""
    pieces: list[str] = []
    for start, end in pairwise([0, *break_points(text), len(text)]):
        word = text[start:end]
        if shape(word, role, fonts, base=base).width <= widest:
            pieces.append(word)
        else:
            pieces += [word[one:other] for one, other in pairwise([0, *cluster_points(word), len(word)])]
    return pieces


def _filled(pieces: list[tuple[str, float]], widest: float) -> list[str]:
    """Lines filled from the first on; what hangs over is at most the space after the last word."""
    lines = [""]
    filled = 0.0
    for piece, width in pieces:
        if lines[-1] and filled + width > widest:
            lines.append("")
            filled = 0.0
        lines[-1] += piece
        filled += width
    return lines


def _by_size(block: Block) -> float:
    return block.size


def _around_middle(points: list[int], length: int) -> list[int]:
    """Halves of equal width are the largest, and letters differ in width: a dozen cuts hold the best one."""
    return sorted(points, key=lambda point: abs(point - length / 2))[:12]


def _block(lines: list[Line], room: Room, size: float) -> Block:
    """Baselines far enough apart that the ink of two lines never meets, then as large as the room allows."""
    baselines = [max(_TOP, lines[0].top)]
    for above, below in pairwise(lines):
        baselines.append(baselines[-1] + max(_PITCH, below.top - above.bottom + 0.08))
    height = baselines[-1] - min(_BOTTOM, lines[-1].bottom)
    width = max(line.width for line in lines)
    fitted = min(size, room.height / height, room.width / width if width else size)
    return Block(
        lines=tuple(lines),
        size=fitted,
        baselines=tuple(baseline * fitted for baseline in baselines),
        height=height * fitted,
    )
