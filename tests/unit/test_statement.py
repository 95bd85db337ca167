"""Named parameters become numbered ones, and nothing else is touched."""

import pytest

from academy.platform.db import nearest, sql


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
    with pytest.raises(TypeError, match=r"\['b'\]"):
        sql("select :a").values({"a": 1, "b": 2})


def test_an_optional_part_goes_with_its_parameters() -> None:
    statement = sql("select from t where a = :a [? and b > (:b, :c::int) ?] [? and ':no' = :d ?]")

    everything = {"a": 1, "b": 2, "c": 3, "d": 4}
    without = {"a": 1, "b": None, "c": 3, "d": 4}

    assert statement.asked_with(everything).text == "select from t where a = $1  and b > ($2, $3::int)   and ':no' = $4"
    assert statement.asked_with(without).text == "select from t where a = $1   and ':no' = $2"
    assert statement.asked_with(without).values(without) == (1, 4)
    assert statement.asked_with(without) is statement.asked_with(without)


def test_of_a_page_one_row_more_is_read_than_the_longest_has() -> None:
    statement = sql(nearest("select id from t order by id"))

    asked = statement.asked_with({"offset": None, "limit": 20})
    assert asked.text == "select * from (select id from t order by id limit 101 ) as near limit $1::int + 1"
    assert "offset $1::int" in statement.asked_with({"offset": 40, "limit": 20}).text


def test_what_an_optional_part_takes_must_be_given_and_nothing_else() -> None:
    statement = sql("select :a [? , :b ?]")

    with pytest.raises(KeyError):
        statement.asked_with({"a": 1})
    with pytest.raises(TypeError):
        statement.asked_with({"a": 1, "b": None}).values({"a": 1, "b": None, "c": 2})
