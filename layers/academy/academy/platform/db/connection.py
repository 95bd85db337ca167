"""pg8000 with one network round trip a statement.

Stock pg8000 sends Parse+Sync, Describe+Sync and Bind+Execute+Sync for a parametrised statement: three trips, and as many for COMMIT.
Here all of it goes out in one flush, with BEGIN in front of a transaction's first statement, COMMIT behind its last where that is known, and several
statements that don't need each other's answers. A statement is parsed once per connection and kept there under a name, with the plan that the server
may keep for it. Protocol: PostgreSQL documentation, "Frontend/Backend Protocol",
extended query and pipelining.
"""

import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from academy.platform.config import config
from academy.platform.db.driver import (
    IN_FAILED_TRANSACTION,
    IN_TRANSACTION,
    NULL_BYTE,
    SYNC_MSG,
    Context,
    CoreConnection,
    DatabaseError,
    InterfaceError,
    array,
    flush,
    make_params,
    write,
)
from academy.platform.db.statement import Bound

CONNECT_TIMEOUT = 3.0
"""Seconds for connecting. A database that wakes up lets callers hang for a quarter of a minute: they are told to come back instead."""

ANSWER_TIMEOUT = 10.0
"""Seconds without an answer after which a connection is taken for lost. Longer than the role's statement_timeout: the server gives up first and
says so."""

STATEMENTS_KEPT = 200
"""Per connection; what comes after them is parsed each time. A plan of the largest takes some hundred kilobytes of the server's memory."""

_BEGIN, _COMMIT = "begin", "commit"
_STALE = frozenset({"0A000", "26000"})
"""SQLSTATE of "cached plan must not change result type" (a migration went by) and of a prepared statement that the session no longer has."""


class DatabaseFailure(Exception):
    """The server refused a statement. `sqlstate` is PostgreSQL's five-character code, `constraint` the constraint's name, if one was broken."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(fields.get("M", "database error"))
        self.sqlstate = fields.get("C", "")
        self.constraint = fields.get("n", "")


class DatabaseBusy(DatabaseFailure):
    """The server could not do it now: no room or memory left (53), cut off by statement_timeout (57014) or lock_timeout (55P03)."""


class ConnectionLost(Exception):
    """The connection broke or could not be made; nothing of the open transaction was committed.

    `again`: a new connection may do better at once. Not after waiting in vain, and not where the new connection is what could not be made.
    """

    def __init__(self, message: str = "", *, again: bool = True) -> None:
        super().__init__(message)
        self.again = again


class OutcomeUnknown(Exception):
    """The connection broke after COMMIT (or a statement that commits by itself) was sent: it may or may not have happened."""


class _Kept:
    """A statement's name on the server, and what Describe told of its result."""

    __slots__ = ("columns", "name", "readers")

    def __init__(self, name: bytes, columns: list[dict[str, Any]] | None, readers: list[Any]) -> None:
        self.name, self.columns, self.readers = name, columns, readers


class OneTripConnection(CoreConnection):  # type: ignore[misc]
    """Counts its round trips in `trips`."""

    trips = 0

    def __init__(self, **arguments: Any) -> None:
        self._kept: dict[str, _Kept] = {}
        self._names_given = 0
        super().__init__(**arguments)
        self.py_types[list] = array

    def run(self, statement: str, values: tuple[Any, ...] = ()) -> Context:
        """Execute one statement. Raises as `run_all`."""
        return self.run_all([Bound(statement, values)], begin=False, commit=False)[0]

    def run_all(self, statements: Sequence[Bound], *, begin: bool, commit: bool) -> list[Context]:
        """Execute statements in one flush, opening a transaction in front of them if `begin`, and committing it behind them if `commit`.

        Several must be in a transaction: then none does anything after one that failed, and COMMIT rolls back.
        Raises DatabaseFailure, or ConnectionLost when the connection is of no more use.
        """
        new: dict[str, tuple[bytes, Context]] = {}
        try:
            prepared = [(statement.text, make_params(self.py_types, statement.values)) for statement in statements]
            if begin:
                self.send_QUERY(_BEGIN)
            contexts = [self._send(text, parameters, new) for text, parameters in prepared]
            if commit:
                self.send_QUERY(_COMMIT)
            self._exchange(*[Context(_BEGIN)] * begin, *contexts, *[Context(_COMMIT)] * commit)
        except DatabaseFailure as failure:
            if failure.sqlstate in _STALE:
                self._kept.clear()
            raise
        except (InterfaceError, OSError, AttributeError) as error:
            raise _lost(error) from error
        finally:
            for text, (name, context) in new.items():
                if getattr(context, "parsed", False):
                    self._kept[text] = _Kept(name, context.columns, context.input_funcs)
        return contexts

    def _send(self, text: str, parameters: tuple[Any, ...], new: dict[str, tuple[bytes, Context]]) -> Context:
        """Into the buffer. What the server will have by a name from now on is added to `new`."""
        kept = self._kept.get(text)
        if kept is not None:
            name, context = kept.name, Context(text, columns=kept.columns, input_funcs=kept.readers)
        else:
            name, context = NULL_BYTE if text in new else self._new_name(), Context(text)
            if name != NULL_BYTE:
                new[text] = name, context
            self.send_PARSE(name, text)
            self.send_DESCRIBE_STATEMENT(name)
        self.send_BIND(name, parameters)
        self.send_EXECUTE()
        write(self._sock, SYNC_MSG)
        return context

    def handle_PARSE_COMPLETE(self, data: bytes, context: Context) -> None:  # noqa: ARG002, N802 - the driver's signature
        """The server has the statement, whether or not its execution then fails."""
        context.parsed = True

    def _new_name(self) -> bytes:
        if len(self._kept) >= STATEMENTS_KEPT:
            return bytes(NULL_BYTE)
        self._names_given += 1
        return b"s%d\0" % self._names_given

    def command(self, statement: str) -> None:
        """A statement without parameters or result, by the simple protocol."""
        try:
            self.send_QUERY(statement)
            self._exchange(Context(statement))
        except (InterfaceError, OSError, AttributeError) as error:
            raise _lost(error) from error

    def _exchange(self, *contexts: Context) -> None:
        self.trips += 1
        flush(self._sock)
        failure: DatabaseError | None = None
        for context in contexts:
            try:
                self.handle_messages(context)
            except DatabaseError as error:
                failure = failure or error
            except InterfaceError:
                if failure is None:  # else it says that COMMIT has rolled back
                    raise
        if failure is not None:
            fields = failure.args[0]
            if _is_over(fields):
                raise ConnectionLost(fields["M"]) from failure
            code = fields["C"]
            raise (DatabaseBusy if code.startswith("53") or code in {"57014", "55P03"} else DatabaseFailure)(fields) from failure

    def close(self) -> None:
        """Also where the goodbye can't be sent, which pg8000 leaves to the garbage collector."""
        stream, connection = self._sock, self._usock
        try:
            super().close()
        finally:
            for end in (stream, connection):
                with suppress(OSError):
                    end.close()

    @property
    def in_transaction(self) -> bool:
        return self._transaction_status in (IN_TRANSACTION, IN_FAILED_TRANSACTION)

    @property
    def can_only_roll_back(self) -> bool:
        return bool(self._transaction_status == IN_FAILED_TRANSACTION)


def _is_over(fields: dict[str, str]) -> bool:
    """57P01-57P03: shut down or starting up; 08xxx: connection; 25P03: idle in transaction too long: the session has ended.

    25006: it can only read, because this server was the writer before a fail-over; a new connection finds the one that is now. It says so by
    0A000 where a table is unlogged, which no reader may even look at.
    """
    code = fields.get("C", "")
    return (
        code.startswith("08")
        or code in {"57P01", "57P02", "57P03", "25P03", "25006", "53300"}
        or (code == "0A000" and fields.get("R") == "get_relation_info")
    )


def _lost(error: BaseException) -> ConnectionLost:
    return ConnectionLost(str(error), again=not isinstance(error, TimeoutError) and not isinstance(error.__cause__, TimeoutError))


def connect(url: str, *, timeout: float = CONNECT_TIMEOUT) -> OneTripConnection:
    """Connect to `postgresql://user[:password]@host:port/database?sslmode=verify-full|disable`. Raises ConnectionLost.

    Over TLS (always verified) a URL without a password asks for an IAM token (RDS IAM authentication). `sslmode=disable` is for loopback.
    """
    try:
        connection = OneTripConnection(**arguments(url, timeout=timeout))
        connection._usock.settimeout(ANSWER_TIMEOUT)
        # A statement that fills more than one segment would otherwise wait for the server's delayed acknowledgement: 40 ms, on every call.
        connection._usock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection
    except (InterfaceError, OSError) as error:
        raise ConnectionLost(str(error), again=False) from error
    except DatabaseError as error:
        raise ConnectionLost(error.args[0]["M"], again=False) from error


def arguments(url: str, *, timeout: float | None) -> dict[str, Any]:
    """What pg8000 takes to connect to a URL."""
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    host, port, user = parts.hostname or "localhost", parts.port or 5432, unquote(parts.username or "")
    secure = options.get("sslmode", ["verify-full"])[0] != "disable"
    return {
        "user": user,
        "host": host,
        "port": port,
        "database": parts.path.removeprefix("/"),
        "password": unquote(parts.password) if parts.password else _iam_token(host, port, user) if secure else None,
        "ssl_context": ssl.create_default_context() if secure else False,
        "timeout": timeout,
        "application_name": "academy",
    }


def _iam_token(host: str, port: int, user: str) -> str:
    from academy.platform.aws import client

    return str(client("rds").generate_db_auth_token(DBHostname=host, Port=port, DBUsername=user, Region=config().region))
