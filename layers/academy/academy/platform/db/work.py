"""The unit of work: one transaction, opened with its first statement, committed once at the edge."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

from academy.platform.audit import AuditEntry
from academy.platform.config import config
from academy.platform.db.connection import ConnectionLost, DatabaseFailure, OneTripConnection, OutcomeUnknown, connect
from academy.platform.db.statement import Statement, sql
from academy.platform.events import DomainEvent
from academy.platform.ids import uuid7

RETRIES_AFTER_CLASH = 3
CLASHES = frozenset({"40001", "40P01", "0A000", "26000"})
"""SQLSTATE serialization_failure and deadlock_detected, where the server asks for the transaction to be run again; and of a prepared statement
that a migration made stale, or that the session lost: the next attempt prepares it anew."""

_EVENTS = """
        insert into outbox (id, kind, version, payload, occurred_at)
        select e.id, e.kind, e.version, e.payload, now()
        from json_to_recordset(:events::json) as e(id uuid, kind text, version int, payload jsonb)"""
_ENTRIES = """
        insert into audit_log (id, actor_id, action, target_type, target_id, before, after, request_id, occurred_at)
        select a.id, a.actor_id, a.action, a.target_type, a.target_id, a.before, a.after, a.request_id, now()
        from json_to_recordset(:entries::json)
            as a(id uuid, actor_id uuid, action text, target_type text, target_id text, before jsonb, after jsonb, request_id text)"""
_RECORD = sql(f"with events as ({_EVENTS}) {_ENTRIES}")
RECORDED = f"recorded_events as ({_EVENTS}), recorded_entries as ({_ENTRIES})"
"""CTEs for a statement that records what happened so far itself, with the parameters of `UnitOfWork.taken`: a round trip less at the commit."""


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
    """

    def __init__(self, connect: Callable[[], OneTripConnection], *, autocommit: bool = False, deadline: float | None = None) -> None:
        self._connect = connect
        self._connection: OneTripConnection | None = None
        self._autocommit = autocommit
        self._deadline = deadline
        self._events: list[dict[str, Any]] = []
        self._entries: list[dict[str, Any]] = []
        self.event_ids: list[str] = []
        self.after_commit: list[Callable[[], None]] = []
        self.statements = 0

    @property
    def commits_each(self) -> bool:
        """Each statement is a transaction of its own."""
        return self._autocommit

    def rows(self, statement: Statement, **parameters: Any) -> list[Row]:
        """All rows. Raises DatabaseFailure, ConnectionLost, Overdue, or OutcomeUnknown for a broken autocommit write."""
        context = self._execute(statement, parameters)
        names = {column["name"]: index for index, column in enumerate(context.columns or ())}
        return [Row(names, values) for values in context.rows or ()]

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

    def emit(self, event: DomainEvent) -> None:
        """Write this event to the outbox in the transaction, to be published once it is committed."""
        identifier = str(uuid7())
        self.event_ids.append(identifier)
        self._events.append(
            {"id": identifier, "kind": event.kind, "version": event.version, "payload": event.model_dump(mode="json", by_alias=True)}
        )

    def audit(self, entry: AuditEntry) -> None:
        """Write this act to the audit log in the transaction."""
        self._entries.append({"id": str(uuid7()), **entry.columns()})

    def taken(self) -> dict[str, str]:
        """The events and audit entries so far, for a statement with `RECORDED` in it; the commit then writes only what comes after."""
        events, entries = self._events, self._entries
        self._events, self._entries = [], []
        return {"events": json.dumps(events), "entries": json.dumps(entries, default=str)}

    def commit(self) -> None:
        """Record events and audit entries, then commit. Raises OutcomeUnknown if the answer to COMMIT never came."""
        if self._events or self._entries:
            self._execute(_RECORD, self.taken())
        if self._connection is not None and self._connection.in_transaction:
            if self._connection.can_only_roll_back:
                raise DatabaseFailure({"C": "25P02", "M": "a statement failed, and its error was passed over"})
            try:
                self._connection.command("commit")
            except ConnectionLost as lost:
                raise OutcomeUnknown(str(lost)) from lost

    def rollback(self) -> None:
        if self._connection is not None and self._connection.in_transaction:
            self._connection.command("rollback")

    def _execute(self, statement: Statement, parameters: dict[str, Any]) -> Any:
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise Overdue
        self.statements += 1
        connection = self._connection = self._connection or self._connect()
        begin = not self._autocommit and not connection.in_transaction
        statement = statement.asked_with(parameters)
        return connection.run(statement.text, statement.values(parameters), begin=begin)


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
        """Run a write of one statement that commits by itself; up to three times more after a deadlock.

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
