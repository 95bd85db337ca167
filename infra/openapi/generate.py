"""Writes what is generated from the routes, or says what has drifted.

    python -m infra.openapi.generate [--check]

infra/openapi/openapi.json and gateway.json are for people and for the template; functions/system/contract/ is what the system function serves.
The README's list of routes, docs/events.md and docs/authorization.md are written too.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from infra.openapi import authorization, events
from infra.openapi.document import document
from infra.openapi.gateway import gateway
from infra.openapi.postman import collection
from infra.openapi.readme import with_routes
from infra.openapi.routes import load_apis

ROOT = Path(__file__).parents[2]
SERVED = ROOT / "functions" / "system" / "contract"


def outputs() -> dict[Path, str]:
    apis = load_apis()
    contract = document(apis)
    return {
        ROOT / "infra/openapi/openapi.json": _pretty(contract),
        ROOT / "infra/openapi/gateway.json": _pretty(gateway(apis)),
        SERVED / "openapi.json": _small(contract),
        SERVED / "postman.json": _small(collection(contract)),
        ROOT / "README.md": with_routes((ROOT / "README.md").read_text(), contract),
        ROOT / "docs/events.md": events.catalogue(),
        ROOT / "docs/authorization.md": authorization.page(apis),
    }


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _small(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if a file is not what the routes say")
    check = parser.parse_args().check
    drifted = [path for path, text in outputs().items() if not path.exists() or path.read_text() != text]
    if check:
        for path in drifted:
            print(f"{path.relative_to(ROOT)} is not what the code says: run `make openapi`", file=sys.stderr)
        return 1 if drifted else 0
    for path, text in outputs().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    print(f"{len(drifted)} file(s) changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
