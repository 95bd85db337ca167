"""Names in every script that the academy writes are shaped, none of them as boxes, and the text stays what it was."""

import unicodedata

import pytest

from academy.platform.pdf.shaping import FontBook, Role, clean, cluster_points, missing, shape

NAMES = {
    "Latin": "Kṛṣṇa Śāstrī Đặng Thị Hương Łukasz Çelik Þóra Nuñez",
    "Greek": "Ελένη Παπαδοπούλου",
    "Cyrillic": "Наталія Їжакевич",
    "Devanagari": "अश्विनी कृष्णमूर्ति क्षत्रिय ज्ञानेश्वर।",
    "Bengali": "শ্রীমতী অপর্ণা বন্দ্যোপাধ্যায়",
    "Tamil": "ஸ்ரீநிவாசன் இராமகிருஷ்ணன்",
    "Telugu": "శ్రీకృష్ణ వేంకటేశ్వర్లు",
    "Kannada": "ಶ್ರೀನಿವಾಸ ಕೃಷ್ಣಮೂರ್ತಿ",
    "Malayalam": "ശ്രീലക്ഷ്മി ഉണ്ണിക്കൃഷ്ണൻ",
    "Gujarati": "કૃષ્ણકાંત ત્રિવેદી",
    "Gurmukhi": "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ",
    "Odia": "ଶ୍ରୀକୃଷ୍ଣ ପଟ୍ଟନାୟକ",
    "Arabic": "محمد عبد الله الرَّحْمٰن",
    "Urdu": "ٹیپو گُل پَرویز چوہدری",
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("script", NAMES)
def test_every_letter_has_a_glyph(script: str, role: Role, fonts: FontBook) -> None:
    line = shape(clean(NAMES[script]), role, fonts)

    assert missing(NAMES[script], role, fonts) == ""
    assert all(glyph.id != 0 for run in line.runs for glyph in run.glyphs)
    assert line.width > 0


@pytest.mark.parametrize(
    "conjunct",
    ["क्ष", "ज्ञ", "ক্ষ", "ஸ்ரீ", "ക്ഷ", "ક્ષ"],
)
def test_conjuncts_are_one_glyph(conjunct: str, fonts: FontBook) -> None:
    (run,) = shape(conjunct, Role.DISPLAY, fonts).runs
    assert len(run.glyphs) == 1


def test_a_vowel_sign_is_drawn_before_the_consonant_it_is_written_after(fonts: FontBook) -> None:
    (ki,) = shape("कि", Role.DISPLAY, fonts).runs
    (ka,) = shape("क", Role.DISPLAY, fonts).runs
    assert ki.glyphs[-1].id == ka.glyphs[0].id
    assert ki.glyphs[-1].x > 0


def test_arabic_letters_take_the_form_of_their_place(fonts: FontBook) -> None:
    (word,) = shape("ححح", Role.DISPLAY, fonts).runs
    (letter,) = shape("ح", Role.DISPLAY, fonts).runs
    assert word.right_to_left
    assert len({glyph.id for glyph in word.glyphs} - {glyph.id for glyph in letter.glyphs}) == 3


def test_runs_hold_the_whole_text_in_logical_order_each_in_one_script(fonts: FontBook) -> None:
    text = "Dr. अश्विनी (Kṛṣṇa) ஸ்ரீநிவாசன், 2nd"
    assert "".join(run.text for run in shape(text, Role.TEXT, fonts).runs) == text


def test_what_no_font_has_is_reported(fonts: FontBook) -> None:
    assert missing("Li 你好 🎓 你", Role.DISPLAY, fonts) == "你好🎓"


def test_clean_leaves_one_composed_line_that_cannot_turn_the_words_around_it() -> None:
    assert clean(" A\u030as\u0327a \n\t Rao\u00a0 ") == "Åşa Rao"
    assert clean("\u202eevil\u202c \u2066x\u2069 \ufeff\u00ad\x00\x07\u200f!") == "evil x !"
    assert clean("\ud800Asha\ufe0f") == "Asha"
    assert clean("क्\u200dष") == "क्\u200dष", "the joiners of Indic scripts stay: they change what is seen"


def test_a_word_is_only_cut_between_what_a_reader_takes_for_letters() -> None:
    for name in NAMES.values():
        for point in cluster_points(name):
            assert not unicodedata.category(name[point]).startswith("M")
    assert cluster_points("क्षि") == []
    assert cluster_points("ab") == [1]
