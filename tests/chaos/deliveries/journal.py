"""What happened at the cloud's edge, in a file that every process appends to: a line is there once it was written, whoever dies next."""

import json
import os
from pathlib import Path
from typing import Any


class Journal:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / "journal.jsonl"
        self._file = os.open(self._path, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        self._read = 0
        self._rest = b""

    def write(self, kind: str, **facts: Any) -> None:
        """One write of one line, which the kernel appends whole."""
        os.write(self._file, json.dumps({"kind": kind, **facts}).encode() + b"\n")

    def news(self) -> list[dict[str, Any]]:
        """What was written since one last looked."""
        with self._path.open("rb") as file:
            file.seek(self._read)
            data = self._rest + file.read()
            self._read = file.tell()
        *lines, self._rest = data.split(b"\n")
        return [json.loads(line) for line in lines]

    # ---- Executions: a name is taken once, and for ever, by whichever process comes first ----

    def open_execution(self, name: str) -> bool:
        """False if the name is taken."""
        try:
            os.close(os.open(self._execution(name), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True

    def close_execution(self, name: str) -> None:
        self._execution(name).write_text("ended")

    def is_closed(self, name: str) -> bool:
        return bool(self._execution(name).stat().st_size)

    def _execution(self, name: str) -> Path:
        folder = self.folder / "executions" / name[-2:]
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name
