"""The unit of work: one transaction, opened with its first statement, committed once at the edge."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

from academy.platform.audit import AuditEntry
from academy.platform.config import config
from academy.platform.db.connection import ConnectionLost, DatabaseFailure, OneTripConnection, OutcomeUnknown, connect
from academy.platform.db.statement import Bound, Statement, sql
from academy.platform.events import DomainEvent, Envelope
from academy.platform.ids import uuid7

RETRIES_AFTER_CLASH = 3
CLASHES = frozenset({"40001", "40P01", "0A000", "26000"})
"""SQLSTATE serialization_failure and deadlock_detected, where the server asks for the transaction to be run again; and of a prepared statement
that a migration made stale, or that the session lost: the next attempt prepares it anew."""

_RECORD = sql("""
    with events as (
        insert into outbox (id, kind, version, payload, occurred_at)
        select e.id, e.kind, e.version, e.payload, now()
        from json_to_recordset(:events::json) as e(id uuid, kind text, version int, payload jsonb)
    ), entries as (
        insert into audit_log (id, actor_id, action, target_type, target_id, before, after, request_id, occurred_at)
        select a.id, a.actor_id, a.action, a.target_type, a.target_id, a.before, a.after, a.request_id, now()
        from json_to_recordset(:entries::json)
            as a(id uuid, actor_id uuid, action text, target_type text, target_id text, before jsonb, after jsonb, request_id text)
    )
    select now() as occurred_at
""")


class Overdue(Exception):
    """The caller has waited so long that the rest could not be done in time: nothing more is begun, and the transaction is rolled back."""


class Row:
    """A result row by column name: `row.id`. Values are what pg8000 makes of the column's type."""

    __slots__ = ("_names", "_values")

    def __init__(self, names: dict[str, int], values: list[Any]) -> None:
        self._names = names
        self._values = values

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[self._names[name]]
        except KeyError:
            raise AttributeError(name) from None

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def as_dict(self) -> dict[str, Any]:
        return dict(zip(self._names, self._values, strict=True))


class UnitOfWork:
    """Statements of one request or task. Application code never commits; the edge that opened the unit of work does.

    With `autocommit` each statement is a transaction of its own: for reads, and for a write that is a single statement.
    After the `deadline` (of `time.monotonic()`) no statement is begun. Connected with its first statement: what needs none works without a database.
    `outgoing` are the events to be published once it is committed.
    """

    def __init__(self, connect: Callable[[], OneTripConnection], *, autocommit: bool = False, deadline: float | None = None) -> None:
        self._connect = connect
        self._connection: OneTripConnection | None = None
        self._autocommit = autocommit
        self._deadline = deadline
        self._events: list[dict[str, Any]] = []
        self._entries: list[dict[str, Any]] = []
        self._last: list[Bound] = []
        self.outgoing: list[Envelope] = []
        self.after_commit: list[Callable[[], None]] = []
        self.statements = 0

    @property
    def commits_each(self) -> bool:
        """Each statement is a transaction of its own."""
        return self._autocommit

    def rows(self, statement: Statement, **parameters: Any) -> list[Row]:
        """All rows. Raises DatabaseFailure, ConnectionLost, Overdue, or OutcomeUnknown for a broken autocommit write."""
        return _rows(self._execute(statement, parameters))

    def first(self, statement: Statement, **parameters: Any) -> Row | None:
        rows = self.rows(statement, **parameters)
        return rows[0] if rows else None

    def value(self, statement: Statement, **parameters: Any) -> Any:
        """The first column of the first row, or None."""
        rows = self._execute(statement, parameters).rows
        return rows[0][0] if rows else None

    def execute(self, statement: Statement, **parameters: Any) -> int:
        """The number of rows changed."""
        return int(self._execute(statement, parameters).row_count)

    def together(self, *statements: Bound) -> list[list[Row]]:
        """The rows of statements of which none needs another's answer, in one round trip. Each sees what those before it did.

        With `autocommit` they are one transaction. Raises as `rows`.
        """
        return [_rows(context) for context in self._send(statements, commit=self._autocommit)] if statements else []

    def with_commit(self, statement: Statement, **parameters: Any) -> None:
        """A statement of a transaction whose answer nobody needs: sent with COMMIT, in one round trip."""
        self._last.append(statement.bind(**parameters))

    def emit(self, event: DomainEvent) -> None:
        """Write this event to the outbox in the transaction, to be published once it is committed."""
        payload = event.model_dump(mode="json", by_alias=True)
        self._events.append({"id": str(uuid7()), "kind": event.kind, "version": event.version, "payload": payload})

    def emitted(self, events: Iterable[str]) -> None:
        """A statement wrote these to the outbox itself, and told of them by `events.ENVELOPE`: they are published too."""
        self.outgoing += map(Envelope.model_validate_json, events)

    def audit(self, entry: AuditEntry) -> None:
        """Write this act to the audit log in the transaction."""
        self._entries.append({"id": str(uuid7()), **entry.columns()})

    def commit(self) -> None:
        """Record events and audit entries, and commit, in one round trip. Raises OutcomeUnknown if the answer to COMMIT never came."""
        events, entries = self._events, self._entries
        if events or entries:
            self.with_commit(_RECORD, events=json.dumps(events), entries=json.dumps(entries, default=str))
        if not self._last and (self._connection is None or not self._connection.in_transaction):
            return
        if self._connection is not None and self._connection.can_only_roll_back:
            raise DatabaseFailure({"C": "25P02", "M": "a statement failed, and its error was passed over"})
        try:
            contexts = self._send(self._last, commit=True)
        except ConnectionLost as lost:
            raise OutcomeUnknown(str(lost)) from lost
        if events:
            [occurred_at] = contexts[-1].rows[0]
            self.outgoing += [Envelope(occurred_at=occurred_at, **event) for event in events]

    def rollback(self) -> None:
        if self._connection is not None and self._connection.in_transaction:
            self._connection.command("rollback")

    def _execute(self, statement: Statement, parameters: dict[str, Any]) -> Any:
        return self._send([statement.bind(**parameters)])[0]

    def _send(self, statements: Sequence[Bound], *, commit: bool = False) -> list[Any]:
        if statements and self._deadline is not None and time.monotonic() > self._deadline:
            raise Overdue
        self.statements += len(statements)
        connection = self._connection = self._connection or self._connect()
        begin = (commit or not self._autocommit) and not connection.in_transaction
        return connection.run_all(statements, begin=begin, commit=commit)


def _rows(context: Any) -> list[Row]:
    names = {column["name"]: index for index, column in enumerate(context.columns or ())}
    return [Row(names, values) for values in context.rows or ()]


class Database:
    """Holds the process's one connection (a Lambda serves one request at a time) and makes a new one when it is lost."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: OneTripConnection | None = None
        self.deadline: float | None = None
        """Set by who has promised an answer by then."""

    @property
    def trips(self) -> int:
        """Round trips so far on the present connection."""
        return self._connection.trips if self._connection else 0

    def connection(self) -> OneTripConnection:
        if self._connection is None:
            self._connection = connect(self._url)
        return self._connection

    def discard(self) -> None:
        """Forget a connection that is of no more use."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):  # closing what may already be broken; there is nothing left to report
                connection.close()

    @contextmanager
    def _guarded(self, work: UnitOfWork) -> Iterator[UnitOfWork]:
        """Roll back on any error; forget the connection if that fails too."""
        try:
            yield work
        except (ConnectionLost, OutcomeUnknown):
            self.discard()
            raise
        except BaseException:
            try:
                work.rollback()
            except ConnectionLost:
                self.discard()
            raise

    def transact[T](self, job: Callable[[UnitOfWork], T]) -> tuple[T, UnitOfWork]:
        """Run `job` in one transaction and commit it.

        A connection lost before COMMIT: the whole job once more, unless it was lost by waiting in vain.
        Serialisation failure or deadlock: up to three times more.
        A COMMIT whose answer was lost is never repeated: raises OutcomeUnknown.
        """
        clashes = losses = 0
        while True:
            try:
                work = UnitOfWork(self.connection, deadline=self.deadline)
                with self._guarded(work):
                    result = job(work)
                    work.commit()
                return result, work
            except ConnectionLost as lost:
                self.discard()
                losses += 1
                if losses > 1 or not lost.again:
                    raise
            except DatabaseFailure as failure:
                clashes += 1
                if failure.sqlstate not in CLASHES or clashes > RETRIES_AFTER_CLASH:
                    raise

    def read[T](self, job: Callable[[UnitOfWork], T]) -> T:
        """Run statements that change nothing, or may be repeated without harm, each by itself; once more as a whole if the connection was lost."""
        return self._each_by_itself(job, losses_allowed=1)[0]

    def at_once[T](self, job: Callable[[UnitOfWork], T]) -> tuple[T, UnitOfWork]:
        """Run a write of one statement, or of several together, that commits by itself; up to three times more after a deadlock.

        A statement whose answer was lost may have committed and is never repeated: raises OutcomeUnknown.
        """
        try:
            return self._each_by_itself(job, losses_allowed=0)
        except ConnectionLost as lost:
            raise OutcomeUnknown(str(lost)) from lost

    def _each_by_itself[T](self, job: Callable[[UnitOfWork], T], *, losses_allowed: int) -> tuple[T, UnitOfWork]:
        clashes = losses = 0
        while True:
            try:
                work = UnitOfWork(self.connection, autocommit=True, deadline=self.deadline)
                with self._guarded(work):
                    return job(work), work
            except ConnectionLost as lost:
                self.discard()
                losses += 1
                if losses > losses_allowed or not lost.again:
                    raise
            except DatabaseFailure as failure:
                clashes += 1
                if failure.sqlstate not in CLASHES or clashes > RETRIES_AFTER_CLASH:
                    raise


@cache
def database() -> Database:
    """The process's database, from the configuration."""
    return Database(config().database_url)
