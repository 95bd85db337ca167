"""`make roles`: keeps, as asked.json, what the functions' roles asked for while `make test` ran its academy (or the one in ACADEMY_HOME)."""

import json
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from infra.local.settings import Settings
from infra.local.stack import Stack
from tests.conftest import ROOT
from tests.infra.grants import Grant, logical_id
from tests.infra.reach import functions

ASKED = Path(__file__).with_name("asked.json")
Asked = dict[str, set[Grant]]


def recorded(settings: Settings, stack: Stack) -> tuple[Asked, list[str]]:
    """By function, and what was refused to whom."""
    log = [json.loads(line) for line in (settings.logs / "permissions.jsonl").read_text().splitlines()]
    roles = {stack.resources[f"{logical_id(function)}Role"]: function for function in functions()}
    asked: Asked = {}
    refused = []
    for note in log:
        function = roles.get(note["role"], note["role"])
        if not note["allowed"]:
            refused.append(f"{function}: {note['action']} on {note['resource']}")
        else:
            asked.setdefault(function, set()).add(Grant(note["action"], named(note["resource"], stack.resources)))
    return asked, refused


def named(arn: str, resources: dict[str, str]) -> str:
    """In the template's names, files by their folder: what `grants.label` makes of the template."""
    if arn.startswith("arn:aws:secretsmanager:"):
        arn = arn[:-7]  # AWS adds a hyphen and six characters to a secret's name
    for logical, physical in resources.items():
        own = physical.rsplit(":", 1)[-1]
        kind, found, rest = arn.rpartition(f":{own}" if "/" not in own else own)
        if found and (not rest or rest[0] in "/:"):
            return f"{logical}/executions" if ":execution" in kind else logical + _folder(rest)
        if arn.endswith(f"/{own}"):
            return logical
    return re.sub(r"^arn:aws:[\w-]+:[\w-]*:\d*:", "", arn)


def _folder(path: str) -> str:
    parts = path.split("/")[1:-1]
    return "".join(f"/{part}" for part in parts[: 2 if parts[:1] == ["media"] else 1]) + "/*" if parts else path


def load() -> Asked:
    kept: dict[str, list[str]] = json.loads(ASKED.read_text())
    return {function: {Grant(*line.split(" ", 1)) for line in lines} for function, lines in kept.items()}


def lines(grants: Iterable[Grant]) -> list[str]:
    return [f"{grant.action} {grant.resource}" for grant in sorted(grants)]


def main() -> int:
    settings = Settings.read({**os.environ, "ACADEMY_HOME": os.environ.get("ACADEMY_HOME") or str(ROOT / ".local" / "e2e")})
    stack = Stack.load(settings)
    if stack is None:
        print(f"Nothing ran in {settings.home}: run the end-to-end tests first.", file=sys.stderr)
        return 1
    asked, refused = recorded(settings, stack)
    known = {function: lines(asked[function]) for function in sorted(asked) if function in functions()}
    ASKED.write_text(json.dumps(known, indent=2) + "\n")
    print(
        f"{ASKED.relative_to(ROOT)}: {sum(map(len, known.values()))} kinds of calls by {len(known)} functions.", *refused, sep="\nRefused: "
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
