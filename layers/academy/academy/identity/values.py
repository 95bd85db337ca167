"""Closed sets of identity."""

from enum import StrEnum


class Role(StrEnum):
    STUDENT = "student"
    INSTRUCTOR = "instructor"
    ADMIN = "admin"


class UserStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ERASED = "erased"


class StudyTime(StrEnum):
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"
    NIGHT = "night"


class BoardVisibility(StrEnum):
    """How one appears on leaderboards."""

    NAMED = "named"
    PSEUDONYM = "pseudonym"
    HIDDEN = "hidden"


class ProfileVisibility(StrEnum):
    PUBLIC = "public"
    PRIVATE = "private"


class Language(StrEnum):
    """In which the academy speaks to people."""

    ENGLISH = "en"
    HINDI = "hi"
