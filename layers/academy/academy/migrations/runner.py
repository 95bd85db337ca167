"""Prepares a database's roles and brings its schema to the newest revision."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine

from academy.platform.db.connection import connect

OWNER = "academy_owner"
APP = "academy_app"
PATIENCE = 570.0
"""Seconds that a migration waits for the server: longer than any statement of it may take (`env`), shorter than its function may run. A database
that was asleep has time to wake up."""

_ROLES = f"""
do $$
begin
    if not exists (select from pg_roles where rolname = '{OWNER}') then create role {OWNER} login; end if;
    if not exists (select from pg_roles where rolname = '{APP}') then create role {APP} login; end if;
    if exists (select from pg_roles where rolname = 'rds_iam') then grant rds_iam to {OWNER}, {APP}; end if;
    execute format('grant create, connect on database %I to {OWNER}', current_database());
    execute format('grant connect on database %I to {APP}', current_database());
    grant create, usage on schema public to {OWNER};
    grant usage on schema public to {APP};
end $$;
alter role {APP} set timezone = 'UTC';
alter role {APP} set statement_timeout = '9s';
alter role {APP} set lock_timeout = '5s';
alter role {APP} set idle_in_transaction_session_timeout = '30s';
alter role {APP} reset plan_cache_mode;
alter role {APP} set jit = off;
alter role {APP} set max_parallel_workers_per_gather = 0;
alter role {OWNER} set timezone = 'UTC';
"""


def prepare(admin_url: str, *, owner_password: str | None = None, app_password: str | None = None) -> None:
    """Make the owner's and the application's roles (log in by IAM in AWS; by password elsewhere). Running it again changes nothing."""
    connection = connect(admin_url, timeout=PATIENCE)
    try:
        connection.command(_ROLES)
        for role, password in ((OWNER, owner_password), (APP, app_password)):
            if password:
                quoted = password.replace("'", "''")
                connection.command(f"alter role {role} password '{quoted}'")
    finally:
        connection.close()


def upgrade(owner_url: str, revision: str = "head") -> None:
    with _connected(owner_url) as connection:
        command.upgrade(_config(connection), revision)


def downgrade(owner_url: str, revision: str) -> None:
    with _connected(owner_url) as connection:
        command.downgrade(_config(connection), revision)


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    opened = engine(url)
    try:
        with opened.connect() as connection:
            yield connection
    finally:
        opened.dispose()


def sqlalchemy_url(url: str) -> str:
    """A `postgresql://` URL for SQLAlchemy with pg8000; what follows the question mark is for `connect` alone."""
    parts = urlsplit(url)
    return urlunsplit(("postgresql+pg8000", parts.netloc, parts.path, "", ""))


def engine(url: str) -> Engine:
    """It connects as the product does: pg8000 by itself would read every certificate authority of the machine each time."""
    import pg8000.dbapi

    from academy.platform.db.connection import arguments

    return create_engine(sqlalchemy_url(url), creator=lambda: pg8000.dbapi.Connection(**arguments(url, timeout=PATIENCE)))


def _config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
