"""What a reader with a screen reader, dyslexia or little time wants to know of a text, computed from the text."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from academy.generation import markdown

WORDS_A_MINUTE = 200

_SENTENCE_END = re.compile(r"[.!?।॥。！？؟]+(?=\s|$|[^\x00-\x7f])|\n\s*\n")
_VOWELS = re.compile(r"[aeiouy]+")
# Scripts written without spaces; two characters are counted as one word.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")

_STOP_WORDS = {
    "en": frozenset(["the", "of", "and", "to", "in", "is", "that", "for", "it", "with", "as", "are", "this", "be", "on", "by"]),
    "es": frozenset(["el", "la", "de", "que", "y", "en", "los", "se", "del", "las", "un", "por", "con", "una", "para", "es"]),
    "fr": frozenset(["le", "la", "de", "et", "les", "des", "en", "un", "du", "une", "que", "est", "pour", "qui", "dans", "au"]),
    "de": frozenset(["der", "die", "und", "in", "den", "von", "zu", "das", "mit", "sich", "des", "auf", "für", "ist", "im", "dem"]),
    "pt": frozenset(["o", "a", "de", "que", "e", "do", "da", "em", "um", "para", "com", "não", "uma", "os", "no", "se"]),
    "it": frozenset(["il", "di", "che", "la", "e", "per", "un", "in", "una", "sono", "con", "del", "della", "non", "le", "si"]),
    "id": frozenset(["yang", "dan", "di", "untuk", "dengan", "dari", "ini", "pada", "adalah", "dalam", "itu", "tidak"]),
}
_LANGUAGE_OF_SCRIPT = {
    "DEVANAGARI": "hi",
    "TAMIL": "ta",
    "TELUGU": "te",
    "BENGALI": "bn",
    "KANNADA": "kn",
    "MALAYALAM": "ml",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "ORIYA": "or",
    "ARABIC": "ar",
    "HEBREW": "he",
    "CYRILLIC": "ru",
    "GREEK": "el",
    "HANGUL": "ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "zh",
    "THAI": "th",
}
_SHARED_SCRIPTS = {
    "DEVANAGARI": {"mr", "ne", "sa", "kok", "mai", "bho"},
    "ARABIC": {"ur", "fa", "sd", "ks", "ps"},
    "CYRILLIC": {"uk", "bg", "sr", "be", "mk"},
    "BENGALI": {"as"},
    "CJK": {"ja"},
}


@dataclass(frozen=True, kw_only=True)
class Accessibility:
    """`reading_grade` is the school year that can read it (Flesch-Kincaid in English, by LIX in other languages
    of the Latin alphabet), or None where no formula is known to hold. `skipped_headings` are those that jump down
    more than one level; `images_without_alt` counts."""

    language: str
    language_matches: bool
    words: int
    reading_minutes: int
    reading_grade: float | None
    headings: tuple[markdown.Heading, ...]
    skipped_headings: tuple[str, ...]
    images_without_alt: int


def of_texts(texts: Sequence[str], *, language: str, top_level: int = 3) -> Accessibility:
    """Of the sections of a lesson, whose titles are headings one level above `top_level`."""
    plain = "\n\n".join(markdown.plain(text) for text in texts)
    detected = detected_language(plain, expected=language)
    all_headings = tuple(heading for text in texts for heading in markdown.headings(text))
    words = count_words(plain)
    return Accessibility(
        language=detected,
        language_matches=detected == _base(language),
        words=words,
        reading_minutes=reading_minutes(words),
        reading_grade=reading_grade(plain, detected),
        headings=all_headings,
        skipped_headings=tuple(title for text in texts for title in _skips(text, top_level)),
        images_without_alt=sum(not image.alt for text in texts for image in markdown.images(text)),
    )


def reading_minutes(words: int) -> int:
    return max(1, math.ceil(words / WORDS_A_MINUTE))


def count_words(text: str) -> int:
    r"""By spaces, not by `\w`: vowel signs of Indian scripts are no word characters and would cut words apart."""
    unspaced = len(_UNSPACED.findall(text))
    spaced = _UNSPACED.sub(" ", text) if unspaced else text
    return sum(any(map(str.isalnum, token)) for token in spaced.split()) + math.ceil(unspaced / 2)


def reading_grade(text: str, language: str) -> float | None:
    words = [word for word in (token.strip(".,;:!?()[]\"'“”’-") for token in text.split()) if word]
    words = [word for word in words if any(map(str.isalpha, word))]
    sentences = max(1, sum(bool(part.strip()) for part in _SENTENCE_END.split(text)))
    if len(words) < 20:
        return None
    words_a_sentence = len(words) / sentences
    if language == "en":
        syllables = sum(_syllables(word) for word in words) / len(words)
        return round(max(0.0, 0.39 * words_a_sentence + 11.8 * syllables - 15.59), 1)
    if language in _STOP_WORDS:
        # LIX (Björnsson 1968); a grade by Anderson's table (1983), which is close to a straight line.
        lix = words_a_sentence + 100 * sum(len(word) > 6 for word in words) / len(words)
        return round(min(13.0, max(1.0, (lix - 10) / 4)), 1)
    return None


def detected_language(text: str, *, expected: str) -> str:
    """The language as far as script and the commonest words tell; `expected` decides between those they can't."""
    wanted = _base(expected)
    scripts = Counter(script for script in map(_script, text) if script)
    if not scripts:
        return wanted
    script = scripts.most_common(1)[0][0]
    if {"HIRAGANA", "KATAKANA"} & scripts.keys() and script == "CJK":
        script = "HIRAGANA"
    if script != "LATIN":
        known = _LANGUAGE_OF_SCRIPT.get(script, "und")
        return wanted if wanted in _SHARED_SCRIPTS.get(script, set()) else known
    tokens = Counter(text.casefold().split())
    votes = {language: sum(tokens[word] for word in words) for language, words in _STOP_WORDS.items()}
    if wanted not in votes:
        # A language we have no list for: believed, unless the text is plainly one that we have.
        best = max(votes, key=lambda language: votes[language])
        return best if votes[best] > 0.2 * tokens.total() else wanted
    return max(votes, key=lambda language: (votes[language], language == wanted))


@lru_cache(maxsize=4096)
def _script(character: str) -> str | None:
    if not character.isalpha():
        return None
    return unicodedata.name(character, "UNKNOWN").split()[0]


def _base(language: str) -> str:
    return language.split("-", maxsplit=1)[0].lower()


def _syllables(word: str) -> int:
    """By vowel groups, less a silent final e: right for nine English words in ten, which is enough for an average."""
    letters = word.lower()
    groups = len(_VOWELS.findall(letters))
    if letters.endswith("e") and not letters.endswith(("le", "ee")) and groups > 1:
        groups -= 1
    return max(1, groups)


def _skips(text: str, top_level: int) -> list[str]:
    skipped, level = [], top_level - 1
    for heading in markdown.headings(text):
        if heading.level > level + 1 or heading.level < top_level:
            skipped.append(heading.text)
        level = max(heading.level, top_level)
    return skipped
