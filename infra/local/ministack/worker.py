"""One execution environment of a Python function, run by a clean interpreter.

It speaks the line protocol of MiniStack's worker pool: one JSON object in for the start,
then one in and one out per invocation. What differs from the worker that MiniStack brings is
what a function sees: the error's class and stack trace as Lambda reports them, and an end mark
on stderr, so that the pool knows when an invocation's log is complete.

Runs without the repository or any package on its path: standard library only.
"""

import importlib
import json
import os
import sys
import time
import traceback
from typing import Any, TextIO

END_OF_LOG = "\x1eend"


class Context:
    """The second argument of a handler."""

    def __init__(self, start: dict[str, Any], call: dict[str, Any]) -> None:
        self.function_name: str = start["function_name"]
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        self.memory_limit_in_mb = str(start.get("memory", 128))
        self.invoked_function_arn: str = call.get("invoked_function_arn") or start.get("arn", "")
        self.aws_request_id: str = call.get("request_id", "")
        self.log_group_name = f"/aws/lambda/{self.function_name}"
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "")
        self.identity = None
        self.client_context = None
        self._deadline = time.time() + call.get("timeout_ms", 3000) / 1000

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.time()) * 1000))


def _answer(out: TextIO, message: dict[str, Any]) -> None:
    out.write(json.dumps(message) + "\n")
    out.flush()


def _failure(error: BaseException) -> dict[str, Any]:
    frames = traceback.format_exception(error)
    return {
        "status": "error",
        "error": str(error),
        "error_type": type(error).__name__,
        "stack": [line.rstrip("\n") for line in frames[1:-1]],
        "trace": "".join(frames),
    }


def main() -> None:
    out = sys.stdout
    sys.stdout = sys.stderr  # print() is the log; the real stdout carries the protocol
    start = json.loads(sys.stdin.readline())
    sys.path[:0] = start["path"]
    module, _, name = start["handler"].rpartition(".")
    try:
        handler = getattr(importlib.import_module(module.replace("/", ".")), name)
    except Exception as error:  # noqa: BLE001 - the pool reports it as the failed start it is
        _answer(out, {**_failure(error), "status": "init_error"})
        return
    _answer(out, {"status": "ready"})
    for line in sys.stdin:
        message = json.loads(line)
        call = message.get("ctx") or {}
        for variable, key in (("_X_AMZN_TRACE_ID", "trace_id"), ("_MINISTACK_INVOKE_DEPTH", "depth")):
            os.environ.pop(variable, None)
            if call.get(key) is not None:
                os.environ[variable] = str(call[key])
        try:
            answer = {"status": "ok", "result": handler(message["event"], Context(start, call))}
            text = json.dumps(answer)
        except Exception as error:  # noqa: BLE001 - the invoker gets it, as from Lambda
            failure = _failure(error)
            sys.stderr.write(failure["trace"])
            text = json.dumps(failure)
        sys.stderr.write(f"{END_OF_LOG}\n")
        sys.stderr.flush()
        out.write(text + "\n")
        out.flush()


if __name__ == "__main__":
    main()
