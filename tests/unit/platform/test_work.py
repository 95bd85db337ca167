"""How often a job is tried again, and when never: on a connection that fails as it is told to."""

import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from academy.platform.audit import AuditEntry
from academy.platform.db import Bound, ConnectionLost, Database, DatabaseFailure, OutcomeUnknown, Overdue, Row, UnitOfWork, sql
from academy.platform.db import work as unit_of_work
from academy.platform.events import DomainEvent, Envelope

TOUCH = sql("update things set touched = true where id = :id")
LOOK = sql("select id, name from things")
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PERSON = UUID("018f0000-0000-7000-8000-000000000001")


class ThingMade(DomainEvent):
    kind = "thing.made"
    version = 3
    slug_text: str
    made_at: datetime | None = None


class Server:
    """Answers, or fails with what stands in `faults`: (what is sent, the error), each once, in order."""

    def __init__(self, *faults: tuple[str, Exception]) -> None:
        self.faults = list(faults)
        self.log: list[str] = []
        self.connections: list[Connection] = []
        self.rows: list[list[Any]] = []
        self.values: list[tuple[Any, ...]] = []
        self.flushes: list[int] = []

    def connect(self, url: str) -> "Connection":
        assert url == "postgresql://anywhere"
        self._say("connect")
        self.connections.append(Connection(self))
        return self.connections[-1]

    def _say(self, what: str) -> None:
        self.log.append(what)
        if self.faults and what.startswith(self.faults[0][0]):
            raise self.faults.pop(0)[1]


class Connection:
    def __init__(self, server: Server) -> None:
        self._server = server
        self.in_transaction = self.can_only_roll_back = self.closed = False
        self.trips = 7

    def run_all(self, statements: Sequence[Bound], *, begin: bool, commit: bool) -> list[Any]:
        self._server.flushes.append(len(statements))
        if begin:
            self._server.log.append("begin")
            self.in_transaction = True
        told = [self._answer(*statement) for statement in statements]
        if commit:
            self._server._say("commit")
            self.in_transaction = False
        return told

    def _answer(self, text: str, values: tuple[Any, ...]) -> Any:
        self._server.values.append(values)
        self._server._say(text.split(maxsplit=1)[0])
        if text.endswith("select now() as occurred_at"):
            return SimpleNamespace(columns=[{"name": "occurred_at"}], rows=[[NOW]], row_count=1)
        columns = [{"name": "id"}, {"name": "name"}]
        return SimpleNamespace(columns=columns, rows=self._server.rows, row_count=2)

    def command(self, text: str) -> None:
        self._server._say(text)
        self.in_transaction = False

    def close(self) -> None:
        self.closed = True
        self._server._say("close")


@pytest.fixture
def against(monkeypatch: pytest.MonkeyPatch) -> Callable[[Server], Database]:
    def database(server: Server) -> Database:
        monkeypatch.setattr(unit_of_work, "connect", server.connect)
        return Database("postgresql://anywhere")

    return database


def touch(work: UnitOfWork) -> int:
    return work.execute(TOUCH, id=1)


def failure(code: str) -> DatabaseFailure:
    return DatabaseFailure({"C": code, "M": "no", "n": "things_key"})


ONE_TRY = ["begin", "update"]
type Against = Callable[[Server], Database]


# ---- one transaction ----


def test_a_job_is_one_transaction_on_one_connection(against: Against) -> None:
    server = Server()
    db = against(server)

    result, work = db.transact(lambda work: touch(work) + touch(work))
    db.transact(touch)

    assert (result, work.statements) == (4, 2)
    assert server.log == ["connect", "begin", "update", "update", "commit", "begin", "update", "commit"]
    assert db.trips == 7


def test_what_needs_no_statement_needs_no_database(against: Against) -> None:
    server = Server()
    db = against(server)

    assert db.transact(lambda _: 5)[0] == db.read(lambda _: 5) == 5
    with pytest.raises(ZeroDivisionError):
        db.transact(lambda _: 1 / 0)

    assert (server.log, db.trips) == ([], 0)


def test_any_error_takes_everything_back(against: Against) -> None:
    server = Server()
    db = against(server)

    def job(work: UnitOfWork) -> None:
        touch(work)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        db.transact(job)

    assert server.log == ["connect", *ONE_TRY, "rollback"]


def test_an_error_that_was_passed_over_is_no_success(against: Against) -> None:
    server = Server()

    def job(work: UnitOfWork) -> None:
        touch(work)
        server.connections[0].can_only_roll_back = True

    with pytest.raises(DatabaseFailure) as refused:
        against(server).transact(job)

    assert refused.value.sqlstate == "25P02"
    assert str(refused.value) != "database error"
    assert server.log[-1] == "rollback"


def test_a_connection_on_which_not_even_a_rollback_goes_is_not_used_again(against: Against) -> None:
    server = Server(("update", failure("23505")), ("rollback", ConnectionLost("gone")))
    db = against(server)

    with pytest.raises(DatabaseFailure) as refused:
        db.transact(touch)
    db.transact(touch)

    assert (refused.value.sqlstate, refused.value.constraint, str(refused.value)) == ("23505", "things_key", "no")
    assert server.log == ["connect", *ONE_TRY, "rollback", "close", "connect", *ONE_TRY, "commit"]
    assert [connection.closed for connection in server.connections] == [True, False]


# ---- tried again ----


def test_a_connection_lost_before_the_commit_costs_nothing(against: Against) -> None:
    server = Server(("update", ConnectionLost("gone")))

    assert against(server).transact(touch)[0] == 2
    assert server.log == ["connect", *ONE_TRY, "close", "connect", *ONE_TRY, "commit"]


def test_once(against: Against) -> None:
    server = Server(("update", ConnectionLost("first")), ("update", ConnectionLost("second")))

    with pytest.raises(ConnectionLost, match="second"):
        against(server).transact(touch)

    assert server.log.count("update") == 2
    assert server.log[-1] == "close"


@pytest.mark.parametrize("way", ["transact", "read"])
def test_who_has_waited_in_vain_does_not_wait_again(against: Against, way: str) -> None:
    server = Server(("update", ConnectionLost("silence", again=False)))

    with pytest.raises(ConnectionLost, match="silence"):
        getattr(against(server), way)(touch)

    assert server.log.count("update") == 1


@pytest.mark.parametrize("code", ["40001", "40P01", "0A000", "26000"])
@pytest.mark.parametrize("way", ["transact", "at_once", "read"])
def test_a_clash_is_tried_three_times_more(against: Against, way: str, code: str) -> None:
    some, more = Server(*[("update", failure(code))] * 3), Server(*[("update", failure(code))] * 4)

    getattr(against(some), way)(touch)
    assert some.log.count("update") == 4
    with pytest.raises(DatabaseFailure):
        getattr(against(more), way)(touch)
    assert more.log.count("update") == 4


@pytest.mark.parametrize("way", ["transact", "at_once", "read"])
def test_what_will_be_refused_again_is_not_tried_again(against: Against, way: str) -> None:
    server = Server(("update", failure("23505")))

    with pytest.raises(DatabaseFailure):
        getattr(against(server), way)(touch)

    assert server.log.count("update") == 1


def test_a_commit_without_an_answer_is_never_repeated(against: Against) -> None:
    server = Server(("commit", ConnectionLost("no answer")))

    with pytest.raises(OutcomeUnknown, match="no answer"):
        against(server).transact(touch)

    assert server.log == ["connect", *ONE_TRY, "commit", "close"]


# ---- each statement by itself ----


def test_a_read_opens_no_transaction_and_is_repeated_once(against: Against) -> None:
    server = Server(("select", ConnectionLost("gone")))
    server.rows = [[1, "a"], [2, "b"]]

    rows = against(server).read(lambda work: work.rows(LOOK))

    assert [(row.id, row.name, list(row), row.as_dict()) for row in rows] == [
        (1, "a", [1, "a"], {"id": 1, "name": "a"}),
        (2, "b", [2, "b"], {"id": 2, "name": "b"}),
    ]
    assert server.log == ["connect", "select", "close", "connect", "select"]
    twice = Server(("select", ConnectionLost("first")), ("select", ConnectionLost("second")))
    with pytest.raises(ConnectionLost, match="second"):
        against(twice).read(lambda work: work.rows(LOOK))


def test_a_write_by_itself_whose_answer_was_lost_may_have_happened(against: Against) -> None:
    server = Server(("update", ConnectionLost("no answer")))

    with pytest.raises(OutcomeUnknown, match="no answer"):
        against(server).at_once(touch)

    assert server.log == ["connect", "update", "close"]
    result, work = against(Server()).at_once(touch)
    assert (result, work.statements) == (2, 1)


def test_the_first_row_the_first_value_or_none(against: Against) -> None:
    server = Server()
    db = against(server)
    work = UnitOfWork(db.connection, autocommit=True)

    assert (work.first(LOOK), work.value(LOOK), work.rows(LOOK)) == (None, None, [])
    server.rows = [[1, "a"], [2, "b"]]
    first = work.first(LOOK)
    assert first is not None
    assert (first.name, work.value(LOOK)) == ("a", 1)
    with pytest.raises(AttributeError, match="colour"):
        _ = first.colour


def test_a_statement_is_asked_without_what_nobody_asked_for(against: Against) -> None:
    server = Server()
    filtered = sql("select 1 where true [? and name = :name ?] [? and size = :size ?]")

    against(server).read(lambda work: work.rows(filtered, name=None, size=3))

    assert server.values == [(3,)]


def test_a_row_is_as_wide_as_its_names() -> None:
    with pytest.raises(ValueError, match="zip"):
        Row({"a": 0}, [1, 2]).as_dict()


# ---- time ----


@pytest.mark.parametrize("way", ["transact", "at_once", "read"])
def test_after_the_deadline_nothing_more_is_begun(against: Against, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    server = Server()
    db = against(server)
    db.deadline = 100.0

    def job(work: UnitOfWork) -> None:
        nonlocal now
        touch(work)
        now = 100.1
        touch(work)

    with pytest.raises(Overdue):
        getattr(db, way)(job)

    assert server.log.count("update") == 1
    assert ("rollback" in server.log) == (way == "transact")


# ---- what happened ----


def entry(**changes: Any) -> AuditEntry:
    return AuditEntry(
        **{"actor_id": PERSON, "action": "thing.make", "target_type": "thing", "target_id": PERSON, "request_id": "r", **changes}
    )


def test_events_and_entries_are_written_with_the_commit(against: Against) -> None:
    server = Server()

    def job(work: UnitOfWork) -> None:
        touch(work)
        work.emit(ThingMade(slug_text="ü", made_at=datetime(2026, 1, 2, 3, tzinfo=UTC)))
        work.audit(entry(before={"a": 1}, after={"a": PERSON}))
        work.audit(entry(actor_id=None, target_id="all"))

    _, work = against(server).transact(job)

    assert server.log == ["connect", *ONE_TRY, "with", "commit"]
    assert server.flushes == [1, 1]  # what is recorded and COMMIT are one trip
    [event], entries = (json.loads(text) for text in server.values[-1])
    [envelope] = work.outgoing
    assert event == {
        "id": envelope.id,
        "kind": "thing.made",
        "version": 3,
        "payload": {"slugText": "ü", "madeAt": "2026-01-02T03:00:00Z"},
    }
    assert envelope == Envelope(occurred_at=NOW, **event)
    assert UUID(event["id"]).version == UUID(entries[0].pop("id")).version == UUID(entries[1].pop("id")).version == 7
    nothing = {"before": None, "after": None, "request_id": "r", "action": "thing.make", "target_type": "thing"}
    assert entries == [
        {**nothing, "actor_id": str(PERSON), "target_id": str(PERSON), "before": {"a": 1}, "after": {"a": str(PERSON)}},
        {**nothing, "actor_id": None, "target_id": "all"},
    ]


@pytest.mark.parametrize("said", [lambda work: work.emit(ThingMade(slug_text="a")), lambda work: work.audit(entry())])
def test_either_alone_is_written_too(against: Against, said: Callable[[UnitOfWork], None]) -> None:
    server = Server()

    against(server).transact(said)

    assert server.log == ["connect", "begin", "with", "commit"]


def test_what_a_statement_wrote_itself_goes_out_too_and_first(against: Against) -> None:
    server = Server()
    told = Envelope(id="x", kind="thing.made", version=2, occurred_at=NOW, payload={"n": 1})

    def job(work: UnitOfWork) -> None:
        work.emit(ThingMade(slug_text="a"))
        work.emitted([told.model_dump_json(by_alias=True)])

    _, work = against(server).transact(job)

    assert [each.version for each in work.outgoing] == [2, 3]
    assert work.outgoing[0] == told
    [written] = json.loads(server.values[0][0])
    assert written["id"] == work.outgoing[1].id


# ---- together ----


def test_statements_together_are_one_trip_of_the_transaction(against: Against) -> None:
    server = Server()
    server.rows = [[1, "a"]]

    (touched, looked), work = against(server).transact(lambda work: work.together(TOUCH.bind(id=1), LOOK.bind()))

    assert server.log == ["connect", "begin", "update", "select", "commit"]
    assert (server.flushes, server.values, work.statements) == ([2, 0], [(1,), ()], 2)
    assert [[row.name for row in rows] for rows in (touched, looked)] == [["a"], ["a"]]


def test_by_themselves_they_are_a_transaction_and_nothing_together_is_nothing_at_all(against: Against) -> None:
    server = Server()
    db = against(server)

    db.at_once(lambda work: work.together(TOUCH.bind(id=1), LOOK.bind()))
    assert (server.log, server.flushes) == (["connect", "begin", "update", "select", "commit"], [2])

    assert db.at_once(lambda work: work.together())[0] == []
    assert len(server.flushes) == 1


def test_the_last_statements_go_with_the_commit_and_before_what_is_recorded(against: Against) -> None:
    server = Server()

    def job(work: UnitOfWork) -> None:
        work.with_commit(TOUCH, id=2)
        work.rows(LOOK)
        work.emit(ThingMade(slug_text="a"))

    against(server).transact(job)

    assert server.log == ["connect", "begin", "select", "update", "with", "commit"]
    assert server.flushes == [1, 2]


def test_a_last_statement_that_clashes_takes_everything_back_and_is_tried_again(against: Against) -> None:
    server = Server(("update", failure("40001")))

    def job(work: UnitOfWork) -> None:
        work.rows(LOOK)
        work.with_commit(TOUCH, id=2)

    against(server).transact(job)

    assert server.log == ["connect", "begin", "select", "update", "rollback", "begin", "select", "update", "commit"]


def test_a_last_statement_without_an_answer_may_be_committed(against: Against) -> None:
    server = Server(("update", ConnectionLost("no answer")))

    with pytest.raises(OutcomeUnknown, match="no answer"):
        against(server).transact(lambda work: work.with_commit(TOUCH, id=2))

    assert server.log == ["connect", "begin", "update", "close"]
