"""Closed sets of notifications."""

from enum import IntEnum, StrEnum


class Channel(StrEnum):
    """`in_app` is the list that people open themselves; the others reach out."""

    IN_APP = "in_app"
    EMAIL = "email"
    PUSH = "push"


class Digest(StrEnum):
    """`daily`: what would be mailed is gathered into one mail a day."""

    OFF = "off"
    DAILY = "daily"


class Weight(IntEnum):
    """What goes first where many wait, and what may be held back. MONEY never is: not by quiet hours, a digest or the day's budget."""

    MONEY = 0
    PERSONAL = 1
    LIGHT = 2
    ANNOUNCEMENT = 3


class DeliveryStatus(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a delivery was skipped or has failed."""

    PREFERENCE = "preference"
    NO_ADDRESS = "no_address"
    SUPPRESSED = "suppressed"
    STALE = "stale"
    REFUSED = "refused"
