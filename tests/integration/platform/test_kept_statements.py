"""A statement is parsed once per connection, and what happens when the server no longer has what was kept."""

import pytest

from academy.platform.db import Bound, Database, DatabaseFailure, connect, sql
from academy.platform.db.connection import STATEMENTS_KEPT, OneTripConnection
from tests.conftest import Databases


def _names(connection: OneTripConnection) -> list[str]:
    return [row[0] for row in connection.run("select statement from pg_prepared_statements order by prepare_time").rows]


def test_the_same_statement_is_prepared_once_and_answers_by_its_parameters(database_url: str) -> None:
    connection = connect(database_url)

    answers = [connection.run("select $1::int + 1 as next", (n,)).rows for n in range(10)]

    assert answers == [[[n + 1]] for n in range(10)]
    assert _names(connection).count("select $1::int + 1 as next") == 1
    assert connection.run("select $1::int + 1 as next", (1,)).columns[0]["name"] == "next"
    connection.close()


def test_a_statement_that_failed_on_its_values_stays_prepared(database_url: str) -> None:
    connection = connect(database_url)

    for _ in range(3):
        with pytest.raises(DatabaseFailure, match="division by zero"):
            connection.run("select 1 / $1::int", (0,))

    assert _names(connection).count("select 1 / $1::int") == 1
    assert connection.run("select 1 / $1::int", (1,)).rows == [[1]]
    connection.close()


def test_a_statement_that_could_not_be_parsed_is_not_taken_for_prepared(database_url: str) -> None:
    connection = connect(database_url)

    for _ in range(2):
        with pytest.raises(DatabaseFailure, match='relation "nowhere" does not exist'):
            connection.run("select * from nowhere where id = $1", (1,))

    assert _names(connection) == ["select statement from pg_prepared_statements order by prepare_time"]
    connection.close()


def test_statements_of_one_trip_are_kept_each_once_and_one_that_was_never_reached_is_not(database_url: str) -> None:
    connection = connect(database_url)
    once, never = Bound("select $1::int as once", (1,)), Bound("select $1::int as never", (2,))
    failing = Bound("select 1 / $1::int as failing", (0,))

    twice = connection.run_all([once, once], begin=True, commit=True)
    with pytest.raises(DatabaseFailure, match="division by zero"):
        connection.run_all([failing, never], begin=True, commit=True)

    assert [(each.columns[0]["name"], each.rows) for each in twice] == [("once", [[1]]), ("once", [[1]])]
    assert _names(connection)[:2] == [once.text, failing.text]
    assert connection.run(*never).rows == [[2]]
    assert connection.run(*once).rows == [[1]]
    connection.close()


def test_beyond_what_is_kept_statements_go_without_a_name(database_url: str) -> None:
    connection = connect(database_url)

    for _ in range(2):
        for n in range(STATEMENTS_KEPT + 20):
            assert connection.run(f"select {n}, $1::int", (n,)).rows == [[n, n]]

    assert connection.run("select count(*) from pg_prepared_statements").rows == [[STATEMENTS_KEPT]]
    connection.close()


def test_a_migration_beside_open_connections_costs_nobody_an_error(db: Database, databases: Databases, database_name: str) -> None:
    every, add = sql("select * from domains where slug = :slug"), sql("insert into domains (slug, name) values (:slug, 'Name') returning *")
    db.transact(lambda work: work.rows(add, slug="first"))
    before = db.read(lambda work: work.first(every, slug="first"))

    owner = connect(databases.owner_url(database_name))
    owner.command("alter table domains add column motto text")
    owner.close()

    after = db.read(lambda work: work.first(every, slug="first"))
    assert before is not None
    assert after is not None
    assert after.as_dict() == before.as_dict() | {"motto": None}
    added, _ = db.transact(lambda work: work.first(add, slug="second"))
    assert added is not None
    assert added.motto is None


def test_a_session_that_was_reset_prepares_anew(db: Database) -> None:
    one = sql("select :n::int as n")
    assert db.read(lambda work: work.value(one, n=1)) == 1
    db.connection().command("deallocate all")

    assert db.read(lambda work: work.value(one, n=2)) == 2
    db.connection().command("deallocate all")
    assert db.transact(lambda work: work.value(one, n=3))[0] == 3
