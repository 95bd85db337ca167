"""Where a server that nobody will want back lives."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local import postgres
from infra.local.postgres import scratch_folder


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(postgres, "MEMORY", tmp_path)
    return tmp_path


def _left_behind(memory: Path, maker: int, server: int) -> Path:
    folder = memory / f"{postgres.SCRATCH}{maker}-abcd"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "postmaster.pid").write_text(f"{server}\n{folder}/data\n")
    return folder


def _somebody_gone() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_it_is_in_memory_where_there_is_room(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "ROOM", 0)
    with scratch_folder() as folder:
        assert folder.parent == memory
    assert not folder.exists()

    monkeypatch.setattr(postgres, "ROOM", 2**80)
    with scratch_folder() as folder:
        assert folder.parent != memory


def test_what_killed_runs_left_behind_is_removed_and_nothing_else(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "ROOM", 0)
    gone, here = _somebody_gone(), os.getpid()
    left = _left_behind(memory, gone, gone)
    crashed_and_about_to_start_again = _left_behind(memory, here, gone)
    outlived = _left_behind(memory, gone + 1, here)
    with scratch_folder():
        assert not left.exists()
        assert crashed_and_about_to_start_again.exists()
        assert outlived.exists()
