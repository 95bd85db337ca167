"""The database asleep, full, a reader after a fail-over, crowded, slow, silent, gone: what a caller is told, and what is tried again."""

from collections.abc import Callable, Iterator

import pytest

from academy.migrations import runner
from academy.platform import housekeeping
from academy.platform.db import ConnectionLost, Database, DatabaseBusy, UnitOfWork, connect, sql
from academy.platform.http import edge
from infra.local.postgres import Server, temporary_server
from tests.api import Client, Reply
from tests.conftest import CACHE, Databases, migrated
from tests.factories import Factory
from tests.failure.sockets import nobody, postgres_refusing, silence, switch

At = Callable[[str], Database]
SLOW = sql("select pg_sleep(60)")


def told_to_come_back(reply: Reply) -> None:
    """The contract's 503: when to try again, and nothing about why."""
    assert (reply.status, reply.code) == (503, "TEMPORARILY_UNAVAILABLE")
    assert 1 <= int(reply.headers["Retry-After"]) <= 60
    assert not [word for word in ("postgres", "connection", "SQL", "127.0.0.1") if word in reply.text]


def asks_nobody(user: str = "academy_app") -> str:
    return f"postgresql://{user}@127.0.0.1:%d/academy?sslmode=disable"


def test_a_database_that_refuses_is_503_at_once(client: Client, at: At) -> None:
    with nobody() as port:
        at(asks_nobody() % port)
        told_to_come_back(client.get("/courses"))
        assert client.get("/health").status == 200, "what needs no database works without it"


@pytest.mark.parametrize("code", ["57P03", "53300"], ids=["starting up", "too many connections"])
def test_a_database_that_lets_nobody_in_is_asked_once_a_request(client: Client, at: At, code: str) -> None:
    with postgres_refusing(code) as calls:
        at(asks_nobody() % calls.port)
        told_to_come_back(client.get("/courses"))
    assert calls.seen == ["connection"], "a second try at once finds the same"


def test_a_database_that_wakes_up_does_not_keep_the_caller_waiting(client: Client, at: At, impatient: None) -> None:
    """A resuming Aurora takes the connection and says nothing for a quarter of a minute."""
    with silence() as calls:
        at(asks_nobody() % calls.port)
        told_to_come_back(client.get("/courses"))
    assert calls.seen == ["connection"], "asking again at once would take as long again"


def test_when_it_is_awake_the_same_process_goes_on(
    client: Client, at: At, databases: Databases, database_name: str, impatient: None
) -> None:
    with silence() as asleep, switch(asleep.port) as name:
        at(databases.app_url(database_name).replace(f":{databases.server.port}/", f":{name.port}/"))
        told_to_come_back(client.get("/courses"))
        name.target = databases.server.port
        assert client.get("/courses").status == 200


def test_a_connection_that_falls_silent_is_left_and_not_asked_again(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    db.connection()._usock.settimeout(0.2)
    runs: list[int] = []

    def job(work: UnitOfWork) -> None:
        runs.append(1)
        work.execute(SLOW)

    with pytest.raises(ConnectionLost) as lost:
        db.transact(job)

    assert (runs, lost.value.again) == ([1], False)
    assert db.read(lambda work: work.value(sql("select 1"))) == 1, "the next one gets a connection of its own"


def refusing_writes(make: Factory, code: str) -> None:
    """What a full disk looks like from here: the server's own error, at the statement that would write."""
    make.execute(
        f"create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no' using errcode = '{code}'; end $$"
    )
    make.execute("create trigger refuse before insert on enrollments for each row execute function refuse()")


@pytest.mark.parametrize("code", ["53100", "53200", "53400"], ids=["disk full", "out of memory", "temporary files"])
def test_a_full_database_is_503_and_nothing_is_half_done(client: Client, make: Factory, code: str) -> None:
    student, course = make.user(), make.course(make.user("instructor"))
    refusing_writes(make, code)

    told_to_come_back(client.post(f"/courses/{course['id']}/enroll", user=student))

    assert make.value("select count(*) from outbox") == 0
    assert make.value("select count(*) from audit_log") == 0
    assert client.get("/courses").status == 200, "reading goes on, on the same connection"


def test_a_statement_that_takes_too_long_is_cut_off_by_the_server(
    client: Client, make: Factory, databases: Databases, database_name: str
) -> None:
    student, course = make.user(), make.course(make.user("instructor"))
    set_for(databases, database_name, "statement_timeout", "300ms")
    make.execute("create function dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return new; end $$")
    make.execute("create trigger dawdle before insert on enrollments for each row execute function dawdle()")

    told_to_come_back(client.post(f"/courses/{course['id']}/enroll", user=student))

    assert make.value("select count(*) from enrollments") == 0


def test_a_lock_that_is_held_too_long_is_503(client: Client, make: Factory, databases: Databases, database_name: str) -> None:
    student, course = make.user(), make.course(make.user("instructor"))
    set_for(databases, database_name, "lock_timeout", "200ms")
    holder = connect(databases.owner_url(database_name))
    holder.command("begin")
    holder.command("lock table enrollments in access exclusive mode")

    told_to_come_back(client.post(f"/courses/{course['id']}/enroll", user=student))

    holder.command("rollback")
    holder.close()
    assert client.post(f"/courses/{course['id']}/enroll", user=student).status == 201


def set_for(databases: Databases, name: str, setting: str, value: str) -> None:
    admin = connect(databases.server.url(name))
    admin.command(f"alter role {runner.APP} in database {name} set {setting} = '{value}'")
    admin.close()


def test_busy_is_an_error_of_its_own_so_that_a_state_machine_can_name_it(db: Database, make: Factory) -> None:
    refusing_writes(make, "53100")
    teacher = make.user("instructor")
    course, student = make.course(teacher), make.user()
    add = sql("insert into enrollments (id, user_id, course_id, source) values (gen_random_uuid(), :user::uuid, :course::uuid, 'free')")

    with pytest.raises(DatabaseBusy):
        db.transact(lambda work: work.execute(add, user=student["id"], course=course["id"]))


def test_more_connections_than_there_may_be_are_503_until_one_is_free(
    client: Client, db: Database, databases: Databases, database_name: str
) -> None:
    db.discard()
    admin = connect(databases.server.url("postgres"))
    admin.command(f"alter database {database_name} connection limit 0")
    told_to_come_back(client.get("/courses"))
    admin.command(f"alter database {database_name} connection limit -1")
    admin.close()
    assert client.get("/courses").status == 200


def test_a_request_that_is_late_begins_nothing_more(client: Client, make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several slow statements, each below its own limit: the caller still hears of it before the gateway loses its patience."""
    student, course = make.user(), make.course(make.user("instructor"))
    monkeypatch.setattr(edge, "DEADLINE", -1.0)
    told_to_come_back(client.post(f"/courses/{course['id']}/enroll", user=student))
    assert make.value("select count(*) from enrollments") == 0
    monkeypatch.undo()


def test_a_schema_that_is_older_than_the_code_is_503_not_500(client: Client, make: Factory) -> None:
    """Between a deployment and its migration, for the routes that need what the migration brings."""
    student = make.user()
    make.execute("alter table certificates rename to certificates_of_the_next_release")
    told_to_come_back(client.get("/certificates", user=student))
    make.execute("alter table certificates_of_the_next_release rename to certificates")
    assert client.get("/certificates", user=student).status == 200


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Server, Server, Databases]]:
    """The writer of before, which has become a reader, and the writer of now."""
    with temporary_server(CACHE) as reader, temporary_server(CACHE) as writer:
        migrated(reader)
        now = migrated(writer)
        reader.stop()
        (reader.data / "standby.signal").touch()
        reader.start()
        yield reader, writer, now


def test_after_a_fail_over_the_request_finds_the_new_writer(client: Client, at: At, pair: tuple[Server, Server, Databases]) -> None:
    """A standby on the open connection: it can only read. The connection is dropped, the name leads to the writer now, the work is done once."""
    reader, writer, now = pair
    with switch(reader.port) as name:
        db = at(now.app_url(now.template).replace(f":{writer.port}/", f":{name.port}/"))
        assert db.read(lambda work: work.value(sql("select pg_is_in_recovery()"))) is True
        name.target = writer.port

        assert client.get("/courses").status == 200

        assert name.targets == [reader.port, writer.port]
        assert db.read(lambda work: work.value(sql("select pg_is_in_recovery()"))) is False


@pytest.mark.parametrize(
    "write",
    ["insert into domains (slug, name) values ('x', 'x')", "insert into rate_counters values ('x', now(), 1)"],
    ids=["a table", "an unlogged table, which a reader can't even look at"],
)
def test_a_reader_is_left_whatever_it_calls_its_refusal(at: At, pair: tuple[Server, Server, Databases], write: str) -> None:
    reader, writer, now = pair
    db = at(now.app_url(now.template).replace(f":{writer.port}/", f":{reader.port}/"))
    before = db.connection()

    with pytest.raises(ConnectionLost):
        db.transact(lambda work: work.execute(sql(write)))

    assert db.connection() is not before


def test_while_the_name_still_leads_to_the_reader_the_caller_is_told_to_come_back(
    client: Client, at: At, pair: tuple[Server, Server, Databases]
) -> None:
    reader, writer, now = pair
    at(now.app_url(now.template).replace(f":{writer.port}/", f":{reader.port}/"))
    told_to_come_back(client.get("/courses"))


def test_a_server_that_goes_away_in_the_middle_costs_the_caller_nothing(
    client: Client, make: Factory, db: Database, databases: Databases
) -> None:
    student, course = make.user(), make.course(make.user("instructor"))
    pid = db.read(lambda work: work.value(sql("select pg_backend_pid()")))
    admin = connect(databases.server.url("postgres"))
    admin.run("select pg_terminate_backend($1::int)", (pid,))
    admin.close()

    assert client.post(f"/courses/{course['id']}/enroll", user=student).status == 201


def test_what_is_old_is_forgotten_in_batches_however_much_it_is(make: Factory, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """One statement for all of a busy day would be cut off every night, and the table would grow for ever."""
    monkeypatch.setattr(housekeeping, "FORGET_BATCH", 10)
    for age, number in (("2 days", 25), ("1 hour", 3)):
        make.execute(
            "insert into idempotency_keys (scope, key, fingerprint, status, headers, body, created_at)"
            " select 'somebody', cast(:age as text) || n, '', 200, '{}', '', now() - cast(:age as interval) from generate_series(1, :number) n",
            age=age,
            number=number,
        )

    assert housekeeping.clean_up(db)["idempotency_keys"] == 25
    assert make.value("select count(*) from idempotency_keys") == 3
