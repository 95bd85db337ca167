"""About 12,000 words that are used as words are: a few often, most hardly ever."""

import random
import re
from functools import cache
from itertools import accumulate, product
from pathlib import Path

SIZE = 12_000

_WORD = re.compile(r"[a-z]{4,18}")


@cache
def words(name: str) -> list[str]:
    """A list of `words.txt`."""
    _, _, rest = (Path(__file__).parent / "words.txt").read_text(encoding="utf-8").partition(f"[{name}]\n")
    return rest.partition("[")[0].split()


def vocabulary() -> list[str]:
    """The commonest first: subjects, then the words of the small academy's own courses, then learned compounds that nobody heard of."""
    prose = " ".join(path.read_text(encoding="utf-8").lower() for path in sorted((Path(__file__).parent / "courses").glob("*.md")))
    compounds = ["".join(parts) for parts in product(words("prefixes"), words("roots"), words("endings"))]
    random.Random("compounds").shuffle(compounds)
    return list(dict.fromkeys([*words("topics"), *_WORD.findall(prose), *compounds]))[:SIZE]


def zipf_weights(size: int, exponent: float = 1.0) -> list[float]:
    """Cumulative, for `random.choices`."""
    return list(accumulate(1 / (rank + 2) ** exponent for rank in range(size)))
