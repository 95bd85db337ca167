"""PostgreSQL: one connection a process, one round trip a statement, one transaction a unit of work."""

from academy.platform.db.connection import ConnectionLost, DatabaseFailure, OutcomeUnknown, connect
from academy.platform.db.statement import Statement, sql
from academy.platform.db.work import Database, Row, UnitOfWork, database

__all__ = [
    "ConnectionLost",
    "Database",
    "DatabaseFailure",
    "OutcomeUnknown",
    "Row",
    "Statement",
    "UnitOfWork",
    "connect",
    "database",
    "sql",
]
