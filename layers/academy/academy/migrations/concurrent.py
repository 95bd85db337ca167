"""Indexes of tables that are in use: nobody who writes waits for them."""

from collections.abc import Sequence

from alembic import op
from sqlalchemy import ColumnElement, text


def create_index(
    name: str, table: str, columns: Sequence[str | ColumnElement[str]], *, unique: bool = False, where: str | None = None
) -> None:
    """Outside of a transaction: what the revision did before is committed with it, and done again if the revision is run again.

    So it has to bear that. An attempt that gave up leaves an index that is never used; it goes first.
    """
    with op.get_context().autocommit_block():
        op.execute("commit")  # pg8000 had begun a transaction when alembic asked for the isolation level
        op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)
        op.create_index(
            name, table, columns, unique=unique, postgresql_where=None if where is None else text(where), postgresql_concurrently=True
        )
