"""PostgreSQL: one connection a process, one round trip a statement, one transaction a unit of work."""

from academy.platform.db.connection import ConnectionLost, DatabaseBusy, DatabaseFailure, OutcomeUnknown, connect
from academy.platform.db.statement import LONGEST_PAGE, Bound, Statement, nearest, sql
from academy.platform.db.work import Database, Overdue, Row, UnitOfWork, database

__all__ = [
    "LONGEST_PAGE",
    "Bound",
    "ConnectionLost",
    "Database",
    "DatabaseBusy",
    "DatabaseFailure",
    "OutcomeUnknown",
    "Overdue",
    "Row",
    "Statement",
    "UnitOfWork",
    "connect",
    "database",
    "nearest",
    "sql",
]
