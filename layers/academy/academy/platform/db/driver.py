"""pg8000, imported without its SCRAM library.

pg8000 imports scramp at once, and with it a parser of X.509 certificates: a sixth of a cold start. Only a password needs it, and in AWS
functions connect with an IAM token. So scramp is imported when the first password is asked for.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


def _import_core() -> ModuleType:
    if "scramp" in sys.modules or "pg8000" in sys.modules:
        return import_module("pg8000.core")
    stand_in = ModuleType("scramp")

    def scram_client(*args: Any, **options: Any) -> Any:
        return import_module("scramp").ScramClient(*args, **options)

    stand_in.ScramClient = scram_client  # type: ignore[attr-defined]
    sys.modules["scramp"] = stand_in
    try:
        return import_module("pg8000.core")
    finally:
        del sys.modules["scramp"]


core: Any = _import_core()
exceptions: Any = import_module("pg8000.exceptions")

IN_FAILED_TRANSACTION, IN_TRANSACTION = core.IN_FAILED_TRANSACTION, core.IN_TRANSACTION
NULL_BYTE, SYNC_MSG = core.NULL_BYTE, core.SYNC_MSG
Context, CoreConnection = core.Context, core.CoreConnection
DatabaseError, InterfaceError = exceptions.DatabaseError, exceptions.InterfaceError
flush, write, make_params = core._flush, core._write, core.make_params


def array(values: list[Any]) -> str:
    """PostgreSQL's text of an array, each element in quotes. pg8000 leaves them out where it sees no need for them, and a tag "null" became none."""
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: Any) -> str:
    if isinstance(value, list):
        return array(value)
    (text,) = make_params(core.PY_TYPES, (value,))
    return "NULL" if text is None else '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
