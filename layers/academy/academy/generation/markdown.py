"""The little of Markdown that the checks need: what is prose, what is code, where the headings are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$")
_INLINE_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_IMAGE = re.compile(r"!\[([^\]]*)\]\(\s*<?([^)\s>]*)")
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(\s*<?([^)\s>]*)[^)]*\)")
_EMPHASIS = re.compile(r"[*_~>#|]+")


@dataclass(frozen=True)
class Heading:
    level: int
    text: str


@dataclass(frozen=True)
class Image:
    alt: str
    target: str


def prose_lines(text: str) -> Iterator[str]:
    """The lines outside of fenced code: a `#` in a shell script is no heading, its `<b>` no mark-up."""
    fence: str | None = None
    for line in text.splitlines():
        mark = _FENCE.match(line)
        if fence is None:
            if mark:
                fence = mark.group(1)
            else:
                yield line
        elif mark and mark.group(1).startswith(fence) and not line.strip(" `~"):
            fence = None


def without_code(text: str) -> str:
    return _INLINE_CODE.sub(" ", "\n".join(prose_lines(text)))


def headings(text: str) -> list[Heading]:
    found = (_HEADING.match(line) for line in prose_lines(text))
    return [Heading(len(match.group(1)), match.group(2)) for match in found if match]


def images(text: str) -> list[Image]:
    return [Image(alt.strip(), target) for alt, target in _IMAGE.findall(without_code(text))]


def link_targets(text: str) -> list[str]:
    return [target for _, target in _LINK.findall(without_code(text))]


def plain(text: str) -> str:
    """What a reader reads: no code, no heading or emphasis marks, links by their words."""
    words = _LINK.sub(r"\1", _IMAGE.sub(r"\1", without_code(text)))
    return _EMPHASIS.sub(" ", words)
