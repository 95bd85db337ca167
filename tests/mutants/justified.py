"""Survivors that no test should kill, and why the change makes no difference that anybody could see, or none that a test should repeat."""

import re
from collections.abc import Callable

from tests.mutants.justified_identity import IDENTITY
from tests.mutants.justified_learning import LEARNING
from tests.mutants.justified_payments import PAYMENTS
from tests.mutants.justified_platform import PLATFORM

ANYWHERE = {
    "No serial of ours is empty, nor is it this word.": (
        """\
-        serial=(serial or "") if query.serial else None,
+        serial=(serial or "XXXX") if query.serial else None,""",
    ),
    "A completion's points are of the moment that its event names itself.": (
        """\
-        awards = [GIVES[event.kind](event.payload, event.occurred_at) for event in events if event.kind in GIVES]
+        awards = [GIVES[event.kind](event.payload, None) for event in events if event.kind in GIVES]""",
    ),
}
"""{why it changes nothing: the changes as the report shows them}, as in each area's own file."""
ALL = (ANYWHERE, IDENTITY, LEARNING, PAYMENTS, PLATFORM)


def reason(change: str) -> str | None:
    """Why a survivor may live; None if nobody has answered for it."""
    same = next((why for known in ALL for why, changes in known.items() if change in changes), None)
    return same or next((why for why, fits in KINDS.items() if fits(change)), None)


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


def _unlimited(change: str) -> bool:
    return _halves(change) == ("limit=query.limit,", "limit=None,")


def _impossible(change: str) -> bool:
    return all(half.startswith("raise AssertionError(") for half in _halves(change))


def _other_bytes(change: str) -> bool:
    before, after = (
        re.sub(r'(?:, (?:separators=(?:None|\("[,:] ?", "[,:] ?"\))|ensure_ascii=\w+))*,? ?\)', ")", half) for half in _halves(change)
    )
    return before == after and "json.dumps(" in before


KINDS: dict[str, Callable[[str], bool]] = {
    "What is logged is for people; alarms ring by metrics.": _logged,
    "A sentence gives way to the class's own. That there is one, and none of the generic kind, is checked in every reply of every test.": _told,
    "NotFound makes its code of the thing in upper case whatever comes; in the sentence one word is written otherwise.": _named,
    "A page is cut to its limit again; that no more is read is seen in the plans of the lists.": _unlimited,
    "What can't be: said to the reader and to the type checker.": _impossible,
    "The same JSON, in other bytes.": _other_bytes,
}
"""Kinds of changes of which there are many."""
