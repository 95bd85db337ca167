"""The connection and the unit of work: trips, transactions, retries, what is lost and what is not."""

import socket
import threading
from contextlib import suppress
from uuid import RFC_4122, UUID

import pytest

from academy.catalog.events import CourseUpdated
from academy.migrations import runner
from academy.platform.db import ConnectionLost, Database, DatabaseBusy, DatabaseFailure, OutcomeUnknown, UnitOfWork, connect, sql
from academy.platform.db.connection import ANSWER_TIMEOUT
from academy.platform.db.driver import InterfaceError
from academy.platform.ids import NEW_ID, uuid7
from tests.conftest import Databases

ONE = sql("select :n::int as n")
ADD = sql("insert into domains (slug, name) values (:slug, 'Test')")
COUNT = sql("select count(*) as n from domains where slug = :slug")
ME = sql("select pg_backend_pid() as pid")


def kill(databases: Databases, pid: int) -> None:
    admin = connect(databases.server.url("postgres"))
    admin.run("select pg_terminate_backend($1::int)", (pid,))
    admin.close()


def test_a_statement_is_one_round_trip_and_begin_rides_with_the_first(db: Database) -> None:
    db.read(lambda work: work.value(ONE, n=1))
    before = db.trips

    db.transact(lambda work: (work.value(ONE, n=1), work.value(ONE, n=2)))

    assert db.trips - before == 3, "begin and first statement, second statement, commit"


def test_a_statement_by_itself_ends_no_transaction(database_url: str) -> None:
    connection = connect(database_url)
    connection.command("begin")

    connection.run("select 1")

    assert connection.in_transaction
    connection.close()


def test_what_comes_last_rides_with_the_commit(db: Database) -> None:
    db.connection()
    before = db.trips

    def job(work: UnitOfWork) -> None:
        work.with_commit(ADD, slug="last")
        assert work.value(COUNT, slug="last") == 0
        work.emit(CourseUpdated(course_id=uuid7(), fields=[]))

    _, work = db.transact(job)

    assert db.trips - before == 2, "begin and the statement; the last one, the event and commit"
    assert db.read(lambda work: work.value(COUNT, slug="last")) == 1
    [event] = work.outgoing
    row = db.read(lambda work: work.first(sql("select id::text, occurred_at from outbox")))
    assert row is not None
    assert (event.id, event.occurred_at) == (row.id, row.occurred_at)


def test_a_last_statement_that_fails_leaves_nothing_and_the_connection_stays_usable(db: Database) -> None:
    def job(work: UnitOfWork) -> None:
        work.execute(ADD, slug="first")
        work.with_commit(ADD, slug="first")
        work.with_commit(ADD, slug="never sent in vain")

    with pytest.raises(DatabaseFailure) as failure:
        db.transact(job)

    assert (failure.value.sqlstate, failure.value.constraint) == ("23505", "pk_domains")
    connection = db.connection()
    assert not connection.in_transaction
    assert db.read(lambda work: work.value(COUNT, slug="first")) == 0


def test_statements_together_are_one_trip_and_see_each_other(db: Database) -> None:
    db.connection()
    before = db.trips

    (added, [counted], [again]), _ = db.at_once(
        lambda work: work.together(ADD.bind(slug="both"), COUNT.bind(slug="both"), COUNT.bind(slug="none"))
    )

    assert db.trips - before == 1
    assert (added, counted.n, again.n) == ([], 1, 0)
    assert db.read(lambda work: work.value(COUNT, slug="both")) == 1


def test_of_statements_together_all_are_done_or_none(db: Database) -> None:
    with pytest.raises(DatabaseFailure) as failure:
        db.at_once(lambda work: work.together(ADD.bind(slug="both"), ADD.bind(slug="both"), COUNT.bind(slug="both")))

    assert failure.value.sqlstate == "23505"
    assert not db.connection().in_transaction
    assert db.read(lambda work: work.value(COUNT, slug="both")) == 0


def test_a_read_opens_no_transaction(db: Database) -> None:
    db.connection()
    before = db.trips

    assert db.read(lambda work: work.value(ONE, n=7)) == 7

    assert db.trips - before == 1


def test_an_error_rolls_everything_back_and_the_connection_stays_usable(db: Database) -> None:
    def job(work: UnitOfWork) -> None:
        work.execute(ADD, slug="half")
        work.value(sql("select 1 / :zero::int"), zero=0)

    with pytest.raises(DatabaseFailure) as failure:
        db.transact(job)

    assert failure.value.sqlstate == "22012"
    assert db.read(lambda work: work.value(COUNT, slug="half")) == 0


def test_what_can_only_be_rolled_back_is_never_said_to_be_committed(db: Database) -> None:
    def job(work: UnitOfWork) -> None:
        work.execute(ADD, slug="swallowed")
        with suppress(DatabaseFailure):
            work.value(sql("select 1 / :zero::int"), zero=0)

    with pytest.raises(DatabaseFailure) as failure:
        db.transact(job)

    assert failure.value.sqlstate == "25P02"
    assert db.read(lambda work: work.value(COUNT, slug="swallowed")) == 0


def test_a_broken_constraint_is_named(db: Database) -> None:
    db.transact(lambda work: work.execute(ADD, slug="twice"))

    with pytest.raises(DatabaseFailure) as failure:
        db.transact(lambda work: work.execute(ADD, slug="twice"))

    assert failure.value.constraint == "pk_domains"


def test_a_killed_connection_before_commit_runs_the_whole_job_once_more(db: Database, databases: Databases) -> None:
    runs = []

    def job(work: UnitOfWork) -> None:
        runs.append(work.value(ME))
        work.execute(ADD, slug="once")
        if len(runs) == 1:
            kill(databases, runs[0])
        work.value(ONE, n=1)

    db.transact(job)

    assert len(runs) == 2
    assert db.read(lambda work: work.value(COUNT, slug="once")) == 1


def test_a_connection_killed_twice_is_reported_and_the_next_request_works(db: Database, databases: Databases) -> None:
    def job(work: UnitOfWork) -> None:
        kill(databases, work.value(ME))
        work.execute(ADD, slug="never")

    with pytest.raises(ConnectionLost):
        db.transact(job)

    assert db.read(lambda work: work.value(COUNT, slug="never")) == 0


def test_a_lost_answer_to_a_write_that_commits_by_itself_is_never_repeated(db: Database, databases: Databases) -> None:
    runs = []

    def job(work: UnitOfWork) -> None:
        runs.append(1)
        kill(databases, work.value(ME))
        work.execute(ADD, slug="unknown")

    with pytest.raises(OutcomeUnknown):
        db.at_once(job)

    assert runs == [1]


def test_what_went_wrong_is_told_where_not_even_the_rollback_arrives(db: Database, databases: Databases) -> None:
    def job(work: UnitOfWork) -> None:
        work.execute(ADD, slug="unknown")
        kill(databases, work.value(ME))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        db.transact(job)

    assert db.read(lambda work: work.value(COUNT, slug="unknown")) == 0


def test_a_lost_answer_to_commit_is_never_repeated(db: Database, databases: Databases) -> None:
    runs = []

    def job(work: UnitOfWork) -> None:
        runs.append(1)
        work.execute(ADD, slug="unknown")
        pid = work.value(ME)
        commit = work.commit

        def killed_commit() -> None:
            kill(databases, pid)
            commit()

        work.commit = killed_commit  # type: ignore[method-assign]

    with pytest.raises(OutcomeUnknown):
        db.transact(job)

    assert runs == [1]


def test_a_deadlock_is_tried_again(database_url: str, databases: Databases, database_name: str) -> None:
    owner = connect(databases.owner_url(database_name))
    owner.command("insert into domains (slug, name) values ('a', '0'), ('b', '0')")
    owner.close()
    add = sql("update domains set name = (name::int + 1)::text where slug = :slug")
    barrier = threading.Barrier(2, timeout=60)
    attempts: list[str] = []

    def run(first: str, second: str) -> None:
        db = Database(database_url)

        def job(work: UnitOfWork) -> None:
            attempts.append(first)
            work.execute(add, slug=first)
            if len(attempts) <= 2:
                barrier.wait()
            work.execute(add, slug=second)

        db.transact(job)
        db.discard()

    threads = [threading.Thread(target=run, args=pair) for pair in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    db = Database(database_url)
    values = db.read(lambda work: [row.name for row in work.rows(sql("select name from domains where slug in ('a', 'b')"))])
    db.discard()
    assert values == ["2", "2"]
    assert len(attempts) > 2, "the victim ran again; and once more where it took its row before the other awoke"


def test_the_application_may_change_rows_but_not_the_schema_nor_the_audit_log(
    db: Database, databases: Databases, database_name: str
) -> None:
    owner = connect(databases.owner_url(database_name))
    owner.command("insert into audit_log (id, action, target_type, target_id) values (gen_random_uuid(), 'a.b', 'a', '1')")

    for statement in ("create table mine (id int)", "update audit_log set action = 'x'", "delete from audit_log", "truncate audit_log"):
        with pytest.raises(DatabaseFailure) as failure:
            db.transact(lambda work, statement=statement: work.execute(sql(statement)))  # type: ignore[misc]
        assert failure.value.sqlstate == "42501"

    for statement in ("update audit_log set action = 'x'", "delete from audit_log"):
        with pytest.raises(DatabaseFailure, match="only grows"):
            owner.run(statement)
    owner.close()


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("53100", DatabaseBusy),
        ("53200", DatabaseBusy),
        ("57014", DatabaseBusy),
        ("55P03", DatabaseBusy),
        ("57P01", ConnectionLost),
        ("25006", ConnectionLost),
        ("22012", DatabaseFailure),
        ("55000", DatabaseFailure),
    ],
)
def test_what_the_server_says_is_told_by_what_can_be_done_about_it(database_url: str, code: str, told: type[Exception]) -> None:
    connection = connect(database_url)

    with pytest.raises(Exception, match="so it is") as raised:
        connection.command(f"do $$ begin raise exception 'so it is' using errcode = '{code}'; end $$")

    assert type(raised.value) is told
    connection.close()


def test_a_connection_is_waited_for_so_long_and_closed_even_where_it_broke(database_url: str) -> None:
    connection = connect(database_url)
    stream, line = connection._sock, connection._usock
    assert line.gettimeout() == ANSWER_TIMEOUT
    assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    stream.write(b"half a message")
    line.shutdown(socket.SHUT_RDWR)

    with pytest.raises((OSError, InterfaceError)):
        connection.close()

    assert line.fileno() == -1


def test_a_database_that_refuses_us_says_why(databases: Databases) -> None:
    with pytest.raises(ConnectionLost, match=r'^database "nowhere" does not exist$') as lost:
        connect(databases.server.url("nowhere"))

    assert lost.value.again is False


def test_a_database_that_is_gone_is_a_lost_connection() -> None:
    with pytest.raises(ConnectionLost):
        Database("postgresql://academy_app@127.0.0.1:1/none?sslmode=disable").read(lambda work: work.value(ONE, n=1))


def test_roles_are_prepared_twice_without_harm(databases: Databases) -> None:
    runner.prepare(databases.server.url("academy_template"))


def test_ids_made_by_the_database_are_like_ours(db: Database) -> None:
    before = uuid7()
    made = [UUID(row.id) for row in db.read(lambda work: work.rows(sql(f"select ({NEW_ID})::text as id from generate_series(1, 50)")))]
    after = uuid7()

    assert before < made[0] <= made[-1] < after
    assert [(each.version, each.variant) for each in made] == [(7, RFC_4122)] * 50
    assert [each.int >> 64 for each in made] == sorted(each.int >> 64 for each in made)
    assert len({each.int & (1 << 62) - 1 for each in made}) == 50
