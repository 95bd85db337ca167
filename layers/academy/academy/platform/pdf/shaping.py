"""From a name or a title in any script to glyphs in their places, measured, on as many lines as it needs.

Text is cut into runs of one script and one direction, each shaped by HarfBuzz in the face of its script. Lengths are in
em until a size is chosen, so that a text is shaped once for every size it is tried in.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import groupby, pairwise
from pathlib import Path

import uharfbuzz as hb

from academy.platform.pdf import bidi

_LATIN = "latn"
# Blocks of the scripts that have a face of their own; all else is looked for in the Latin, Greek and Cyrillic one.
_BLOCKS = (
    (0x0600, 0x06FF, "arab"),
    (0x0750, 0x077F, "arab"),
    (0x08A0, 0x08FF, "arab"),
    (0x0900, 0x0963, "deva"),
    (0x0966, 0x097F, "deva"),
    (0x0980, 0x09FF, "beng"),
    (0x0A00, 0x0A7F, "guru"),
    (0x0A80, 0x0AFF, "gujr"),
    (0x0B00, 0x0B7F, "orya"),
    (0x0B80, 0x0BFF, "taml"),
    (0x0C00, 0x0C7F, "telu"),
    (0x0C80, 0x0CFF, "knda"),
    (0x0D00, 0x0D7F, "mlym"),
    (0x1CD0, 0x1CFF, "deva"),
    (0xA8E0, 0xA8FF, "deva"),
    (0xFB50, 0xFDFF, "arab"),
    (0xFE70, 0xFEFF, "arab"),
)
_JOINERS = "\u200c\u200d"
_BREAK_AFTER = "-\u2010\u2013\u2014/"


class Role(StrEnum):
    """A face for what is to be admired and one for what is to be read."""

    DISPLAY = "display"
    TEXT = "text"


@dataclass(frozen=True)
class Face:
    """One font file; `name` is unique among the faces of a book."""

    name: str
    path: Path

    @cached_property
    def font(self) -> hb.Font:
        return hb.Font(hb.Face(hb.Blob.from_file_path(str(self.path))))

    @cached_property
    def coverage(self) -> frozenset[int]:
        return frozenset(self.font.face.unicodes)

    @cached_property
    def units_per_em(self) -> int:
        return int(self.font.face.upem)

    def has(self, character: str) -> bool:
        return ord(character) in self.coverage or character in _JOINERS


class FontBook:
    """The faces of a folder, by role and script (`display-deva.ttf`), each opened when it is first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._faces: dict[tuple[Role, str], Face] = {}

    def face(self, role: Role, script: str) -> Face:
        key = (role, script)
        if key not in self._faces:
            name = f"{role}-{script}"
            self._faces[key] = Face(name=name, path=self._folder / f"{name}.ttf")
        return self._faces[key]


@dataclass(frozen=True, kw_only=True)
class Glyph:
    """A glyph's place in its run, in units of the face."""

    id: int
    x: int
    y: int


@dataclass(frozen=True, kw_only=True)
class Run:
    """Text in one face and one direction, in logical order, and its glyphs from left to right."""

    face: Face
    text: str
    right_to_left: bool
    glyphs: tuple[Glyph, ...]
    width: float
    """In em."""
    top: float
    bottom: float
    """The ink's extent above and below the base line, in em."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """Runs from left to right."""

    runs: tuple[Run, ...]

    @cached_property
    def width(self) -> float:
        return sum(run.width for run in self.runs)

    @cached_property
    def top(self) -> float:
        return max((run.top for run in self.runs), default=0)

    @cached_property
    def bottom(self) -> float:
        return min((run.bottom for run in self.runs), default=0)


def clean(text: str) -> str:
    """What of a text may stand on a document: one line, composed (NFC), nothing invisible but the joiners.

    Direction overrides would let a stranger's name rearrange the words around it.
    """
    composed = unicodedata.normalize("NFC", text)
    spaced = "".join(" " if character.isspace() else character for character in composed)
    return " ".join("".join(character for character in spaced if not _unseen(character)).split())


def missing(text: str, role: Role, fonts: FontBook) -> str:
    """The characters that no face has, each once: they are drawn as empty boxes."""
    cleaned = clean(text)
    scripts = _scripts(cleaned, role, fonts)
    return "".join(dict.fromkeys(c for c, s in zip(cleaned, scripts, strict=True) if not fonts.face(role, s).has(c)))


def shape(text: str, role: Role, fonts: FontBook, *, base: int | None = None, tracking: float = 0) -> Line:
    """One line of cleaned text. `base` is the direction of the paragraph it is part of, `tracking` extra em a glyph."""
    base = bidi.base_level(text) if base is None else base
    found = zip(_scripts(text, role, fonts), bidi.levels(text, base=base), text, strict=True)
    runs: list[Run] = []
    run_levels: list[int] = []
    for (script, level), members in groupby(found, key=lambda item: item[:2]):
        characters = "".join(member[2] for member in members)
        runs.append(_shape_run(characters, fonts.face(role, script), script, bool(level % 2), tracking))
        run_levels.append(level)
    return Line(runs=tuple(runs[index] for index in bidi.visual_order(run_levels)))


def break_points(text: str) -> list[int]:
    """Where a line may end: after a space or a hyphen."""
    return [index for index in range(1, len(text)) if text[index - 1] == " " or text[index - 1] in _BREAK_AFTER]


def cluster_points(text: str) -> list[int]:
    """Where a word may be cut when it must be: between what a reader takes for two letters."""
    return [
        index + 1
        for index, (before, after) in enumerate(pairwise(text))
        if not (
            unicodedata.category(after).startswith("M")
            or after in _JOINERS
            or before in _JOINERS
            or unicodedata.combining(before) == 9  # a virama joins the next consonant
        )
    ]


def _unseen(character: str) -> bool:
    """Controls, format characters, surrogates, what Unicode has not assigned, and selectors of emoji's looks."""
    if character in _JOINERS:
        return False
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn") or "\ufe00" <= character <= "\ufe0f"


def _scripts(text: str, role: Role, fonts: FontBook) -> list[str]:
    """The face's script for each character; signs of no script stay with their neighbours where its face has them."""
    own = [_script_of(character) for character in text]
    result: list[str] = []
    current = next((script for script in own if script), _LATIN)
    for character, script in zip(text, own, strict=True):
        current = script or current
        joins = unicodedata.category(character).startswith("M") or fonts.face(role, current).has(character)
        result.append(current if script or joins else _LATIN)
    return result


def _script_of(character: str) -> str | None:
    point = ord(character)
    for first, last, script in _BLOCKS:
        if first <= point <= last:
            return script
    if unicodedata.category(character)[0] == "L":
        return _LATIN
    return None


def _shape_run(text: str, face: Face, script: str, right_to_left: bool, tracking: float) -> Run:
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.direction = "rtl" if right_to_left else "ltr"
    buffer.language = "und"  # guessing would take the machine's, and the same name might look different elsewhere
    if script != _LATIN:
        buffer.script = script.title()
    buffer.guess_segment_properties()  # the Latin face draws Greek and Cyrillic too
    # Letters set apart must not be joined into one.
    hb.shape(face.font, buffer, {"liga": False, "clig": False} if tracking else {})
    return _measured(text, face, right_to_left, _placed(buffer, round(tracking * face.units_per_em)))


def _placed(buffer: hb.Buffer, extra: int) -> Iterator[tuple[Glyph, int]]:
    """Each glyph with where the next one starts."""
    x = y = 0
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        glyph = Glyph(id=info.codepoint, x=x + position.x_offset, y=y + position.y_offset)
        x += position.x_advance + (extra if position.x_advance else 0)
        y += position.y_advance
        yield glyph, x


def _measured(text: str, face: Face, right_to_left: bool, placed: Iterator[tuple[Glyph, int]]) -> Run:
    glyphs: list[Glyph] = []
    end = top = bottom = 0
    for glyph, end in placed:  # noqa: B007 - the last end is the run's width
        glyphs.append(glyph)
        extents = _extents(face, glyph.id)
        top = max(top, glyph.y + extents[0])
        bottom = min(bottom, glyph.y + extents[1])
    em = face.units_per_em
    return Run(
        face=face,
        text=text,
        right_to_left=right_to_left,
        glyphs=tuple(glyphs),
        width=end / em,
        top=top / em,
        bottom=bottom / em,
    )


@lru_cache(maxsize=4096)
def _extents(face: Face, glyph: int) -> tuple[int, int]:
    extents = face.font.get_glyph_extents(glyph)
    return (extents.y_bearing, extents.y_bearing + extents.height) if extents else (0, 0)
