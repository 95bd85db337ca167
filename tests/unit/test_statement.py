"""Named parameters become numbered ones, and nothing else is touched."""

import pytest

from academy.platform.db import sql


def test_a_name_used_twice_is_one_parameter() -> None:
    statement = sql("select :a, :b, :a::int")

    assert statement.text == "select $1, $2, $1::int"
    assert statement.values({"b": 2, "a": 1}) == (1, 2)


def test_casts_text_and_comments_are_left_alone() -> None:
    statement = sql("select ':no', x::text -- :not here\n, /* :nor here */ :yes")

    assert statement.names == ("yes",)
    assert "x::text" in statement.text


def test_a_missing_or_unknown_parameter_is_refused() -> None:
    with pytest.raises(KeyError):
        sql("select :a").values({"b": 1})
    with pytest.raises(TypeError):
        sql("select :a").values({"a": 1, "b": 2})
