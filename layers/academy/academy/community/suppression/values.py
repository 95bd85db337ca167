"""Closed sets of what is told of mails."""

from enum import StrEnum


class Cause(StrEnum):
    """Why an address is not written to: nobody has it, or whoever has it called our mail spam."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
