"""Passages: nothing is lost, nothing is too long, and a quote is found where it stands."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.generation.sources import PASSAGE_CHARACTERS, Passage, is_quoted_from, split
from tests.unit.generation.factories import SOURCE


def test_paragraphs_become_numbered_passages_with_their_places() -> None:
    first, *_, last = split("First paragraph, " + "long enough to stand alone. " * 10 + "\n\n" + SOURCE[:300])
    assert first.number == 1
    assert first.text.startswith("First paragraph")
    assert last.number == len(split("First paragraph, " + "long enough to stand alone. " * 10 + "\n\n" + SOURCE[:300]))


def test_a_heading_is_read_together_with_what_follows() -> None:
    passages = split("Yeast\n\nWild yeast lives on the skin of the grain and in the air of the kitchen.")
    assert [passage.text.splitlines()[0] for passage in passages] == ["Yeast"]


@given(st.text(alphabet="ab .!?\n\t।。é", max_size=4000))
def test_every_word_of_a_source_is_in_exactly_one_passage(source: str) -> None:
    passages = split(source)
    assert "".join("".join(passage.text.split()) for passage in passages) == "".join(source.split())
    assert [passage.number for passage in passages] == list(range(1, len(passages) + 1))
    for passage in passages:
        assert source[passage.start : passage.end] == passage.text
        assert len(passage.text) <= PASSAGE_CHARACTERS


@pytest.mark.parametrize(
    "hostile", ["a" * 200_000, "a\n" + " " * 200_000 + "b", "\n" * 200_000, "a. " * 66_000, ("x" + "\n " * 50) * 2_000]
)
def test_a_hostile_source_is_split_in_little_time(hostile: str) -> None:
    started = time.perf_counter()
    split(hostile)
    assert time.perf_counter() - started < 2


PASSAGE = Passage(number=1, start=0, end=0, text="The starter “doubles” within six\nhours — and then it’s ready to bake with.")


@pytest.mark.parametrize(
    "quote",
    [
        "doubles” within six hours",
        'The starter "doubles" within six hours - and then it\'s ready',
        "the starter … ready to bake with",
        "The starter [...] ready to bake with.",
    ],
)
def test_a_quote_is_recognised_through_typography(quote: str) -> None:
    assert is_quoted_from(quote, PASSAGE)


@pytest.mark.parametrize("quote", ["triples within six hours", "ready to bake with … The starter", "...", "[...] . ..."])
def test_what_does_not_stand_there_is_no_quote(quote: str) -> None:
    assert not is_quoted_from(quote, PASSAGE)
