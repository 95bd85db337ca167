"""Closed sets of generation."""

from enum import StrEnum


class JobStatus(StrEnum):
    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Stage(StrEnum):
    """What is being done; a finished job keeps the stage in which it ended."""

    WAITING = "waiting"
    PLANNING = "planning"
    WRITING = "writing"
    ASSEMBLING = "assembling"
    DONE = "done"


class StepState(StrEnum):
    DONE = "done"
    FAILED = "failed"


class EventKind(StrEnum):
    """The names that a listener to the event stream knows."""

    PROGRESS = "progress"
    COMPLETE = "complete"
    ERROR = "error"


class BudgetScope(StrEnum):
    USER = "user"
    PLATFORM = "platform"
