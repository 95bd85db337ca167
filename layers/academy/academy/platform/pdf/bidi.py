"""Which way each character of a short line runs: the Unicode Bidirectional Algorithm (UAX #9) for names and titles.

Left out, because a name or a title has no use for them: explicit embeddings and isolates (their control characters are
removed before, see `shaping.clean`) and several paragraphs.
"""

import unicodedata
from collections.abc import Sequence

_STRONG = {"L": "L", "R": "R", "AL": "R"}
_NUMBERS = ("EN", "AN")
_DIRECTED = ("L", "R", *_NUMBERS)
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def base_level(text: str) -> int:
    """0 where the first letter with a direction runs left to right, 1 where it runs right to left (rules P2 and P3)."""
    for character in text:
        strong = _STRONG.get(unicodedata.bidirectional(character))
        if strong:
            return 0 if strong == "L" else 1
    return 0


def levels(text: str, *, base: int) -> list[int]:
    """The embedding level of each character; odd ones run right to left."""
    weak = _resolve_weak([unicodedata.bidirectional(character) for character in text], base)
    kinds = _resolve_neutrals(_resolve_brackets(text, weak, base), base)
    if base:
        return [1 if kind == "R" else 2 for kind in kinds]
    return [{"L": 0, "R": 1}.get(kind, 2) for kind in kinds]


def visual_order(run_levels: Sequence[int]) -> list[int]:
    """Indices of runs from left to right (rule L2: reverse whatever is at a level or above, from the highest down)."""
    order = list(range(len(run_levels)))
    for level in range(max(run_levels, default=0), 0, -1):
        start = 0
        while start < len(order):
            end = start
            while end < len(order) and run_levels[order[end]] >= level:
                end += 1
            order[start:end] = reversed(order[start:end])
            start = end + 1
    return order


def _direction(level: int) -> str:
    return "R" if level else "L"


def _resolve_weak(kinds: list[str], base: int) -> list[str]:
    kinds = _settle_marks_and_numbers(kinds, base)
    for index in range(1, len(kinds) - 1):  # W4: one separator inside a number
        before, kind, after = kinds[index - 1 : index + 2]
        if before == after and ((kind == "CS" and before in _NUMBERS) or (kind == "ES" and before == "EN")):
            kinds[index] = before

    for sequence in (range(len(kinds)), range(len(kinds) - 1, -1, -1)):  # W5: a currency or per cent sign at a number
        previous = ""
        for index in sequence:
            if kinds[index] == "ET" and previous == "EN":
                kinds[index] = "EN"
            previous = kinds[index]

    strong = _direction(base)
    for index, kind in enumerate(kinds):  # W6 and W7
        if kind in ("L", "R"):
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[index] = "L"
        elif kind in ("ES", "ET", "CS"):
            kinds[index] = "ON"
    return kinds


def _settle_marks_and_numbers(kinds: list[str], base: int) -> list[str]:
    """W1 to W3: a mark goes with its letter, a number after an Arabic letter is an Arabic number."""
    settled: list[str] = []
    strong = _direction(base)
    for kind in kinds:
        if kind in ("NSM", "BN"):
            settled.append(settled[-1] if settled else _direction(base))
        elif kind == "EN" and strong == "AL":
            settled.append("AN")
        else:
            settled.append(kind)
        if kind in _STRONG:
            strong = kind
    return ["R" if kind == "AL" else kind for kind in settled]


def _resolve_brackets(text: str, kinds: list[str], base: int) -> list[str]:
    """N0: both brackets of a pair go the line's way, or where they hold only what goes the other way, that of the text before."""
    embedding = _direction(base)
    for opening, closing in _bracket_pairs(text):
        inside = {_side(kind) for kind in kinds[opening + 1 : closing] if kind in _DIRECTED}
        if not inside:
            continue
        before = next((_side(kind) for kind in reversed(kinds[:opening]) if kind in _DIRECTED), embedding)
        way = embedding if embedding in inside else before
        for bracket in (opening, closing):
            kinds[bracket] = way
            for index in range(bracket + 1, len(text)):  # a mark on a bracket goes with it
                if unicodedata.bidirectional(text[index]) != "NSM":
                    break
                kinds[index] = way
    return kinds


def _bracket_pairs(text: str) -> list[tuple[int, int]]:
    """Where each pair opens and closes, by where it opens (BD16)."""
    pairs = []
    waiting: list[tuple[str, int]] = []
    for index, character in enumerate(text):
        if character in _CLOSING:
            waiting.append((_CLOSING[character], index))
            continue
        match = next((at for at in range(len(waiting) - 1, -1, -1) if waiting[at][0] == character), None)
        if match is not None:
            pairs.append((waiting[match][1], index))
            del waiting[match:]
    return sorted(pairs)


def _resolve_neutrals(kinds: list[str], base: int) -> list[str]:
    """N1 and N2: what has no direction takes that of both its sides, or else the line's."""
    start = 0
    while start < len(kinds):
        if kinds[start] in _DIRECTED:
            start += 1
            continue
        end = start
        while end < len(kinds) and kinds[end] not in _DIRECTED:
            end += 1
        before = _side(kinds[start - 1]) if start else _direction(base)
        after = _side(kinds[end]) if end < len(kinds) else _direction(base)
        kinds[start:end] = [before if before == after else _direction(base)] * (end - start)
        start = end
    return kinds


def _side(kind: str) -> str:
    return "L" if kind == "L" else "R"
