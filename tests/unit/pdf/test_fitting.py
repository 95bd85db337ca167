"""Whatever stands in a name, it stays in its room, as large as it can be."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy.certificates.drawing import COURSE, INSTRUCTOR, LEARNER
from academy.platform.pdf.fitting import Room, fit, flow
from academy.platform.pdf.shaping import FontBook, Role

from .conftest import FONTS

BOOK = FontBook(FONTS)


def test_a_short_name_has_the_size_meant_for_it(fonts: FontBook) -> None:
    block = fit("Asha Rao", Role.DISPLAY, LEARNER, fonts)
    assert len(block.lines) == 1
    assert block.size == LEARNER.size


def test_a_longer_name_shrinks_a_little_before_it_is_broken(fonts: FontBook) -> None:
    block = fit("Venkata Satya Subrahmanya Rao", Role.DISPLAY, LEARNER, fonts)
    assert len(block.lines) == 1
    assert LEARNER.size * LEARNER.shrink_first <= block.size < LEARNER.size


def test_a_long_name_is_broken_at_a_space_into_two_even_lines(fonts: FontBook) -> None:
    name = "Venkata Satya Subrahmanya Lakshmi Narasimha Rajeshwara Prasad Sarma"
    block = fit(name, Role.DISPLAY, LEARNER, fonts)
    words = [" ".join(run.text for run in line.runs) for line in block.lines]
    assert " ".join(words) == name
    assert len(block.lines) == 2
    assert 0.7 < block.lines[0].width / block.lines[1].width < 1.4


def test_a_title_of_the_greatest_length_is_still_read_without_a_glass(fonts: FontBook) -> None:
    title = ("Designing and Operating Highly Available Distributed Systems: " * 4)[:200].strip()
    assert fit(title, Role.DISPLAY, COURSE, fonts).size >= 10


def test_one_endless_word_is_cut(fonts: FontBook) -> None:
    block = fit("W" * 120, Role.DISPLAY, LEARNER, fonts)
    assert len(block.lines) == 2
    assert block.lines[0].width == pytest.approx(block.lines[1].width)


def test_an_empty_text_is_an_empty_line(fonts: FontBook) -> None:
    assert fit(" \n", Role.DISPLAY, LEARNER, fonts).width == 0


LETTERS = st.sampled_from("aWgǺ̈ṣкШكلا्َّषकीশ্রীஸ்ரீశ్రీಕೃ്ണક્ષਗੁଷ୍ଟ 0-(),.你\u202e\u200d")


@settings(max_examples=150, deadline=None)
@given(text=st.text(LETTERS, max_size=200), room=st.sampled_from([LEARNER, COURSE, INSTRUCTOR]))
def test_nothing_leaves_its_room(text: str, room: Room) -> None:
    block = fit(text, Role.DISPLAY, room, BOOK)

    assert block.width <= room.width * 1.0001
    assert block.height <= room.height * 1.0001
    assert block.size <= room.size
    for line, baseline in zip(block.lines, block.baselines, strict=True):
        assert baseline - line.top * block.size >= -0.001, "ink above the block"
        assert baseline - line.bottom * block.size <= block.height + 0.001, "ink below the block"
    for line, above in zip(block.lines[1:], block.lines, strict=False):
        gap = block.baselines[1] - block.baselines[0] - (line.top - above.bottom) * block.size
        assert gap >= 0, "two lines touch"


def test_a_column_is_filled_line_by_line(fonts: FontBook) -> None:
    block = flow("Designing and Operating Distributed Systems", Role.TEXT, width=110, height=60, size=9, fonts=fonts)
    assert [" ".join(run.text for run in line.runs) for line in block.lines] == ["Designing and Operating", "Distributed Systems"]
    assert block.size == 9


def test_what_is_too_high_for_its_column_is_set_smaller(fonts: FontBook) -> None:
    block = flow("Designing and Operating Distributed Systems " * 5, Role.TEXT, width=110, height=60, size=9, fonts=fonts)
    assert len(block.lines) > 5
    assert 4.5 <= block.size < 9


def test_an_empty_column_is_an_empty_line(fonts: FontBook) -> None:
    assert flow("", Role.TEXT, width=110, height=60, size=9, fonts=fonts).width == 0


@settings(max_examples=60, deadline=None)
@given(text=st.text(LETTERS, max_size=120))
def test_nothing_leaves_its_column(text: str) -> None:
    block = flow(text, Role.TEXT, width=90, height=40, size=9, fonts=BOOK)
    assert block.width <= 90 * 1.0001
    assert block.height <= 40 * 1.0001
    assert block.size <= 9
