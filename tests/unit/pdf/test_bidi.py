"""Arabic and Latin on one line stand in the order in which their readers expect them."""

import pytest

from academy.platform.pdf.bidi import base_level, levels, visual_order


def displayed(text: str) -> str:
    """The characters from left to right, brackets not yet turned."""
    return "".join(text[index] for index in visual_order(levels(text, base=base_level(text))))


@pytest.mark.parametrize(
    ("text", "level"),
    [("Asha", 0), ("محمد", 1), ("123 محمد", 1), ("(Asha) محمد", 0), ("अश्विनी", 0), ("", 0), ("123 …", 0), ("שלום", 1)],
)
def test_the_line_goes_the_way_of_its_first_letter(text: str, level: int) -> None:
    assert base_level(text) == level


@pytest.mark.parametrize(
    ("logical", "visual"),
    [
        ("plain text 101", "plain text 101"),
        ("אבג", "גבא"),
        ("Ali אבג Khan", "Ali גבא Khan"),
        ("אבג abc דהו", "והד abc גבא"),
        ("אבג 123 דהו", "והד 123 גבא"),
        ("Ali (אבג) Khan", "Ali (גבא) Khan"),
        ("Ali אבג 12 Khan", "Ali 12 גבא Khan"),
        # The closing bracket stands left of its text in a line that runs right to left: the pair stays one.
        ("אבג (abc) 101", "101 )abc( גבא"),
        ("אבג (abc", "abc( גבא"),
        ("אבג 1,500.75 %", "% 1,500.75 גבא"),
        ("אבג -5", "5- גבא"),
    ],
)
def test_runs_are_ordered_as_unicode_says(logical: str, visual: str) -> None:
    assert displayed(logical) == visual


def test_marks_go_with_the_letter_they_are_on() -> None:
    assert levels("a\u0301\u05d0\u05b8", base=0) == [0, 0, 1, 1]
