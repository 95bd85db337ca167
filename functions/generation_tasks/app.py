"""Not written yet."""

from typing import Any


def handler(event: dict[str, Any], context: Any) -> Any:
    return event if "triggerSource" in event else None
