"""A source text as numbered passages, which a section can cite and a checker can look up."""

import re
import unicodedata
from dataclasses import dataclass

PASSAGE_CHARACTERS = 900
"""Long enough to hold a thought, short enough that a citation points somewhere. 200,000 characters of prose make
250 to 500."""

SCRAP_CHARACTERS = 200
"""A paragraph shorter than this (a heading, a line of a list) is read together with what follows it."""

_PARAGRAPH = re.compile(r"\S(?:.*?\S)?(?=\s*\n\s*\n|\s*\Z)", re.DOTALL)
_SENTENCE_END = re.compile(r"(?<=[.!?।॥。！？؟])[\"'”’)\]]*\s+|(?<=[。！？])")
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "–": "-", "—": "-"})


@dataclass(frozen=True, kw_only=True)
class Passage:
    """`number` counts from 1. `start` and `end` are offsets into the source text as it was given."""

    number: int
    text: str
    start: int
    end: int


def split(source: str) -> tuple[Passage, ...]:
    """Paragraphs, short ones together and long ones cut after a sentence, in order and without loss."""
    spans: list[tuple[int, int]] = []
    for paragraph in _PARAGRAPH.finditer(source):
        for start, end in _pieces(source, paragraph.start(), paragraph.end()):
            scrap = spans and spans[-1][1] - spans[-1][0] < SCRAP_CHARACTERS
            if scrap and end - spans[-1][0] <= PASSAGE_CHARACTERS:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
    return tuple(Passage(number=number, text=source[start:end], start=start, end=end) for number, (start, end) in enumerate(spans, start=1))


def _pieces(source: str, start: int, end: int) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    while end - start > PASSAGE_CHARACTERS:
        limit = start + PASSAGE_CHARACTERS
        cuts = [match.end() for match in _SENTENCE_END.finditer(source, start, limit) if match.end() > start]
        cut = cuts[-1] if cuts else _last_space(source, start, limit)
        pieces.append((start, cut))
        start = cut
    return [*pieces, (start, end)]


def _last_space(source: str, start: int, limit: int) -> int:
    space = source.rfind(" ", start + 1, limit)
    return space + 1 if space > start else limit


def normalised(text: str) -> str:
    """Text as compared: models straighten quotation marks and join lines when they copy, and that is no misquote."""
    folded = unicodedata.normalize("NFKC", text).translate(_QUOTES).casefold()
    return " ".join(folded.split())


def is_quoted_from(quote: str, passage: Passage) -> bool:
    """Word for word; an ellipsis may leave something out, in order."""
    where, haystack = 0, normalised(passage.text)
    parts = [part.strip(" \"'.") for part in re.split(r"\.\.\.|\[\.\.\.\]", normalised(quote))]
    parts = [part for part in parts if part]
    for part in parts:
        found = haystack.find(part, where)
        if found < 0:
            return False
        where = found + len(part)
    return bool(parts)
