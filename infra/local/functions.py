"""Invoking a deployed function, as `sam local invoke` does where there is a container engine."""

import base64
import json
from typing import Any

from infra.local.errors import LocalCloudError
from infra.local.settings import Settings
from infra.local.stack import client


class FunctionFailed(LocalCloudError):
    """The function raised; the message has its error and the end of its log."""


def invoke(settings: Settings, name: str, event: Any) -> Any:
    answer, log = invoke_with_log(settings, name, event)
    del log
    return answer


def invoke_with_log(settings: Settings, name: str, event: Any) -> tuple[Any, str]:
    """Its answer and the last 4 KB of its log; raises FunctionFailed."""
    response = client(settings, "lambda", read_timeout=900).invoke(FunctionName=name, Payload=json.dumps(event).encode(), LogType="Tail")
    answer = json.loads(response["Payload"].read() or "null")
    log = base64.b64decode(response.get("LogResult", "")).decode(errors="replace")
    if "FunctionError" in response:
        kind = f"{answer.get('errorType', 'Error')}: {answer.get('errorMessage', '')}"
        raise FunctionFailed(f"{name} failed with {kind} (its log is {settings.logs / 'functions.log'}).")
    return answer, log
