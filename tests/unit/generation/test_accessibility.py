"""What is computed from a text, against texts whose figures are known."""

import pytest

from academy.generation import accessibility, markdown
from academy.generation.accessibility import count_words, detected_language, of_texts, reading_grade

HINDI = "हिन्दी भारत की एक प्रमुख भाषा है और इसे देवनागरी लिपि में लिखा जाता है।"


@pytest.mark.parametrize(
    ("text", "words"),
    [("one two  three", 3), ("- a dash - and 3 signs &", 5), (HINDI, 15), ("தமிழ் ஒரு செம்மொழி", 3), ("東京は日本の首都です", 5), ("", 0)],
)
def test_words_are_counted_in_any_script(text: str, words: int) -> None:
    assert count_words(text) == words


@pytest.mark.parametrize(
    ("text", "expected", "language"),
    [
        ("The dough is ready when it has doubled in size, and this takes time.", "en", "en"),
        ("La masa está lista cuando el volumen se ha doblado, y esto es lo que se busca.", "en", "es"),
        (HINDI, "en", "hi"),
        (HINDI, "mr", "mr"),
        ("தமிழ் ஒரு செம்மொழி", "ta", "ta"),
        ("パンを焼くには時間がかかる", "ja", "ja"),
        ("123 456", "fr-CA", "fr"),
        ("Der Teig ist fertig, und das Brot kommt in den Ofen auf dem Stein.", "nl", "de"),
        ("Het deeg moet rusten voordat wij bakken", "nl", "nl"),
    ],
)
def test_language_by_script_and_common_words(text: str, expected: str, language: str) -> None:
    assert detected_language(text, expected=expected) == language


def test_plain_sentences_read_easier_than_a_contract() -> None:
    plain = reading_grade("The cat sat on the mat. It was warm. The sun came in. A dog saw the cat. They were both glad to be there.", "en")
    contract = reading_grade(
        "Notwithstanding any contrary provision of this agreement, the indemnifying organisation shall immediately reimburse "
        "administrative expenditures demonstrably attributable to unauthorised modifications of proprietary documentation.",
        "en",
    )
    assert plain is not None
    assert contract is not None
    assert plain < 3
    assert contract > 16


def test_no_grade_is_invented_where_no_formula_holds() -> None:
    assert reading_grade(HINDI * 5, "hi") is None


def test_headings_that_skip_a_level_are_named() -> None:
    facts = of_texts(["### Fine\n\ntext\n\n##### Skipped\n\n```\n# no heading\n```", "# Too high"], language="en")
    assert facts.skipped_headings == ("Skipped", "Too high")
    assert markdown.Heading(1, "no heading") not in facts.headings


def test_pictures_without_alternative_text_are_counted() -> None:
    facts = of_texts(["![](one.png) ![A loaf](two.png) `![](code.png)`"], language="en")
    assert facts.images_without_alt == 1


def test_reading_time_is_two_hundred_words_a_minute() -> None:
    assert [accessibility.reading_minutes(words) for words in (1, 200, 201, 1000)] == [1, 1, 2, 5]
