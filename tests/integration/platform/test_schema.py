"""The models and the migrated database are the same thing."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from academy.migrations import runner
from academy.migrations.models import metadata
from tests.conftest import Databases


def test_models_equal_the_migrated_schema(databases: Databases, database_name: str) -> None:
    engine = runner.engine(databases.owner_url(database_name))
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)
    engine.dispose()
    assert differences == []


def test_history_is_one_line(databases: Databases, database_name: str) -> None:
    engine = runner.engine(databases.owner_url(database_name))
    with engine.connect() as connection:
        scripts = ScriptDirectory.from_config(runner._config(connection))
    engine.dispose()
    assert len(scripts.get_heads()) == 1


def test_every_revision_can_be_taken_back_and_made_again(databases: Databases, database_name: str) -> None:
    url = databases.owner_url(database_name)
    runner.downgrade(url, "base")
    runner.upgrade(url)
