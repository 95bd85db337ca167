"""The bench's month of payments: rows as the product would have left them, and all that is measured on it can be asked. No test looks at a clock."""

import json
from collections.abc import Iterator

import pytest

from academy.platform.db import connect
from tests.bench import month, payments
from tests.bench.payments import Till
from tests.bench.report import Report
from tests.bench.till import tell
from tests.conftest import Databases
from tests.issuer import Issuer

PAYMENTS = 2_500


@pytest.fixture(scope="module")
def till(databases: Databases, issuer: Issuer, environment: None) -> Iterator[Till]:
    name = databases.copy()
    month.seed(databases.server.url(name), PAYMENTS, say=lambda _: None)
    with pytest.MonkeyPatch.context() as patch, payments.opened(databases.app_url(name), PAYMENTS, issuer, patch) as till:
        patch.setattr(payments, "BUYERS", 3)
        patch.setattr(payments, "WARM", 1)
        patch.setattr(payments, "SAMPLES", 1)
        yield till
    databases.drop(name)


def test_every_row_is_of_something_that_is_there(till: Till, databases: Databases) -> None:
    """It is written past the foreign keys: each is asked here."""
    connection = connect(databases.server.url(till.value("select current_database()")))
    keys = connection.run("""
        select c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text, f.attname from pg_constraint c
        join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1] join pg_attribute f on f.attrelid = c.confrelid and f.attnum = c.confkey[1]
        where c.contype = 'f' and c.connamespace = 'public'::regnamespace
    """).rows
    orphans = {
        (table, column): connection.run(
            f"select count(*) from {table} t where t.{column} is not null and not exists (select from {other} o where o.{key} = t.{column})"
        ).rows[0][0]
        for table, column, other, key in keys
    }
    connection.close()

    assert len(orphans) > 50
    assert not {key: number for key, number in orphans.items() if number}


def test_its_books_are_right(till: Till) -> None:
    found = payments.night(till).found

    assert found.pop("checked") > 4 * PAYMENTS
    assert not any(found.values()), found
    assert till.value("select count(*) from payments") == PAYMENTS
    assert till.value("select count(*) from ledger_entries where kind = 'refund'") > PAYMENTS // 25


def test_all_of_it_is_measured_and_told(till: Till) -> None:
    report = Report("small")

    tell(till, report)

    told = json.loads(report.as_json())
    assert [(act["trips"], act["calls"]) for act in told["buying"]] == [(4, 1), (4, 1), (1, 0)]
    sales = till.value(
        "select count(*) from orders o join users u on u.id = o.instructor_id where u.sub = $1 and o.paid_at is not null", month.TEACHER % 0
    )
    assert f"payouts of {sales} sales" in {each["name"] for each in told["reads"]}
    assert all(each["times"]["samples"] for each in (*told["reads"], *told["reconciling"]))
    assert [
        goal["what"] for goal in told["goals"] if goal["verdict"] == "pass" and ("trips" in goal["what"] or "books" in goal["what"])
    ] == [
        "order, trips",
        "verify, trips",
        "a message of the vendor, trips",
        "the nightly check of the books, a month",
    ]
