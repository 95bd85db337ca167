"""Lists as CSV: who asked for one, and cells that no spreadsheet takes for a formula. And days as people read them."""

import csv
import io
from datetime import date

import pytest

from academy.platform.dates import long_date
from academy.platform.db import UnitOfWork
from academy.platform.http.request import Request
from academy.platform.http.spreadsheet import csv_cell, csv_file, csv_text, wants_csv


def asking(accept: str | None) -> Request:
    work = UnitOfWork(lambda: pytest.fail("no connection is needed"))
    return Request(id="r", work=work, headers={} if accept is None else {"accept": accept}, cookies={}, source_ip="a")


@pytest.mark.parametrize(
    "accept",
    [
        "text/csv",
        " Text/CSV ; charset=utf-8",
        "text/html, text/csv",
        "application/json;q=0.5, text/csv",
        "text/csv; header=present; q=0.9, application/json; q=0.8",
        "text/csv;q=0.1",
        "application/json;q=x, text/csv;q=0.1",
    ],
)
def test_who_prefers_csv_gets_it(accept: str) -> None:
    assert wants_csv(asking(accept))


@pytest.mark.parametrize(
    "accept",
    [
        None,
        "",
        "*/*",
        "application/json",
        "text/csv, application/json",
        "application/json, text/csv",
        "text/csv;q=0.5, application/json;q=0.5",
        "text/csv;q=0",
        "text/csv;q=x",
        "text/csv;q",
        "text/csv;q=0.5, application/json",
        "application/json;q=1, text/csv",
        "text/csv;header=present;q=0.1, application/json;q=0.5",
        "text/html, application/xml;q=0.9",
    ],
)
def test_in_doubt_it_is_json(accept: str | None) -> None:
    assert not wants_csv(asking(accept))


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\tx", "\rx", "\nx", "\n=1"])
def test_what_starts_like_a_formula_is_text(formula: str) -> None:
    assert csv_cell(formula) == f"'{formula}"


@pytest.mark.parametrize(("text", "cell"), [("Asha", "Asha"), ("1-2", "1-2"), ("a=b", "a=b"), ("", ""), (None, ""), (" a", " a")])
def test_and_everything_else_is_as_it_was(text: str | None, cell: str) -> None:
    assert csv_cell(text) == cell


def test_what_is_written_is_read_again() -> None:
    text = csv_text(("name", "size"), [("a,b", 1), ('"ü"\n', None)])

    assert text.startswith("name,size\r\n")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["name", "size"], ["a,b", "1"], ['"ü"\n', ""]]


def test_a_file_is_called_something_and_depends_on_what_was_asked_for() -> None:
    answer = csv_file("a\r\n", "learners")

    assert (answer.status, answer.body, answer.content_type) == (200, "a\r\n", "text/csv; charset=utf-8")
    assert answer.headers == {"Content-Disposition": 'attachment; filename="learners.csv"', "Vary": "Accept"}


def test_a_day_in_words() -> None:
    assert [long_date(date(2026, 1, 2)), long_date(date(2026, 12, 31))] == ["2 January 2026", "31 December 2026"]
