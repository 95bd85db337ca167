"""What people are told of, per kind and language. A new kind is a `Kind` in one of these files."""

from academy.community.notices import announcing, authoring, learning, money
from academy.community.notices.kind import Facts, Kind, Text, Told
from academy.identity.values import Language

KINDS: dict[str, Kind] = {kind.name: kind for kind in (*learning.KINDS, *authoring.KINDS, *money.KINDS, *announcing.KINDS)}

_UNKNOWN = {
    Language.ENGLISH: Text("There is news at the academy", "", ""),
    Language.HINDI: Text("अकादमी में कुछ नया है", "", ""),
}
"""Of a kind that a newer version of the academy writes, while both of them run."""

__all__ = ["KINDS", "Facts", "Kind", "Text", "Told", "say"]


def say(kind: str, facts: Facts, count: int, language: Language) -> Text:
    """What a notification says. What an older version of the academy had put into words stays as it said it."""
    said = facts.get("said")
    if said is not None:
        words = said.get(language) or said[Language.ENGLISH]
        return Text(words["title"], words["body"], "")
    known = KINDS.get(kind)
    return known.words[language](facts, count) if known else _UNKNOWN[language]
