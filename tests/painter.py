"""The function that draws, in this process: what it is told to draw is drawn."""

import io
import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Painter:
    """Speaks as boto3's client of Lambda does, as far as the product listens. `fails` makes it answer as a function that raised."""

    fails: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)

    def invoke(self, *, FunctionName: str, Payload: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        from functions.document_tasks.app import handler

        order = json.loads(Payload)
        self.asked.append({"function": FunctionName, **order})
        if self.fails:
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(b'{"errorType": "LookupError"}')}
        return {"Payload": io.BytesIO(json.dumps(handler(order, None)).encode())}
