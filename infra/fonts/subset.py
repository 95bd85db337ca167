"""Makes the fonts of the academy's documents: Noto, cut down to the characters that names and titles are written in.

The result is committed (functions/document_tasks/fonts), so that no build depends on a package registry and a
certificate drawn again years later has the same bytes. Run this only to change the fonts:

    cd infra/fonts && npm ci --ignore-scripts && python subset.py

Needs fonttools. The same packages give the same bytes: `python subset.py --check` says whether they still do.
"""

import argparse
import io
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

HERE = Path(__file__).resolve().parent
PACKAGES = HERE / "node_modules" / "@expo-google-fonts"
TARGET = HERE.parents[1] / "functions" / "document_tasks" / "fonts"

type Block = tuple[int, int]

# What stands between words of every script, so that a run of text need not change fonts for a space, a digit or a dot.
COMMON: tuple[Block, ...] = (
    (0x20, 0x20),
    (0x28, 0x29),
    (0x2C, 0x2F),
    (0x30, 0x3A),
    (0xA0, 0xA0),
    (0x200C, 0x200D),
    (0x2019, 0x2019),
    (0x25CC, 0x25CC),
)
DANDAS: tuple[Block, ...] = ((0x964, 0x965),)


@dataclass(frozen=True, kw_only=True)
class Script:
    """One script: the packages of its two faces and its blocks of Unicode."""

    tag: str
    display: str
    text: str
    blocks: tuple[Block, ...]


LATIN_GREEK_CYRILLIC: tuple[Block, ...] = (
    (0x20, 0x7E),
    (0xA0, 0x2AF),
    (0x2B0, 0x36F),
    (0x370, 0x3FF),
    (0x400, 0x52F),
    (0x1E00, 0x1EFF),
    (0x2000, 0x206F),
    (0x20A0, 0x20C0),
    (0x2116, 0x2116),
    (0x2122, 0x2122),
    (0x2190, 0x2193),
    (0x2212, 0x2212),
    (0x25CC, 0x25CC),
)
DEVANAGARI: tuple[Block, ...] = ((0x900, 0x97F), (0xA8E0, 0xA8FF), (0x1CD0, 0x1CFF))
ARABIC: tuple[Block, ...] = ((0x600, 0x6FF), (0x750, 0x77F), (0x8A0, 0x8FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFF))

SCRIPTS = (
    Script(tag="latn", display="noto-serif", text="noto-sans", blocks=LATIN_GREEK_CYRILLIC),
    Script(tag="deva", display="noto-serif-devanagari", text="noto-sans-devanagari", blocks=(*COMMON, *DEVANAGARI)),
    Script(
        tag="beng",
        display="noto-serif-bengali",
        text="noto-sans-bengali",
        blocks=(*COMMON, *DANDAS, (0x980, 0x9FF)),
    ),
    Script(tag="telu", display="noto-serif-telugu", text="noto-sans-telugu", blocks=(*COMMON, *DANDAS, (0xC00, 0xC7F))),
    # No serif of these is published as an npm package; the sans has the same weight of line.
    Script(tag="taml", display="noto-sans-tamil", text="noto-sans-tamil", blocks=(*COMMON, *DANDAS, (0xB80, 0xBFF))),
    Script(tag="knda", display="noto-sans-kannada", text="noto-sans-kannada", blocks=(*COMMON, *DANDAS, (0xC80, 0xCFF))),
    Script(
        tag="mlym",
        display="noto-sans-malayalam",
        text="noto-sans-malayalam",
        blocks=(*COMMON, *DANDAS, (0xD00, 0xD7F)),
    ),
    Script(tag="gujr", display="noto-sans-gujarati", text="noto-sans-gujarati", blocks=(*COMMON, *DANDAS, (0xA80, 0xAFF))),
    Script(tag="guru", display="noto-sans-gurmukhi", text="noto-sans-gurmukhi", blocks=(*COMMON, *DANDAS, (0xA00, 0xA7F))),
    Script(tag="orya", display="noto-sans-oriya", text="noto-sans-oriya", blocks=(*COMMON, *DANDAS, (0xB00, 0xB7F))),
    Script(tag="arab", display="noto-naskh-arabic", text="noto-naskh-arabic", blocks=(*COMMON, *ARABIC)),
)
WEIGHTS = {"display": "600SemiBold", "text": "400Regular"}


def source(package: str, weight: str) -> Path:
    """The package's file of that weight; each folder of a weight holds one font."""
    (font,) = (PACKAGES / package / weight).glob("*.ttf")
    return font


def cut(font_file: Path, blocks: Iterable[Block]) -> bytes:
    """The font with these blocks alone, every shaping rule that they need, and no trace of when it was cut."""
    font = TTFont(font_file, recalcTimestamp=False)
    wanted = {point for point in font.getBestCmap() if any(first <= point <= last for first, last in blocks)}
    options = Options()
    options.hinting = False
    options.glyph_names = False
    options.notdef_outline = True
    options.name_IDs = ["*"]  # the copyright and the licence are among them
    options.legacy_kern = False
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


def licence() -> str:
    """The Open Font License once, under the copyright lines of every font it is given for."""
    texts = [(folder / "LICENSE_FONT").read_text("utf-8") for folder in sorted(PACKAGES.iterdir())]
    holders = {text.partition("\n")[0].strip() for text in texts}
    body = texts[-1].partition("\n")[2].strip()
    note = "The fonts in this folder are subsets of fonts of the Noto project, made by infra/fonts/subset.py."
    return "\n".join([*sorted(holders), "", note, "", body, ""])


def files() -> dict[str, bytes]:
    made = {
        f"{role}-{script.tag}.ttf": cut(source(package, WEIGHTS[role]), script.blocks)
        for script in SCRIPTS
        for role, package in (("display", script.display), ("text", script.text))
    }
    return made | {"OFL.txt": licence().encode()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with what is committed and write nothing")
    check: bool = parser.parse_args().check
    made = files()
    if check:
        stale = [name for name, content in made.items() if (TARGET / name).read_bytes() != content]
        print("differs: " + ", ".join(stale) if stale else f"{len(made)} files are as committed")
        return 1 if stale else 0
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, content in made.items():
        (TARGET / name).write_bytes(content)
    print(f"{len(made)} files, {sum(map(len, made.values())) / 1e6:.1f} MB in {TARGET}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
