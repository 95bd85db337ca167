"""Who may call a route: one declaration beside each, walked by the authorisation tests and printed in the documentation."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How far a caller must have come: anyone; signed in (onboarding may be due); a member (onboarded)."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    MEMBER = "member"


class Rows(StrEnum):
    """Whose row it has to be, beyond the permission. Enforced in the statement: another's row is a missing row (404)."""

    ANY = "any"
    SELF = "self"
    SELF_OR_ADMIN = "self_or_admin"
    OWNER = "owner"
    OWNER_OR_ADMIN = "owner_or_admin"
    ENROLLED = "enrolled"
    READER = "reader"
    """Enrolled, owner or admin; previews also for everybody."""
    LEARNER = "learner"
    """What a learner did: for themselves, the owner of the course and admins."""


@dataclass(frozen=True, slots=True)
class Access:
    """`limit` names the rate limit's class (platform.limits), None for routes that are not limited.

    `unless_private`: a permission that the service asks for, but not of the owner of a private course.
    `lenient`: a token that does not hold (any more) counts as none. For the routes that a client calls to get out of just that state.
    """

    level: Level
    permission: str | None = None
    rows: Rows = Rows.ANY
    limit: str | None = "general"
    lenient: bool = False
    unless_private: str | None = None


def public(*, limit: str | None = "general", lenient: bool = False) -> Access:
    return Access(Level.PUBLIC, limit=limit, lenient=lenient)


def signed_in(*, rows: Rows = Rows.SELF, limit: str = "general") -> Access:
    """Signed in, even before onboarding."""
    return Access(Level.SIGNED_IN, rows=rows, limit=limit)


def member(*, rows: Rows = Rows.SELF, limit: str = "general", unless_private: str | None = None) -> Access:
    """Signed in and onboarded; every role."""
    return Access(Level.MEMBER, rows=rows, limit=limit, unless_private=unless_private)


def requires(permission: str, *, rows: Rows = Rows.ANY, limit: str = "general") -> Access:
    """Signed in, onboarded and permitted."""
    return Access(Level.MEMBER, permission=permission, rows=rows, limit=limit)
