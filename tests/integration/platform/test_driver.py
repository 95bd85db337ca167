"""The driver comes without its SCRAM library, and a password still works."""

import subprocess
import sys
from pathlib import Path

import pytest

from academy.platform.db import ConnectionLost, Database, connect, sql
from academy.platform.db.connection import OneTripConnection
from tests.conftest import Databases

ROOT = Path(__file__).parents[3]


def test_scram_is_not_imported_before_a_password_is_asked_for() -> None:
    code = "import sys, academy.platform.db; print('scramp' in sys.modules, 'asn1crypto' in sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, env={"PYTHONPATH": "layers/academy"}
    )

    assert told.stdout.split() == ["False", "False"]


def test_strings_in_an_array_are_what_they_were(db: Database) -> None:
    """Unquoted, "null" would be no string at all."""
    texts = ["null", "NULL", "Null", None, "", " ", "a, b", '"', "'", "\\", '\\"', "{}", "{null}", "é\n", "plain"]

    assert db.read(lambda work: work.value(sql("select to_json(:texts::text[])"), texts=texts)) == texts
    assert db.read(lambda work: work.value(sql("select to_json(:texts::text[])"), texts=[["null"], ["b"]])) == [["null"], ["b"]]
    assert db.read(lambda work: work.value(sql("select to_json(:numbers::int[])"), numbers=[1, None, -3])) == [1, None, -3]
    assert db.read(lambda work: work.value(sql("select to_json(:empty::uuid[])"), empty=[])) == []


def test_a_password_is_proven_by_scram(databases: Databases) -> None:
    admin = connect(databases.server.url("postgres"))
    admin.command("create role guarded login password 'right'")
    rules = Path(databases.server.data) / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text(f"host all guarded 127.0.0.1/32 scram-sha-256\n{before}")
    admin.run("select pg_reload_conf()")
    url = f"postgresql://guarded:{{}}@127.0.0.1:{databases.server.port}/postgres?sslmode=disable"
    try:
        connection = _patiently(url.format("right"))
        assert connection.run("select current_user").rows == [["guarded"]]
        connection.close()
        with pytest.raises(ConnectionLost, match="password authentication failed"):
            connect(url.format("wrong"))
    finally:
        rules.write_text(before)
        admin.run("select pg_reload_conf()")
        admin.command("drop role guarded")
        admin.close()


def _patiently(url: str) -> OneTripConnection:
    """The server reads its rules again a moment after it was told to."""
    import time

    time.sleep(0.3)
    return connect(url)
