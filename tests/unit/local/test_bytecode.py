"""What is deployed comes with its bytecode, the same at every build."""

import importlib.util
import marshal
import sys
from pathlib import Path

from infra.local.bytecode import compile_artifacts

UNCHECKED_HASH = 0b01
"""PEP 552: hash-based, and not looked up."""


def _compiled(build: Path, name: str) -> bytes:
    return Path(importlib.util.cache_from_source(str(build / name))).read_bytes()


def test_layers_and_functions_are_compiled_for_where_lambda_puts_them(tmp_path: Path) -> None:
    for name in ("DepsLayer/python/tool/__init__.py", "LearningFunction/app.py"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("def answer():\n    return 42\n")
    (tmp_path / "template.yaml").write_text("Resources: {}")

    compile_artifacts(tmp_path, Path(sys.executable), log=tmp_path / "log")

    for name, place in (
        ("DepsLayer/python/tool/__init__.py", "/opt/python/tool/__init__.py"),
        ("LearningFunction/app.py", "/var/task/app.py"),
    ):
        compiled = _compiled(tmp_path, name)
        assert compiled[:4] == importlib.util.MAGIC_NUMBER
        assert int.from_bytes(compiled[4:8], "little") == UNCHECKED_HASH
        assert marshal.loads(compiled[16:]).co_filename == place


def test_an_unchanged_source_makes_unchanged_bytecode(tmp_path: Path) -> None:
    source = tmp_path / "DepsLayer" / "python" / "tool.py"
    source.parent.mkdir(parents=True)
    source.write_text("x = {1, 2, 3}\n")
    compile_artifacts(tmp_path, Path(sys.executable), log=tmp_path / "log")
    first = _compiled(tmp_path, "DepsLayer/python/tool.py")
    source.write_text("x = {1, 2, 3}\n")

    compile_artifacts(tmp_path, Path(sys.executable), log=tmp_path / "log")

    assert _compiled(tmp_path, "DepsLayer/python/tool.py") == first
