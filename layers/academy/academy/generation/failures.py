"""An error of a task, in words for the person who waits for the course."""

from collections.abc import Mapping
from typing import Any

_WORDS: Mapping[str, tuple[str, str, bool]] = {
    "VendorThrottled": ("VENDOR_BUSY", "The writing service is busy. Please try again in a few minutes.", True),
    "VendorUnavailable": ("VENDOR_UNAVAILABLE", "The writing service is out of reach. Please try again in a few minutes.", True),
    "VendorTimeout": ("VENDOR_UNAVAILABLE", "The writing service did not answer in time. Please try again in a few minutes.", True),
    "Sandbox.Timedout": ("VENDOR_UNAVAILABLE", "A step took too long. Please try again in a few minutes.", True),
    "States.Timeout": ("VENDOR_UNAVAILABLE", "A step took too long. Please try again in a few minutes.", True),
    "VendorRefused": ("CONTENT_REFUSED", "The writing service declined this content. Please change the topic or the source.", False),
    "VendorRejected": ("VENDOR_REJECTED", "The writing service is not available to the academy at present. We have been told.", True),
    "BadModelOutput": ("UNUSABLE_ANSWER", "What was written did not meet our rules, even after a correction.", True),
    "BudgetExceeded": ("BUDGET_EXCEEDED", "The budget for generated courses is used up. What was made is kept for later.", True),
    "LessonsMissingError": ("LESSONS_FAILED", "Some lessons could not be written. The others are kept; try again to write the rest.", True),
}
_UNKNOWN = ("INTERNAL", "Something went wrong on our side. What was made is kept.", True)


def explained(error: Mapping[str, Any]) -> dict[str, Any]:
    """From what Step Functions puts under `$.error` (`Error`, `Cause`). The cause stays in our logs: it may quote the source."""
    code, message, retryable = _WORDS.get(str(error.get("Error", "")), _UNKNOWN)
    return {"code": code, "message": message, "retryable": retryable}
