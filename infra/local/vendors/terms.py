"""What a passage is about, as far as counting words can tell."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’\-\u0900-\u0dff\u200c\u200d])*[^\W\d_\s]", re.UNICODE)
_COMMON = frozenset((Path(__file__).parent / "prose" / "common_words.txt").read_text().split())


def key_terms(texts: Sequence[str], count: int, *, avoid: Sequence[str] = ()) -> list[str]:
    """The words said most often, in the form in which they first appear; longer ones count for more."""
    counts: Counter[str] = Counter()
    forms: dict[str, str] = {}
    shunned = {word.casefold() for phrase in avoid for word in phrase.split()}
    for text in texts:
        for word in _WORD.findall(text):
            folded = word.casefold()
            if len(word) < 4 or folded in _COMMON or folded in shunned:
                continue
            counts[folded] += 1
            forms.setdefault(folded, word)
    pair = _pair(texts, counts)
    ranked = sorted(counts, key=lambda word: (-counts[word] * min(len(word), 9), word))
    chosen: list[str] = []
    for word in ranked:
        if not any(word.startswith(other[:5]) for other in chosen):
            chosen.append(word)
        if len(chosen) == count:
            break
    if pair and pair.split()[0] in chosen[:3]:
        chosen = [pair, *(word for word in chosen if word not in pair.split())][:count]
        forms[pair] = pair
    return [forms[word] if forms[word].isupper() else forms[word].lower() for word in chosen]


def _pair(texts: Sequence[str], counts: Counter[str]) -> str | None:
    """Two words that keep standing beside each other, as "carbon dioxide" do."""
    pairs: Counter[str] = Counter()
    for text in texts:
        words = [word.casefold() for word in text.split()]
        pairs.update(f"{one} {two}" for one, two in pairwise(words) if one in counts and two in counts)
    best = pairs.most_common(1)
    return best[0][0] if best and best[0][1] > 1 else None
