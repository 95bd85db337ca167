"""Survivors that no test should kill, and why the change makes no difference that anybody could see, or none that a test should repeat."""

import re
from collections.abc import Callable

JUSTIFIED: dict[str, str] = {}
"""{the change as the report shows it: why}."""


def reason(change: str) -> str | None:
    """Why a survivor may live; None if nobody has answered for it."""
    return JUSTIFIED.get(change) or next((why for why, fits in KINDS.items() if fits(change)), None)


def _halves(change: str) -> tuple[str, str]:
    lines = change.splitlines()
    return tuple("\n".join(line[1:].strip() for line in lines if line[0] == sign) for sign in "-+")  # type: ignore[return-value]


def _logged(change: str) -> bool:
    return all(half.startswith(("logger().", "_log().")) for half in _halves(change))


def _told(change: str) -> bool:
    before, after = (_without_sentences(half) for half in _halves(change))
    return before == after and before.startswith("raise ")


def _without_sentences(code: str) -> str:
    rest = re.sub(r',?\s*(?:None|f?"[^"]* [^"]*"(?=[,)]))|,\s*(?=\))', "", code)
    return re.sub(r"\(,\s*", "(", rest)


def _named(change: str) -> bool:
    before, after = _halves(change)
    return "NotFound(" in before and before.lower() == after.lower()


KINDS: dict[str, Callable[[str], bool]] = {
    "What is logged is for people; alarms ring by metrics.": _logged,
    "A sentence gives way to the class's own. That there is one, and none of the generic kind, is checked in every reply of every test.": _told,
    "NotFound makes its code of the thing in upper case whatever comes; in the sentence one word is written otherwise.": _named,
}
"""Kinds of changes of which there are many."""
