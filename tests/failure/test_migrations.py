"""A deployment in the middle of traffic: the code goes first, its migration a minute later, and both run beside each other for that long.

Old code on the new schema: a revision only adds (expand); what is to go is dropped by a later release, when no code names it any more (contract).
New code on the old schema: what does not exist yet is a table of the revision's own, so that only routes of the new feature meet it, and those
answer 503 until the migration has run (`test_a_schema_that_is_older_than_the_code_is_503_not_500`). How it is proven: docs/failure.md.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event

import academy
from academy.migrations import runner
from academy.platform.db import ConnectionLost, DatabaseFailure, Statement, connect
from academy.platform.ids import uuid7
from tests.api import Client
from tests.conftest import Databases
from tests.factories import Factory

_NARROW = "a row a course, a hundred bytes each: built in less than a second, and only authors who publish wait for it"
_BEFORE_RELEASE = "before the first release: the table is empty wherever this runs"
_SAME_WRITES = "what the code of before writes passes it: the trigger only notes which courses changed"
_COPIES = "what the code of before writes passes it: the trigger copies a number to another table"
_NOT_GIVEN = "it is about columns of the same revision, which the code of before leaves null: such a row keeps the rule, beside any other"
_NOTES = "what the code of before writes passes it: the trigger only notes whose listing changed, in a table that the application may write"
_NUMBERS = "a row a course, forty bytes each, or a row a word: built in less than a second, and only authors who publish wait for it"
ACCEPTED: dict[str, dict[str, str]] = {
    "0004": {
        "an index of course_search is not made concurrently": _NARROW,
        "course_search has a new rule course_search_added": _SAME_WRITES,
        "course_search has a new rule course_search_changed": _SAME_WRITES,
    },
    "0005": {
        "an index of users is not made concurrently": _BEFORE_RELEASE,
        "an index of audit_log is not made concurrently": _BEFORE_RELEASE,
        "an index of search_lexemes is not made concurrently": _BEFORE_RELEASE,
        "index ix_audit_log_target is gone": "the log of one thing is found by its id alone, which the new index begins with",
    },
    "0007": {
        "course_search has a new rule course_search_weighed": _COPIES,
        "course_search has a new rule course_search_weighed_anew": _COPIES,
    },
    "0008": {
        "an index of course_numbers is not made concurrently": _NUMBERS,
        "an index of search_lexemes is not made concurrently": _NUMBERS,
    },
    "0009": {"an index of audit_log is not made concurrently": _BEFORE_RELEASE},
    "0012": {
        "users has a new rule ck_users_leaderboard_visibility": _NOT_GIVEN,
        "users has a new rule ck_users_profile_visibility": _NOT_GIVEN,
        "users has a new rule ck_users_pseudonym": _NOT_GIVEN,
        "users has a new rule uq_users_pseudonym": _NOT_GIVEN,
    },
    "0013": {"users has a new rule users_relisted": _NOTES},
    "0014": {"notifications has a new rule uq_notifications_group_key": _NOT_GIVEN},
}
"""By revision: a finding below, and why it does no harm. A contraction names the release since which no code uses what is dropped."""

COLUMNS = """
    select c.relname as thing, a.attname as part, format_type(a.atttypid, a.atttypmod) as kind, a.attnotnull as required,
        a.atthasdef or a.attidentity <> '' as given
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and c.relname <> 'alembic_version'
"""
FILES = """
    select relname as thing, relfilenode as file from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'i') and relname not like 'alembic%'
"""
RULES = """
    select conrelid::regclass::text as thing, conname as part, pg_get_constraintdef(oid) as kind from pg_constraint
    where connamespace = 'public'::regnamespace and contype <> 'n'
    union all
    select tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
    union all
    select tablename, indexname, indexdef from pg_indexes where schemaname = 'public' and indexdef like 'CREATE UNIQUE%'
"""
FUNCTIONS = "select oid::regprocedure::text as thing from pg_proc where pronamespace = 'public'::regnamespace"
RIGHTS = f"""
    select c.relname as thing, r.right as part from pg_class c, unnest(array['select', 'insert', 'update', 'delete']) r("right")
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and has_table_privilege('{runner.APP}', c.oid, r.right)
"""


@dataclass
class Schema:
    """What the catalog says, after one revision; `failing` are the statements that it does not know how to run, with the SQLSTATE."""

    columns: dict[tuple[str, str], tuple[str, bool, bool]]
    files: dict[str, int]
    rules: dict[tuple[str, str], str]
    functions: set[str]
    rights: set[tuple[str, str]]
    failing: dict[str, tuple[str, str]]
    sql: list[str] = field(default_factory=list)

    @property
    def tables(self) -> set[str]:
        return {table for table, _ in self.columns}


def revisions() -> list[str]:
    """Oldest first."""
    config = Config()
    config.set_main_option("script_location", str(Path(runner.__file__).parent))
    return [script.revision for script in reversed(list(ScriptDirectory.from_config(config).walk_revisions()))]


def statements() -> dict[str, str]:
    """Every statement of the product by where it stands: with all of its optional parts, and with none."""
    found: dict[str, str] = {}
    for module in pkgutil.walk_packages(academy.__path__, "academy."):
        if module.name.startswith("academy.migrations") or module.name in ("academy.generation.claude", "academy.generation.openai_images"):
            continue
        loaded = importlib.import_module(module.name)
        for name, value in vars(loaded).items():
            if isinstance(value, Statement):
                found[f"{module.name}.{name}"] = value.text
                asked_with = getattr(value, "asked_with", None)
                if asked_with is not None:
                    found[f"{module.name}.{name} (bare)"] = asked_with(dict.fromkeys(value.names)).text
    return found


def unknown_to(url: str) -> dict[str, tuple[str, str]]:
    connection = connect(url)
    failing: dict[str, tuple[str, str]] = {}
    for name, text in statements().items():
        try:
            connection.command(f"prepare one as {text}")
            connection.command("deallocate one")
        except DatabaseFailure as failure:
            failing[name] = (failure.sqlstate, str(failure))
    connection.close()
    return failing


def rows(url: str, query: str) -> list[Any]:
    connection = connect(url)
    try:
        return [tuple(row) for row in connection.run(query).rows or ()]
    finally:
        connection.close()


def look(databases: Databases, name: str) -> Schema:
    owner = databases.owner_url(name)
    return Schema(
        columns={(table, column): (kind, required, given) for table, column, kind, required, given in rows(owner, COLUMNS)},
        files=dict(rows(owner, FILES)),
        rules={(table, rule): kind for table, rule, kind in rows(owner, RULES)},
        functions={one for (one,) in rows(owner, FUNCTIONS)},
        rights=set(rows(owner, RIGHTS)),
        failing=unknown_to(databases.app_url(name)),
    )


@pytest.fixture(scope="module")
def history(databases: Databases) -> Iterator[dict[str, Schema]]:
    """The schema after each revision, on a database that goes through all of them."""
    name = f"t_{uuid4().hex}"
    databases.server.ensure_database(name)
    runner.prepare(databases.server.url(name))
    heard: list[str] = []

    def listen(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement)

    event.listen(Engine, "before_cursor_execute", listen)
    seen: dict[str, Schema] = {}
    try:
        for revision in revisions():
            heard.clear()
            runner.upgrade(databases.owner_url(name), revision)
            seen[revision] = look(databases, name)
            seen[revision].sql = list(heard)
    finally:
        event.remove(Engine, "before_cursor_execute", listen)
    yield seen
    databases.drop(name)


def harms(before: Schema, after: Schema) -> set[str]:
    """What the code of before, or whoever waits for a lock, could stumble over."""
    found = {f"table {table} is gone" for table in before.tables - after.tables}
    found |= {f"index {one} is gone" for one in before.files.keys() - after.files.keys() - before.tables}
    found |= {f"function {one} is gone" for one in before.functions - after.functions}
    found |= {f"the application may no longer {right} {table}" for table, right in before.rights - after.rights}
    for (table, column), (kind, required, _) in before.columns.items():
        now = after.columns.get((table, column))
        if now is None and table in after.tables:
            found.add(f"column {table}.{column} is gone")
        elif now is not None and now[0] != kind:
            found.add(f"column {table}.{column} was {kind}, is {now[0]}")
        elif now is not None and now[1] and not required:
            found.add(f"column {table}.{column} has to be given now")
    for (table, column), (_, required, given) in after.columns.items():
        if table in before.tables and (table, column) not in before.columns and required and not given:
            found.add(f"new column {table}.{column} has to be given")
    for (table, rule), text in after.rules.items():
        if table in before.tables and before.rules.get((table, rule)) != text:
            found.add(f"{table} has a new rule {rule}")
    found |= {f"{thing} is written anew" for thing, file in before.files.items() if after.files.get(thing, file) != file}
    for text in after.sql:
        made = re.match(
            r"\s*create\s+(?:unique\s+)?index\s+(?!concurrently)(?:if not exists\s+)?\S+\s+on\s+(?:only\s+)?(\w+)", text, re.IGNORECASE
        )
        if made and made.group(1) in before.tables:
            found.add(f"an index of {made.group(1)} is not made concurrently")
    return found


STEPS = list(zip(revisions(), revisions()[1:], strict=False))


@pytest.mark.parametrize(("before", "after"), STEPS)
def test_a_revision_only_adds(history: dict[str, Schema], before: str, after: str) -> None:
    assert harms(history[before], history[after]) == set(ACCEPTED.get(after, ()))


@pytest.mark.parametrize(("before", "after"), STEPS)
def test_what_ran_on_the_schema_of_before_runs_on_the_new_one(history: dict[str, Schema], before: str, after: str) -> None:
    assert set(history[after].failing) <= set(history[before].failing)


def test_every_statement_of_the_product_runs_on_the_newest_schema(history: dict[str, Schema]) -> None:
    assert len(statements()) > 100
    assert history[revisions()[-1]].failing == {}


def test_until_it_is_migrated_the_newest_code_lacks_nothing_but_whole_tables(history: dict[str, Schema]) -> None:
    """42P01 is a table that is not there. A column that is not there would break a route that worked: it comes a release before its use."""
    before, after = revisions()[-2:]
    missing = {name: reason for name, (state, reason) in history[before].failing.items() if state != "42P01"}
    accepted = ACCEPTED.get(f"{after} before it runs", {})
    assert set(missing) == set(accepted), missing
    made = history[after].tables - history[before].tables
    for name, (state, reason) in history[before].failing.items():
        if state == "42P01":
            assert re.findall(r'"(\w+)"', reason)[0] in made, name


def test_a_migration_does_not_wait_for_locks_and_keeps_nobody_waiting(history: dict[str, Schema]) -> None:
    for schema in history.values():
        limits = [text for text in schema.sql if text.startswith("set lock_timeout")]
        assert limits == ["set lock_timeout = '3s'"]
        assert schema.sql.index(limits[0]) < min(
            n for n, text in enumerate(schema.sql) if text.lstrip().lower().startswith(("create", "alter"))
        )


def test_the_application_may_use_what_a_revision_makes(history: dict[str, Schema]) -> None:
    for schema in history.values():
        assert {table for table, right in schema.rights if right == "select"} >= schema.tables


def test_a_harm_is_seen(databases: Databases, database_name: str) -> None:
    """The test of the test: each kind of harm, done by hand."""
    before = look(databases, database_name)
    owner = connect(databases.owner_url(database_name))
    for text in (
        "alter table courses rename column title to name",
        "alter table sections alter column position type numeric",
        "alter table users alter column branch set not null",
        "alter table users add column shoe_size int not null",
        "alter table enrollments add constraint odd check (source <> 'odd')",
        "drop table course_ratings",
        "drop index ix_sections_lesson_id",
    ):
        owner.command(text)
    owner.close()
    after = look(databases, database_name)
    after.sql = ["CREATE INDEX ix_users_branch ON users (branch)"]

    found = harms(before, after)

    assert found >= {
        "column courses.title is gone",
        "index ix_sections_lesson_id is gone",
        f"column sections.position was {before.columns['sections', 'position'][0]}, is numeric",
        "column users.branch has to be given now",
        "new column users.shoe_size has to be given",
        "enrollments has a new rule odd",
        "table course_ratings is gone",
        "sections is written anew",
        "an index of users is not made concurrently",
    }
    assert {state for state, _ in after.failing.values()} >= {"42703", "42P01"}


def test_a_migration_that_meets_a_lock_gives_up_and_can_be_run_again(databases: Databases, database_name: str) -> None:
    reader = connect(databases.owner_url(database_name))
    reader.command("begin")
    reader.command("select count(*) from certificates")
    newest_first = revisions()[::-1]
    below = newest_first[newest_first.index("0003") + 1]

    with pytest.raises(Exception, match="lock timeout"):
        runner.downgrade(databases.owner_url(database_name), below)

    reader.command("rollback")
    assert reader.run("select count(*) from certificates").rows == [[0]]
    reader.close()
    runner.downgrade(databases.owner_url(database_name), below)
    runner.upgrade(databases.owner_url(database_name))


def test_a_migration_that_gives_up_amid_its_indexes_can_be_run_again(databases: Databases, database_name: str) -> None:
    """What came before an index that is made concurrently is committed by then, and an index that was not finished is left behind."""
    owner = databases.owner_url(database_name)
    runner.downgrade(owner, "0011")
    reader = connect(owner)
    reader.command("begin isolation level repeatable read")
    reader.command("select count(*) from courses")

    with pytest.raises(Exception, match="lock timeout"):
        runner.upgrade(owner, "0012")

    unfinished = "select indexrelid::regclass::text from pg_index where not indisvalid"
    reader.command("rollback")
    assert reader.run(unfinished).rows == [["uq_users_pseudonym"]]
    runner.upgrade(owner)
    assert reader.run(unfinished).rows == []
    assert reader.run("select conname from pg_constraint where not convalidated").rows == []
    reader.close()


def test_a_notification_of_the_release_before_says_what_it_said(client: Client, make: Factory) -> None:
    """That release goes on telling people for the minute in which both run; its facts are not enough for the words of this one."""
    asha = make.user()
    make.execute(
        "insert into notifications (id, user_id, event_id, kind, title, body, data)"
        """ values (:id, :user, :id, 'course.published', 'Your course is published', '“Tides” was approved.', '{"courseId": "x"}')""",
        id=uuid7(),
        user=asha["id"],
    )

    [row] = client.get("/notifications", user=asha).data

    assert (row["title"], row["body"]) == ("Your course is published", "“Tides” was approved.")


def test_a_database_that_is_out_of_reach_fails_a_migration_by_name() -> None:
    with pytest.raises(ConnectionLost):
        runner.prepare("postgresql://academy_admin@127.0.0.1:1/academy?sslmode=disable")
