"""What each role asks AWS for is written down, each kind of thing once a start: tests compare it with what the template grants."""

import json
import re
import threading
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import ministack.core.iam_evaluator as evaluator

IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def apply(file: Path) -> None:
    """Lines of role, action, resource (ids as `*`) and whether it was allowed."""
    judge, enforce, noted, lock = evaluator.evaluate, evaluator.enforce, set[str](), threading.Lock()
    asking: ContextVar[str] = ContextVar("asking", default="")
    if "evaluate" not in enforce.__code__.co_names:
        raise SystemExit("MiniStack changed: how it judges a request. Look at infra/local/ministack/notes.py again.")
    file.write_text("")

    def evaluate(context: Any, *policies: Any) -> Any:
        asking.set(context.principal_arn)
        return judge(context, *policies)

    def enforced(access_key: str, action: str, service: str, region: str, resource_arn: str = "*", **more: Any) -> Any:
        asking.set("")
        denied = enforce(access_key, action, service, region, resource_arn=resource_arn, **more)
        _, _, session = asking.get().partition(":assumed-role/")
        if session:
            line = json.dumps(
                {
                    "role": session.split("/")[0],
                    "action": action,
                    "resource": IDS.sub("*", resource_arn),
                    "allowed": denied is None,
                }
            )
            with lock:
                if line not in noted:
                    noted.add(line)
                    with file.open("a") as log:
                        log.write(f"{line}\n")
        return denied

    # Everybody imports it right before using it.
    evaluator.evaluate, evaluator.enforce = evaluate, enforced
