"""Alembic's environment: one connection, handed over by `runner`, a transaction a revision, and no waiting for locks."""

from alembic import context

from academy.migrations.models import metadata

connection = context.config.attributes["connection"]
connection.exec_driver_sql("set lock_timeout = '3s'")
connection.exec_driver_sql("set statement_timeout = '9min'")
connection.commit()
context.configure(
    connection=connection, target_metadata=metadata, transaction_per_migration=True, compare_type=True, compare_server_default=True
)
with context.begin_transaction():
    context.run_migrations()
